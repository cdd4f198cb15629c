/**
 * Whose turn it is: parties in turn by the worker time they had, and within a party its lines in the same way. Of
 * history a party is a document and a line one of its channels; of content a person and one of their documents.
 *
 * A party that asks for little waits for little, however much others ask for. Where too many wait, one is turned
 * away from the party that has most of them waiting: a crowd crowds out itself.
 */
import type { Clock } from '#shared/time.ts'
import { Unavailable } from './port.ts'

export interface Comer {
  readonly party: string
  /** Compared by identity. */
  readonly line: unknown
  /** Told, while it goes on, how many milliseconds were spent. */
  spent(ms: number): void
}

export interface TurnsOptions {
  /** How many may wait. */
  readonly maxWaiting: number
  /** How many run at once, each of another party. */
  readonly maxRunning: number
  /** Told whenever one more or one less waits. */
  readonly onWaiting: (change: 1 | -1) => void
  /** Told of each that was turned away. */
  readonly onTurnedAway: () => void
  /** What those reject with who were turned away; history's Unavailable without it. */
  readonly refusal?: () => Error
}

interface Job {
  /** Resolves with the milliseconds of a worker it took; never rejects. */
  readonly run: () => Promise<number>
  readonly turnAway: (error: Error) => void
}

interface Line {
  /** Milliseconds it had, on a scale on which who was away begins where the others are. */
  spentMs: number
  readonly jobs: Job[]
}

interface Party extends Omit<Line, 'jobs'> {
  readonly lines: Map<unknown, Line>
  /** Where a line begins that was not here. */
  floorMs: number
  waiting: number
  isRunning: boolean
}

/** Tells what `work` took, however it ends. */
export async function timed<T>(
  clock: Pick<Clock, 'now'>,
  spent: (ms: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  const began = clock.now()
  try {
    return await work()
  } finally {
    spent(clock.now() - began)
  }
}

export class Turns {
  readonly #options: TurnsOptions
  readonly #parties = new Map<string, Party>()
  #floorMs = 0
  #running = 0
  #waiting = 0

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** Runs `run` when its turn has come. Rejects as `run` does, or with the refusal when it was turned away. */
  enter<Result>(comer: Comer, run: (spent: (ms: number) => void) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const job: Job = {
        run: async () => {
          let spentMs = 0
          await run((ms) => {
            spentMs += ms
            comer.spent(ms)
          }).then(resolve, reject)
          return spentMs
        },
        turnAway: reject,
      }
      this.#line(comer).jobs.push(job)
      this.#count(comer.party, 1)
      if (this.#waiting > this.#options.maxWaiting) this.#turnAway()
      this.#next()
    })
  }

  #next(): void {
    while (this.#running < this.#options.maxRunning) {
      const chosen = least(this.#parties, ({ waiting, isRunning }) => waiting > 0 && !isRunning)
      if (chosen === null) return
      const [name, party] = chosen
      const next = least(party.lines, ({ jobs }) => jobs.length > 0)
      const job = next?.[1].jobs.shift()
      if (next === null || job === undefined) throw new RangeError('something waits and nobody asked')
      this.#count(name, -1)
      this.#floorMs = Math.max(this.#floorMs, party.spentMs)
      party.floorMs = Math.max(party.floorMs, next[1].spentMs)
      party.isRunning = true
      this.#running += 1
      void job.run().then((ms) => {
        party.isRunning = false
        this.#running -= 1
        party.spentMs += ms
        next[1].spentMs += ms
        this.#forget()
        this.#next()
      })
    }
  }

  #line({ party: name, line: own }: Comer): Line {
    let party = this.#parties.get(name)
    if (party === undefined) {
      party = { spentMs: this.#floorMs, lines: new Map(), floorMs: 0, waiting: 0, isRunning: false }
      this.#parties.set(name, party)
    }
    // Nobody saves up by staying away.
    if (party.waiting === 0 && !party.isRunning) party.spentMs = Math.max(party.spentMs, this.#floorMs)
    let line = party.lines.get(own)
    if (line === undefined) {
      line = { spentMs: party.floorMs, jobs: [] }
      party.lines.set(own, line)
    }
    if (line.jobs.length === 0) line.spentMs = Math.max(line.spentMs, party.floorMs)
    return line
  }

  #count(name: string, change: 1 | -1): void {
    const party = this.#parties.get(name)
    if (party !== undefined) party.waiting += change
    this.#waiting += change
    this.#options.onWaiting(change)
  }

  /** The last who came to the longest line of the party with most waiting. */
  #turnAway(): void {
    const crowd = most(this.#parties, ({ waiting }) => waiting)
    const line = crowd === null ? null : most(crowd[1].lines, ({ jobs }) => jobs.length)
    if (crowd === null || line === null) return
    const job = line[1].jobs.pop()
    if (job === undefined) return
    this.#count(crowd[0], -1)
    this.#options.onTurnedAway()
    job.turnAway(this.#options.refusal?.() ?? new Unavailable('too much is being asked of history'))
  }

  /** Who waits for nothing, and had no more than those who do, is as one who was never here. */
  #forget(): void {
    const isQuiet = this.#running === 0 && this.#waiting === 0
    for (const [name, party] of this.#parties) {
      if (party.waiting > 0 || party.isRunning) continue
      if (isQuiet || party.spentMs <= this.#floorMs) this.#parties.delete(name)
    }
  }
}

function least<Key, Value extends { readonly spentMs: number }>(
  all: ReadonlyMap<Key, Value>,
  isIn: (value: Value) => boolean,
): [Key, Value] | null {
  let found: [Key, Value] | null = null
  for (const [key, value] of all)
    if (isIn(value) && (found === null || value.spentMs < found[1].spentMs)) found = [key, value]
  return found
}

function most<Key, Value>(all: ReadonlyMap<Key, Value>, size: (value: Value) => number): [Key, Value] | null {
  let found: [Key, Value] | null = null
  for (const [key, value] of all) if (found === null || size(value) > size(found[1])) found = [key, value]
  return found
}
