/**
 * A document loaded from its log: the only place where updates are integrated into a Y.Doc.
 *
 * After an update from elsewhere Yjs tidies formatting up, which deletes things that the log did not delete: here it
 * must not. A replica that threw is worthless (applying is not atomic): throw it away.
 */
import * as Y from 'yjs'
import { Unbuildable } from './port.ts'

/**
 * Updates in one transaction. Each transaction costs a walk over all clients; within one, nothing is merged or
 * collected, and each delete moves the unmerged rest of an array. Of a paper's 259,778 keystrokes one takes 3 µs in
 * transactions of 100, 7 µs alone, 10 µs in transactions of 10,000.
 */
const TRANSACTION = { updates: 100, updatesPerClient: 1 / 8 } as const

export class Replica {
  readonly doc = new Y.Doc({ gc: true })

  /** `state` is a checkpoint's, null for none. Throws Unbuildable when it cannot be applied. */
  constructor(state: Uint8Array | null) {
    // Called for each transaction before Yjs looks whether to tidy up; applying an update marks it as remote again.
    this.doc.on('afterTransaction', (transaction: Y.Transaction) => {
      transaction._needFormattingCleanup = false
    })
    if (state !== null) this.apply([{ update: state }])
  }

  /** Integrates updates in order. Throws Unbuildable. */
  apply(entries: readonly { readonly update: Uint8Array }[]): void {
    try {
      for (let from = 0; from < entries.length; ) {
        const clients = this.doc.store.clients.size
        const to = from + TRANSACTION.updates + Math.floor(clients * TRANSACTION.updatesPerClient)
        this.doc.transact(() => {
          for (const { update } of entries.slice(from, to)) Y.applyUpdate(this.doc, update)
        })
        from = to
      }
    } catch (error) {
      throw new Unbuildable('an update cannot be applied', { cause: error })
    }
  }

  /** Throws Unbuildable when something waits for a clock that the log does not hold. */
  assertWhole(): void {
    const { pendingStructs, pendingDs } = this.doc.store
    if (pendingStructs !== null || pendingDs !== null) throw new Unbuildable('the log has a gap')
  }

  /**
   * Joins neighbours that Yjs left apart: entries that came one by one leave collected structs in pieces, which a
   * reload joins. Without this, honest documents would differ from their reload.
   */
  tidy(): void {
    const { clients } = this.doc.store
    for (const [client, structs] of clients) {
      const joined: (Y.GC | Y.Item)[] = []
      for (const struct of structs) {
        const last = joined.at(-1)
        if (last instanceof Y.GC && struct instanceof Y.GC) last.mergeWith(struct)
        else joined.push(struct)
      }
      if (joined.length < structs.length) clients.set(client, joined)
    }
  }

  /** The whole document as one update. Throws Unbuildable. */
  encode(): Uint8Array {
    try {
      return Y.encodeStateAsUpdate(this.doc)
    } catch (error) {
      throw new Unbuildable('the document cannot be encoded', { cause: error })
    }
  }
}
