/** Links in the text: finding, making, removing and opening them. */
import type { Mark } from 'prosemirror-model'
import { type Command, type EditorState, Plugin } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { linkUrl } from '#shared/schema/url.ts'
import { markType } from './commands.ts'
import { isApple } from './keys.ts'

/** The link the caret is in or the selection touches, with its range, or null. */
export function linkAt(state: EditorState): { href: string; from: number; to: number } | null {
  const type = markType(state.schema, 'link')
  const { $from, from, to, empty } = state.selection
  const parent = $from.parent
  if (!parent.inlineContent) return null
  let found: { mark: Mark; from: number; to: number } | null = null
  let position = $from.start()
  parent.forEach((child) => {
    const mark = type.isInSet(child.marks)
    const end = position + child.nodeSize
    if (mark === undefined) {
      if (found !== null && found.to < from) found = null
    } else if (found !== null && found.to === position && found.mark.eq(mark)) found.to = end
    else if (found === null || found.to < from) found = { mark, from: position, to: end }
    position = end
  })
  const link = found as { mark: Mark; from: number; to: number } | null
  if (link === null || link.from > (empty ? from : to) || link.to < from) return null
  if (!empty && (link.from >= to || link.to <= from)) return null
  return { href: String(link.mark.attrs['href'] ?? ''), from: link.from, to: link.to }
}

/** Links the selection, the link the caret is in, or new text that is the address itself; false for a bad address. */
export function setLink(address: string): Command {
  return (state, dispatch) => {
    const href = linkUrl(withScheme(address))
    if (href === null) return false
    const type = markType(state.schema, 'link')
    const { empty, from, to, $from } = state.selection
    if (!$from.parent.inlineContent || $from.parent.type.spec.code) return false
    if (dispatch === undefined) return true
    const tr = state.tr
    const existing = linkAt(state)
    const created = type.create({ href })
    if (existing !== null && empty)
      tr.removeMark(existing.from, existing.to, type).addMark(existing.from, existing.to, created)
    else if (empty) tr.insert(from, state.schema.text(address.trim(), [created]))
    else tr.removeMark(from, to, type).addMark(from, to, created)
    dispatch(tr.scrollIntoView())
    return true
  }
}

/** Whether there may be a link where the selection is. */
export function canLink(state: EditorState): boolean {
  return setLink('https://example.org')(state)
}

export const removeLink: Command = (state, dispatch) => {
  const link = linkAt(state)
  if (link === null) return false
  dispatch?.(state.tr.removeMark(link.from, link.to, markType(state.schema, 'link')))
  return true
}

/** People type `example.org`; a link needs a scheme. */
function withScheme(address: string): string {
  const trimmed = address.trim()
  if (/^[^\s/:@]+@[^\s/:@]+\.[^\s/:@]+$/.test(trimmed)) return `mailto:${trimmed}`
  return /^[\w-]+(\.[\w-]+)+(:\d+)?([/?#]|$)/.test(trimmed) ? `https://${trimmed}` : trimmed
}

/** Clicks on links. */
export function openLinks(): Plugin {
  return new Plugin({ props: { handleClick: openLink } })
}

/** In a text that can be edited a click places the caret; with Mod, or where it cannot, it opens the link. */
function openLink(view: EditorView, position: number, event: MouseEvent): boolean {
  const mod = isApple() ? event.metaKey : event.ctrlKey
  if (event.button !== 0 || (view.editable && !mod)) return false
  const target = event.target
  const clicked = target instanceof Element ? target.closest('a') : null
  const href = linkUrl(clicked?.getAttribute('href') ?? linkAt(view.state)?.href)
  if (href === null || position < 0) return false
  event.preventDefault()
  window.open(new URL(href, document.baseURI), '_blank', 'noopener,noreferrer')
  return true
}
