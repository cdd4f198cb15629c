/**
 * How fast one channel may go. Too fast means first: it is not read for a while. Nothing is lost and the order is kept;
 * a channel that goes on like that is only ever slow.
 */
import { Bucket } from './bucket.ts'
import type { Sender } from './sender.ts'
import type { Surroundings } from './surroundings.ts'

/** Seconds of worker time a channel may save up: somebody brings in a book now and then. */
const WORKER_BURST_SECONDS = 20

export class Pace {
  /** Edits. */
  readonly updates: Bucket
  /** Everything else: presence, pings, questions, frames of types that are not known. */
  readonly signals: Bucket
  /** Client ids never seen before, in live pushes. */
  readonly newClients: Bucket
  /** Milliseconds of worker threads. */
  readonly worker: Bucket
  readonly #peer: Sender
  readonly #around: Surroundings
  #cancel: (() => void) | null = null

  constructor(peer: Sender, around: Surroundings) {
    const { clock, limits } = around
    const bucket = (perSecond: number, burst = perSecond) => new Bucket({ clock, perSecond, burst })
    this.#peer = peer
    this.#around = around
    this.updates = bucket(limits.updatesPerSecond)
    this.signals = bucket(limits.signalsPerSecond)
    this.newClients = bucket(limits.newClientsPerMinute / 60, limits.newClientsPerMinute)
    this.worker = bucket(limits.workerMsPerSecond, limits.workerMsPerSecond * WORKER_BURST_SECONDS)
  }

  close(): void {
    this.#cancel?.()
  }

  /** Resolves when what this channel made workers do is paid off; undefined when it is. */
  whenPaid(): Promise<void> | undefined {
    return this.worker.take(0) ? undefined : this.wait(this.worker)
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
