/**
 * The documents this tab holds open. One that is left while changes of it are on their way stays open, unseen, until
 * they are committed: going to another place of the page never loses anything. Coming back finds the same one.
 */
import type { DocumentId } from '#shared/id.ts'
import type { OpenedDocument } from './opened.ts'

export interface HeldDocument extends OpenedDocument {
  /** Takes this person off the others' screens; the document stays open. */
  leave(): void
  /** Undoes `leave`; tries the server again where it had refused. */
  comeBack(): void
}

/** A held document, and what stops waiting for its last change while nobody looks at it. */
interface Holding {
  readonly held: HeldDocument
  stopWaiting: (() => void) | null
}

export class OpenDocuments {
  readonly #make: (id: DocumentId) => HeldDocument
  readonly #holdings = new Map<DocumentId, Holding>()

  constructor(make: (id: DocumentId) => HeldDocument) {
    this.#make = make
  }

  open(id: DocumentId): OpenedDocument {
    const holding = this.#holdings.get(id) ?? { held: this.#make(id), stopWaiting: null }
    this.#holdings.set(id, holding)
    const { held } = holding
    if (holding.stopWaiting !== null) {
      holding.stopWaiting()
      holding.stopWaiting = null
      held.comeBack()
    }
    return {
      doc: held.doc,
      awareness: held.awareness,
      get status() {
        return held.status
      },
      get synced() {
        return held.synced
      },
      get device() {
        return held.device
      },
      get loaded() {
        return held.loaded
      },
      get found() {
        return held.found
      },
      get atRisk() {
        return held.atRisk
      },
      get kind() {
        return held.kind
      },
      get role() {
        return held.role
      },
      get ended() {
        return held.ended
      },
      create: () => held.create(),
      isRemote: (origin) => held.isRemote(origin),
      subscribe: (changed) => held.subscribe(changed),
      close: () => this.#leave(id, holding),
    }
  }

  /** Ends them all, also those that wait for their last change to be committed. */
  closeAll(): void {
    const all = [...this.#holdings.values()]
    this.#holdings.clear()
    for (const { held, stopWaiting } of all) {
      stopWaiting?.()
      held.close()
    }
  }

  #leave(id: DocumentId, holding: Holding): void {
    const { held } = holding
    if (this.#holdings.get(id) !== holding || holding.stopWaiting !== null) return
    held.leave()
    const settle = (): void => {
      if (!held.loaded || held.status.pending > 0) return
      holding.stopWaiting?.()
      this.#holdings.delete(id)
      held.close()
    }
    holding.stopWaiting = held.subscribe(settle)
    settle()
  }
}
