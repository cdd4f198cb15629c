/** Puts a document's history in the place of the page, and the page back. The address says which of the two it is. */
import type { DocumentId } from '#shared/id.ts'
import type { OpenedDocument } from '../opened.ts'
import { titleOf } from '../title.ts'
import { VellumHistory } from './history.ts'

export interface HistoryOf {
  readonly id: DocumentId
  readonly opened: OpenedDocument
}

/** What the address ends with while the history is shown: going back in the browser leaves it. */
const HISTORY = '#history'

export function openHistory({ id, opened }: HistoryOf): void {
  const page = document.querySelector<HTMLElement>('vellum-app')
  if (page === null || document.querySelector('vellum-history') !== null) return
  const scrolled = window.scrollY
  const focused = document.activeElement
  const title = document.title
  const element = new VellumHistory()
  element.documentId = id
  element.opened = opened
  const leaving = new AbortController()
  const { signal } = leaving

  const close = (): void => {
    leaving.abort()
    element.remove()
    page.hidden = false
    if (location.pathname === path) document.title = title
    window.scrollTo(0, scrolled)
    const place =
      focused instanceof HTMLElement && focused.checkVisibility() ? focused : page.querySelector('button')
    place?.focus({ preventScroll: true })
  }
  history.pushState(null, '', HISTORY)
  const path = location.pathname
  document.title = `Version history of ${titleOf(opened.doc) || 'Untitled'} – Vellum`
  page.hidden = true
  document.body.append(element)
  window.scrollTo(0, 0)
  window.addEventListener('popstate', close, { signal })
  element.addEventListener('vellum-history-left', () => history.back(), { signal })
}
