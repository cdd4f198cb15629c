/**
 * What a long text looks like at first: only its beginning is laid out, so that it is seen at once. The rest follows when
 * that was painted, or the text gets the focus. Laying out a long text takes as long as reading it.
 */
const CLASS = 'opening'

/** For a text that is about to be made in `mount`. Call the result when all of it must be laid out; often is fine. */
export function showBeginningFirst(mount: HTMLElement): () => void {
  mount.classList.add(CLASS)
  const showAll = (): void => mount.classList.remove(CLASS)
  const whenPainted = (): void => {
    if ('requestIdleCallback' in window) requestIdleCallback(showAll, { timeout: 1_000 })
    else setTimeout(showAll, 100)
  }
  requestAnimationFrame(() => setTimeout(whenPainted))
  return showAll
}
