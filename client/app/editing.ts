/** The part of the page that edits, fetched when the first document is opened: makes the real things and joins them. */
import * as Y from 'yjs'
import { webSocketCarrier } from '#client/carriers/websocket.ts'
import { browserChance, browserClock } from '#client/clock.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import '#client/editor/editor.ts'
import { joinToWindow } from '#client/sync/browser.ts'
import { MADE_ELSEWHERE } from '#client/sync/objection.ts'
import { Session } from '#client/sync/session.ts'
import type { DocumentId } from '#shared/id.ts'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import './document.ts'
import { type HeldDocument, OpenDocuments } from './open-documents.ts'
import type { OpenDocument } from './opened.ts'
import { syncUrl } from './route.ts'

/** Called once: what it returns holds the documents this tab has open. */
export function startEditing(): { readonly open: OpenDocument } {
  const documents = new OpenDocuments(hold)
  // Before any session looks whether something is not saved: listeners of a window are called in their order.
  window.addEventListener('beforeunload', () => {
    for (const editor of window.document.querySelectorAll('vellum-editor')) editor.settle()
  })
  return { open: (id) => documents.open(id) }
}

function hold(id: DocumentId): HeldDocument {
  const doc = new Y.Doc()
  const document = new LocalDocument({ doc, outbox: new Outbox(newSessionId(browserChance)) })
  const { awareness } = document
  const listeners = new Set<() => void>()
  let synced = false

  const connect = (kind: 'page' | 'any') => {
    const session = new Session({
      document,
      carrier: webSocketCarrier(() => syncUrl(id, new URL(location.href))),
      clock: browserClock,
      chance: browserChance,
      schemaVersion: SCHEMA_VERSION,
      kind,
    })
    const part = joinToWindow(session, window)
    session.subscribe((status) => {
      if (status.kind === 'live' || status.kind === 'not-saving') synced = true
      if (status.kind === 'stopped' && status.reason === MADE_ELSEWHERE) readOnly()
      for (const changed of [...listeners]) changed()
    })
    session.start()
    return { session, part }
  }

  /** Another program's document is read by a session that writes nothing. Nothing can have been written before. */
  const readOnly = (): void => {
    const person = awareness.getLocalState()
    current.part()
    current.session.close()
    awareness.setLocalState(person)
    current = connect('any')
  }

  let current = connect('page')
  return {
    doc,
    awareness,
    get status() {
      return current.session.status
    },
    get synced() {
      return synced
    },
    subscribe(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    leave: () => current.session.leave(),
    comeBack() {
      current.session.wake()
      if (current.session.status.kind === 'stopped') current.session.start()
    },
    close() {
      current.part()
      current.session.close()
      document.close()
      awareness.destroy()
      doc.destroy()
    },
  }
}
