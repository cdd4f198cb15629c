/** The part of the page that edits, fetched when the first document is opened: makes the real things and joins them. */
import * as Y from 'yjs'
import { webSocketCarrier } from '#client/carriers/websocket.ts'
import { browserChance, browserClock } from '#client/clock.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { Outbox } from '#client/document/outbox.ts'
import '#client/editor/editor.ts'
import { joinToWindow } from '#client/sync/browser.ts'
import { Session } from '#client/sync/session.ts'
import { type DocumentId, sessionId } from '#shared/id.ts'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import './document.ts'
import { type HeldDocument, OpenDocuments } from './open-documents.ts'
import type { OpenDocument } from './opened.ts'
import { syncUrl } from './route.ts'

const documents = new OpenDocuments(hold)

export const open: OpenDocument = (id) => documents.open(id)

function hold(id: DocumentId): HeldDocument {
  const doc = new Y.Doc()
  const document = new LocalDocument({ doc, outbox: new Outbox(newSessionId()) })
  const session = new Session({
    document,
    carrier: webSocketCarrier(() => syncUrl(id, new URL(location.href))),
    clock: browserClock,
    chance: browserChance,
    schemaVersion: SCHEMA_VERSION,
  })
  const part = joinToWindow(session, window)
  session.start()
  return {
    doc,
    awareness: document.awareness,
    get status() {
      return session.status
    },
    subscribe: (changed) => session.subscribe(changed),
    leave: () => session.leave(),
    comeBack() {
      session.wake()
      if (session.status.kind === 'stopped') session.start()
    },
    close() {
      part()
      session.close()
      document.close()
      document.awareness.destroy()
      doc.destroy()
    },
  }
}

function newSessionId() {
  return sessionId([...browserChance.bytes(8)].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
}
