/**
 * A store that holds one recorded editing history as a document, written straight into the log: what reading a long
 * history is measured on. Two people take turns every few hundred edits, an edit a second.
 */
import * as Y from 'yjs'
import type { NewEntry } from '#server/log/port.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import type { DocumentId } from '#shared/id.ts'
import { CONTENT_ROOT, META_ROOT, metaKeys, SCHEMA_VERSION } from '#shared/schema/document.ts'
import { batch } from '#tests/log/writing.ts'
import type { Recording } from '#tests/process/paper-typing.ts'

export const PAPER = 'paper' as DocumentId
export const AUTHORS = ['ada', 'bo'] as const
const CLIENTS = [1_111_111, 2_222_222] as const
const TURN_EDITS = 700
const GROUP = 2_000
const SECOND_MS = 1_000

/** Gives the number of entries. `folder` holds a store afterwards that no server has opened. */
export async function writePaper(folder: string, { patches }: Recording): Promise<number> {
  let now = Date.now() - patches.length * SECOND_MS
  const log = await openSqliteLog({
    folder,
    wall: () => now,
    onFatal: (error) => {
      throw error
    },
  })
  const doc = new Y.Doc()
  let waiting: NewEntry[] = []
  let head = 0
  let author: string = AUTHORS[0]
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return
    await log.commit([batch(PAPER, waiting, { head })])
    now += waiting.length * SECOND_MS
    head += waiting.length
    waiting = []
  }
  doc.on('update', (update: Uint8Array) => void waiting.push({ update, author, push: null }))
  const take = (turn: number): void => {
    author = AUTHORS[turn % 2] ?? AUTHORS[0]
    doc.clientID = CLIENTS[turn % 2] ?? CLIENTS[0]
  }
  take(0)
  const text = new Y.XmlText()
  doc.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [text])
    doc.getXmlFragment(CONTENT_ROOT).insert(0, [paragraph])
    doc.getMap(META_ROOT).set(metaKeys.schemaVersion, SCHEMA_VERSION)
  })
  for (const [edit, [at, deleted, inserted]] of patches.entries()) {
    take(Math.floor(edit / TURN_EDITS))
    doc.transact(() => {
      if (deleted > 0) text.delete(at, deleted)
      if (inserted !== '') text.insert(at, inserted)
    })
    if (waiting.length >= GROUP) await flush()
  }
  await flush()
  await log.close()
  return head
}
