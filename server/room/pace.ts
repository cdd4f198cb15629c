/**
 * How fast one channel may go. Too fast means first: it is not read for a while. Nothing is lost and the order is kept;
 * a channel that goes on like that is only ever slow.
 */
import { Allowance, type Paying } from './allowance.ts'
import type { Bucket } from './bucket.ts'
import type { Sender } from './sender.ts'
import type { Surroundings } from './surroundings.ts'

/** What even a short answer costs: reading, framing, a write. */
const ANSWER_BYTES = 8 << 10
/** Everybody asks for the document and for who is here, when they come. */
const FREE_QUESTIONS = 2

export class Pace {
  readonly updates: Bucket
  readonly bytes: Bucket
  readonly signals: Bucket
  readonly newClients: Bucket
  readonly worker: Bucket
  /** What is counted of a client, over all its requests. */
  readonly faults: Pick<Allowance, 'badPresence' | 'foreignInARow'>
  /** Whether a document may be made; it counts as made. */
  readonly mayMake: () => boolean
  readonly #peer: Sender
  readonly #around: Surroundings
  readonly #answers: Paying['answers']
  #cancel: (() => void) | null = null
  #questions = 0

  constructor(peer: Sender, around: Surroundings, { allowance, mayMake, answers }: Paying = {}) {
    this.#peer = peer
    this.#around = around
    const own = allowance ?? new Allowance(around.clock, around.limits)
    this.mayMake = mayMake ?? (() => true)
    this.#answers = answers
    this.faults = own
    this.updates = own.updates
    this.bytes = own.bytes
    this.signals = own.signals
    this.newClients = own.newClients
    this.worker = own.worker
  }

  close(): void {
    this.#cancel?.()
  }

  /** Resolves when what this channel made workers do is paid off; undefined when it is. */
  whenPaid(): Promise<void> | undefined {
    return this.worker.take(0) ? undefined : this.wait(this.worker)
  }

  /** Gives an answer of about so many bytes: now, or once its address may have it. */
  answer(bytes: number, give: () => Promise<void> | undefined): Promise<void> | undefined {
    this.#questions += 1
    const of = this.#answers
    if (of === undefined || this.#questions <= FREE_QUESTIONS) return give()
    const cost = Math.max(bytes, ANSWER_BYTES)
    if (!of().take(0)) return this.#answerLater(of, cost, give)
    of().spend(cost)
    return give()
  }

  async #answerLater(of: () => Bucket, cost: number, give: () => Promise<void> | undefined): Promise<void> {
    this.#around.metrics.limited.answers += 1
    // Others of the address wait for the same: whoever wakes first may have used it up.
    while (!this.#peer.isEnded && !of().take(0)) await this.wait(of())
    if (this.#peer.isEnded) return
    of().spend(cost)
    await give()
  }

  /** Does this, and then waits until there is something in this bucket again. */
  async afterwards(work: Promise<void> | undefined, bucket: Bucket): Promise<void> {
    await work
    if (!this.#peer.isEnded) await this.wait(bucket)
  }

  /** Resolves when there is something in this bucket again, or the channel is closed; it is not read meanwhile. */
  wait(bucket: Bucket): Promise<void> {
    this.#around.metrics.counts.slowed += 1
    this.#peer.pause('rate')
    return new Promise((resolve) => {
      const end = () => {
        this.#cancel = null
        this.#peer.unpause('rate')
        resolve()
      }
      const undo = this.#around.clock.after(bucket.waitMs(), end)
      this.#cancel = () => {
        undo()
        end()
      }
    })
  }
}
