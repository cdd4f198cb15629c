/**
 * What must hold at every moment, checked against the disk itself:
 * what is acknowledged is in the log, and nobody is shown by the server what the log does not hold.
 */
import * as Y from 'yjs'
import type { Entry, Log } from '#server/log/port.ts'
import { type Seq, ZERO } from '#shared/id.ts'
import { DOCUMENT } from './server.ts'

/** A promise that was broken; ends the run of this seed. */
export class Broken extends Error {}

/** Shows what is stored as it is: Yjs' tidying after remote changes of formatting would be an edit of our own. */
export function plainDoc(): Y.Doc {
  const doc = new Y.Doc()
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    transaction._needFormattingCleanup = false
  })
  return doc
}

export class Witness {
  readonly #disk: Log
  /** The log, replayed up to `#head`. */
  readonly replayed = plainDoc()
  #head: Seq = ZERO
  acknowledged = 0
  shown = 0

  constructor(disk: Log) {
    this.#disk = disk
  }

  get head(): Seq {
    return this.#head
  }

  /** Reads what was committed since the last look. */
  async look(): Promise<void> {
    for (;;) {
      const entries: readonly Entry[] = await this.#disk.read(DOCUMENT, this.#head, 1 << 20)
      for (const entry of entries) this.#learn(entry)
      if (entries.length === 0) return
    }
  }

  /** Somebody was told that this is saved. */
  async acknowledges(who: string, update: Uint8Array): Promise<void> {
    this.acknowledged++
    await this.#holds(update, `${who}: acknowledged, but not in the log`)
  }

  /** Somebody was shown this by the server. */
  async shows(who: string, update: Uint8Array): Promise<void> {
    this.shown++
    await this.#holds(update, `${who}: shown, but not in the log`)
  }

  async #holds(update: Uint8Array, complaint: string): Promise<void> {
    await this.look()
    const { store } = this.replayed
    for (const [client, to] of Y.parseUpdateMeta(update).to)
      if (Y.getState(store, client) < to) throw new Broken(`${complaint}: ${client} up to ${to}`)
    for (const [client, ranges] of Y.decodeUpdate(update).ds.clients)
      for (const { clock, len } of ranges)
        for (let at = clock; at < clock + len; at++)
          // Also what is deleted by consequence: text in a paragraph that is gone, a title that was overwritten.
          if (!this.#isDeleted(client, at)) throw new Broken(`${complaint}: deletion of ${client}:${at}`)
  }

  #isDeleted(client: number, clock: number): boolean {
    const { store } = this.replayed
    const structs = store.clients.get(client)
    if (structs === undefined || clock >= Y.getState(store, client)) return false
    return structs[Y.findIndexSS(structs, clock)]?.deleted ?? false
  }

  #learn({ update, seq, from }: Entry): void {
    if (from !== this.#head + 1) throw new Broken(`the log jumps from ${this.#head} to ${from}`)
    this.#head = seq
    Y.applyUpdate(this.replayed, update)
  }
}
