/**
 * What one channel delivers: it becomes changes of the document, and moves the position over what came without a hole.
 *
 * Each channel counts for itself how far it has delivered, since two of them may deliver at a time; the document's own
 * position is that of the channel that leads. What comes twice changes nothing.
 */
import type { LocalDocument, Position } from '#client/document/local-document.ts'
import { codes } from '#shared/codes.ts'
import type { Entries } from '#shared/frame.ts'
import { type Epoch, NONE, type Seq, ZERO } from '#shared/id.ts'
import type { Above } from './state.ts'

export interface DeliveryOptions {
  readonly document: LocalDocument
  readonly leads: boolean
  readonly tell: (event: Above) => void
  /** The outbox has something new to send. */
  readonly pump: () => void
}

export class Delivery {
  readonly #document: LocalDocument
  readonly #options: DeliveryOptions
  #leads: boolean
  /** Up to here this channel has delivered everything. */
  #position: Position
  /** The server could not use the position this client had: what it holds may be more than the server does. */
  #startedOver = false
  /** Whether the server has said from where on it delivers. */
  #hasBegun = false
  /** The server's state vector, until everything has come: what `resumed` says may be said after it. */
  #theirs: Uint8Array | null = null

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#document = options.document
    this.#leads = options.leads
    this.#position = options.document.position
  }

  /** From where on the server is asked to deliver: what the document holds now. */
  begin(): Position {
    this.#position = this.#document.position
    return this.#position
  }

  /** Nothing is held yet, or the first commit of a new document gave it its epoch. */
  bind(epoch: Epoch): void {
    if (!this.#document.isBound) this.#move({ ...this.#document.position, epoch })
  }

  /** From now on the document's position is this channel's. Called while `synced` is told. */
  lead(): void {
    this.#leads = true
    this.#document.position = this.#position
    if (this.#startedOver) this.#compare()
  }

  /** `head`: of the hello. */
  resumed(seq: Seq, head: Seq): void {
    const position = this.#position
    // A position without a hash could not have been used: then it says nothing of the server.
    this.#startedOver = seq < position.seq && (position.hash !== NONE || head < position.seq)
    const hash = seq === position.seq ? position.hash : NONE
    this.#move({ ...position, seq, hash })
    const isFirst = !this.#hasBegun
    this.#hasBegun = true
    this.#options.tell({ kind: 'resumed' })
    if (this.#leads && (isFirst || this.#startedOver)) this.#compare()
  }

  synced(update: Uint8Array): void {
    if (!this.apply([update])) return
    if (this.#leads) this.#document.isDoubtful = false
    this.#options.tell({ kind: 'synced' })
    this.#theirs = null
  }

  entries({ from, to, hash, updates }: Entries): void {
    const position = this.#position
    if (to <= position.seq) return
    // Something is missing in between: the position must not jump over it, so it is asked for again.
    if (from > position.seq + 1) {
      this.#options.tell({ kind: 'lost' })
      return
    }
    if (!this.apply(updates)) return
    this.#move({ ...position, seq: to, hash })
  }

  /** What the server has; where the position was named in the request, it comes before the word about it. */
  compare(stateVector: Uint8Array): void {
    this.#theirs = stateVector
    if (this.#hasBegun && this.#leads) this.#compare()
  }

  #move(position: Position): void {
    this.#position = position
    if (this.#leads) this.#document.position = position
  }

  /** False when it could not be applied: then the position no longer says what the document holds. */
  apply(updates: readonly Uint8Array[]): boolean {
    const document = this.#document
    try {
      document.apply(updates)
      return true
    } catch (error) {
      // The channel that leads brings the same, and judges it.
      if (!this.#leads) {
        this.#options.tell({ kind: 'lost' })
        return false
      }
      // An observer of the document threw, or the bytes are no update. A full sync tells the two apart: after it
      // everything is there, or it fails again, and then going on would not help.
      this.#move({ ...document.position, seq: ZERO, hash: NONE })
      if (document.isDoubtful)
        this.#options.tell({
          kind: 'refused',
          code: codes.malformed.code,
          reason: `An edit cannot be shown: ${String(error)}`,
        })
      else this.#options.tell({ kind: 'lost' })
      document.isDoubtful = true
      return false
    }
  }

  /** Whatever is here beyond the server's state vector and beyond the outbox becomes a push of its own. */
  #compare(): void {
    const document = this.#document
    const stateVector = this.#theirs
    if (document.readOnly || stateVector === null) return
    let more: boolean
    try {
      more = document.outbox.gapped || this.#startedOver || document.holdsMoreThan(stateVector)
    } catch {
      // Not a state vector: the peer's mistake, and the end of this channel.
      this.#options.tell({ kind: 'lost' })
      return
    }
    this.#startedOver = false
    if (!more) return
    document.outbox.replace(document.since(stateVector))
    this.#options.pump()
  }
}
