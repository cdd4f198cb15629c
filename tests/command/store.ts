/** A store with documents whose edits, checkpoints and snapshots are real, in a folder of its own. */
import * as Y from 'yjs'
import { InlineHistory } from '#server/history/inline.ts'
import { packed } from '#server/room/packing.ts'
import { seq } from '#shared/id.ts'
import { Folder } from '#tests/log/folder.ts'
import { batch, doc, entry, LAPTOP, pushed, snapshot } from '#tests/log/writing.ts'

export interface WrittenDocument {
  readonly name: string
  /** Every edit of it, in order. */
  readonly updates: readonly Uint8Array[]
}

export class StoreFolder extends Folder {
  readonly #history = new InlineHistory()

  /** Each word is an edit, in a row of its own; with a push the first has one. */
  async write(name: string, words: readonly string[], isPushed = false): Promise<WrittenDocument> {
    const updates = editsOf(words)
    for (const [head, update] of updates.entries()) {
      const isFirst = head === 0 && isPushed
      const one = isFirst ? { ...pushed(LAPTOP, 1, ''), update } : entry('', { update, author: 'ada' })
      await this.log.commit([batch(name, [one], { head, kind: 'any' })])
      // Each in a row of its own: this empties the journal.
      await this.log.putTitle(doc(name), '')
    }
    return { name, updates }
  }

  /** A checkpoint of the first `at` edits; of `of` where it is to say something else than its document. */
  async checkpoint({ name, updates }: WrittenDocument, at: number, of = updates): Promise<void> {
    const { state, knowledge } = await this.#built(of.slice(0, at))
    await this.log.putCheckpoint(doc(name), { seq: seq(at), state, knowledge })
  }

  /** An entry that is no edit. */
  async scribble(name: string): Promise<void> {
    await this.log.commit([batch(name, ['nothing of Yjs'], { kind: 'any' })])
  }

  async milestone({ name, updates }: WrittenDocument, at: number, of = updates): Promise<void> {
    const { state } = await this.#built(of.slice(0, at))
    await this.log.past.putMilestone(doc(name), seq(at), await packed(state))
  }

  async snapshot({ name }: WrittenDocument, at: number, id: string): Promise<void> {
    await this.log.snapshots.add(snapshot(name, at, { id }))
  }

  #built(updates: readonly Uint8Array[]) {
    async function* entries() {
      yield updates.map((update) => ({ update, author: 'ada' }))
    }
    return this.#history.build({ checkpoint: null, entries: entries() })
  }
}

/** One edit a word, each behind the one before. */
export function editsOf(words: readonly string[]): readonly Uint8Array[] {
  const document = new Y.Doc()
  document.clientID = 7
  const updates: Uint8Array[] = []
  document.on('update', (update: Uint8Array) => updates.push(update))
  const text = document.getText('text')
  for (const word of words) text.insert(text.length, `${word} `)
  return updates
}
