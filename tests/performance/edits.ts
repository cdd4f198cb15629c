/** Edits made before anything is measured, as the updates a client would push, and what hands them out in time. */
import { setInterval } from 'node:timers/promises'
import * as Y from 'yjs'
import type { Recording } from '#tests/process/paper-typing.ts'

/** As long on the wire as the ids clients draw by chance. */
const FIRST_CLIENT = 3_000_000_000

/** `count` updates of one writer, each of which inserts `letters` letters at the end. */
export function typed(writer: number, count: number, letters = 1): Uint8Array[] {
  return made(writer, (text) => {
    const word = 'vellum '.repeat(Math.ceil(letters / 7)).slice(0, letters)
    for (let i = 0; i < count; i++) text.insert(text.length, word)
  })
}

/** One update for each patch of a recorded history. */
export function recorded({ patches }: Recording): Uint8Array[] {
  return made(0, (text, doc) => {
    for (const [at, deleted, inserted] of patches) {
      doc.transact(() => {
        if (deleted > 0) text.delete(at, deleted)
        if (inserted !== '') text.insert(at, inserted)
      })
    }
  })
}

/** Calls `one` with 0, 1, … `count - 1`, evenly at `perSecond`; resolves after the last. */
export async function paced(count: number, perSecond: number, one: (index: number) => void): Promise<void> {
  const startedAt = performance.now()
  let done = 0
  for await (const _ of setInterval(1)) {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1000))
    while (done < due) one(done++)
    if (done >= count) return
  }
}

/** Resolves once `isSo()`, looked at every few milliseconds. */
export async function until(isSo: () => boolean): Promise<void> {
  if (isSo()) return
  for await (const _ of setInterval(5)) if (isSo()) return
}

function made(writer: number, write: (text: Y.Text, doc: Y.Doc) => void): Uint8Array[] {
  const doc = new Y.Doc()
  doc.clientID = FIRST_CLIENT + writer
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  write(doc.getText('text'), doc)
  doc.destroy()
  return updates
}
