/**
 * How fast one client may go, and what it has saved up. A channel has an allowance of its own; who comes by requests,
 * each of which is over soon, has one for all of them, or every request would begin with everything saved up.
 */
import type { Clock } from '#shared/time.ts'
import { Bucket } from './bucket.ts'
import type { RoomLimits } from './limits.ts'

/** Seconds of worker time a client may save up: somebody brings in a book now and then. */
const WORKER_BURST_SECONDS = 20
/** A large paste, or what was written on a journey. */
const BYTES_BURST_SECONDS = 4
/** Everybody of a building may open a long document at once. */
const ANSWER_BURST_SECONDS = 4
/** By then everything is saved up again. */
const FULL_MS = 60_000
/** Clients of one address that have one each: as many as may have channels. Any further ones share one. */
const MAX_CLIENTS = 500

export class Allowance {
  /** Presence frames that are none. */
  badPresence = 0
  /** Updates in a row of which nothing but foreign structs came. */
  foreignInARow = 0
  /** Edits. */
  readonly updates: Bucket
  /** Bytes of frames, of every type. */
  readonly bytes: Bucket
  /** Everything else: presence, pings, questions, frames of types that are not known. */
  readonly signals: Bucket
  /** Client ids never seen before, in live pushes. */
  readonly newClients: Bucket
  /** Milliseconds of worker threads. */
  readonly worker: Bucket

  constructor(clock: Clock, limits: RoomLimits) {
    const bucket = (perSecond: number, burst = perSecond) => new Bucket({ clock, perSecond, burst })
    this.updates = bucket(limits.updatesPerSecond)
    this.bytes = bucket(limits.bytesPerSecond, limits.bytesPerSecond * BYTES_BURST_SECONDS)
    this.signals = bucket(limits.signalsPerSecond)
    this.newClients = bucket(limits.newClientsPerMinute / 60, limits.newClientsPerMinute)
    this.worker = bucket(limits.workerMsPerSecond, limits.workerMsPerSecond * WORKER_BURST_SECONDS)
  }
}

/** Who comes again and again: where from, and by what name; none for those who give none. */
export interface Payer {
  readonly address: string
  readonly client: string
}

/** Who pays for what comes over a channel. */
export interface Paying {
  /** Bytes of answers, of all channels of its address; without a bound where nobody knows the address. */
  readonly answers?: (() => Bucket) | undefined
  /** A channel has its own without it. */
  readonly allowance?: Allowance | undefined
  /** Whether its first edit may make a document; any may without it. */
  readonly mayMake?: (() => boolean) | undefined
}

interface Kept {
  readonly allowance: Allowance
  readonly address: string
  usedAt: number
}

/** Bytes of answers, by address. */
class Answers {
  readonly #clock: Clock
  readonly #perSecond: number
  /** Least recently asked for first. */
  readonly #kept = new Map<string, { readonly bucket: Bucket; readonly usedAt: number }>()

  constructor(clock: Clock, { answerBytesPerSecond }: RoomLimits) {
    this.#clock = clock
    this.#perSecond = answerBytesPerSecond
  }

  of(address: string): Bucket {
    const perSecond = this.#perSecond
    const burst = perSecond * ANSWER_BURST_SECONDS
    const bucket = this.#kept.get(address)?.bucket ?? new Bucket({ clock: this.#clock, perSecond, burst })
    this.#kept.delete(address)
    this.#kept.set(address, { bucket, usedAt: this.#clock.now() })
    return bucket
  }

  /** Forgets those who have saved up everything again. */
  expire(): void {
    const now = this.#clock.now()
    for (const [address, { usedAt }] of this.#kept) {
      if (now - usedAt < FULL_MS) return
      this.#kept.delete(address)
    }
  }
}

export class Allowances {
  readonly #clock: Clock
  readonly #limits: RoomLimits
  readonly #maxClients: number
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>()
  readonly #clients = new Map<string, number>()
  readonly #answers: Answers

  constructor(clock: Clock, limits: RoomLimits, maxClients = MAX_CLIENTS) {
    this.#clock = clock
    this.#limits = limits
    this.#maxClients = maxClients
    this.#answers = new Answers(clock, limits)
  }

  get size(): number {
    return this.#kept.size
  }

  /** For who names themselves, and comes from there; as far as that is known. */
  paying(payer: Payer | undefined, address: string | undefined): Paying {
    return {
      allowance: payer === undefined ? undefined : this.of(payer),
      answers: address === undefined ? undefined : () => this.#answers.of(address),
    }
  }

  of({ address, client }: Payer): Allowance {
    const own = `${address} ${client}`
    const isOne = this.#kept.has(own) || (this.#clients.get(address) ?? 0) < this.#maxClients
    const name = isOne ? own : `${address} `
    const kept = this.#kept.get(name) ?? this.#begin(address)
    kept.usedAt = this.#clock.now()
    this.#kept.delete(name)
    this.#kept.set(name, kept)
    return kept.allowance
  }

  /** Forgets those who have saved up everything again. */
  expire(): void {
    this.#answers.expire()
    const now = this.#clock.now()
    for (const [name, { address, usedAt }] of this.#kept) {
      if (now - usedAt < FULL_MS) return
      this.#kept.delete(name)
      const left = (this.#clients.get(address) ?? 0) - 1
      if (left > 0) this.#clients.set(address, left)
      else this.#clients.delete(address)
    }
  }

  #begin(address: string): Kept {
    this.#clients.set(address, (this.#clients.get(address) ?? 0) + 1)
    return { allowance: new Allowance(this.#clock, this.#limits), address, usedAt: 0 }
  }
}
