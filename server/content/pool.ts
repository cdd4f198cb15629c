/**
 * Content on two threads: one for all that is small, one for what is large, so that nobody who reads a page waits for
 * somebody's book. Each answers one question after another; whose is next, history's turns say: by person, and of one
 * person by document. What was small and takes long all the same begins anew on the thread for what is large, and so
 * does for a while what else its person asks for. The thread for small questions alone holds documents.
 */

import type { Foreign } from '#server/gate/foreign.ts'
import { Turns, timed } from '#server/history/turns.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { MAX_HELD_BYTES } from './held.ts'
import {
  type Content,
  type ContentAsker,
  ContentUnavailable,
  type DiffOptions,
  InvalidContent,
  type LaterEntry,
  type RenderOptions,
  type Stored,
  type Writing,
  type Written,
} from './port.ts'
import { type Outcome, type Task, turnsOf } from './task.ts'
import { ContentThread, ThreadEnded } from './thread.ts'
import type { Question } from './worker.ts'

export interface ContentPoolOptions {
  readonly clock: Clock
  /** Questions that may wait for one thread; of more, one of who has most of them is turned away. */
  readonly maxWaiting?: number
  /** A question that takes longer ends the thread: somebody made it dear on purpose. */
  readonly stallMs?: number
  /** A question that takes longer on the thread for small ones is no small one. */
  readonly smallStallMs?: number
  readonly idleMs?: number
  readonly heapMb?: number
  readonly smallHeapMb?: number
}

const defaults = {
  maxWaiting: 1_000,
  stallMs: 20_000,
  smallStallMs: 4_000,
  idleMs: 10_000,
  heapMb: 512,
  smallHeapMb: 256,
} as const

/** How long nothing that somebody asks for counts as small after it took long. */
const DEAR_MS = 60_000
/** Who does not say who they are take turns as one. */
const NOBODY: ContentAsker = { person: '', document: '' }

interface Lane {
  readonly turns: Turns
  readonly thread: ContentThread
}

export class ContentPool implements Content {
  readonly #options: Required<ContentPoolOptions>
  readonly #small: Lane
  readonly #large: Lane
  /** Whose questions took long. */
  readonly #dear = new Map<string, Cancel>()
  #isClosed = false

  constructor(options: ContentPoolOptions) {
    this.#options = { ...defaults, ...options }
    const { heapMb, smallHeapMb, stallMs, smallStallMs } = this.#options
    this.#small = this.#lane({ heapMb: smallHeapMb, stallMs: Math.min(stallMs, smallStallMs) })
    this.#large = this.#lane({ heapMb, stallMs })
  }

  holds(key: string, upTo: number): number {
    const position = this.#small.thread.held.get(key) ?? 0
    return position <= upTo ? position : 0
  }

  async render(stored: Stored, options: RenderOptions): Promise<Uint8Array<ArrayBuffer>> {
    const outcome = await this.#ask({ kind: 'render', options }, stored)
    if (outcome.kind !== 'rendered') throw new TypeError('the answer to another question')
    return outcome.bytes
  }

  async write(stored: Stored, writing: Writing): Promise<Written> {
    const outcome = await this.#ask({ kind: 'write', writing }, stored)
    if (outcome.kind !== 'written') throw new TypeError('the answer to another question')
    return outcome.written
  }

  async diff(
    before: Stored,
    later: readonly LaterEntry[],
    options: DiffOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const updates = [...before.updates, ...later.map(({ update }) => update)]
    const turns = turnsOf(later.map(({ author }) => author))
    const outcome = await this.#ask({ kind: 'diff', turns, options }, { ...before, updates })
    if (outcome.kind !== 'rendered') throw new TypeError('the answer to another question')
    return outcome.bytes
  }

  async foreign(update: Uint8Array, asker: ContentAsker = NOBODY): Promise<readonly Foreign[]> {
    const outcome = await this.#ask({ kind: 'foreign' }, { kind: 'page', updates: [update], asker })
    if (outcome.kind !== 'foreign') throw new TypeError('the answer to another question')
    return outcome.found
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const cancel of this.#dear.values()) cancel()
    this.#dear.clear()
    // What waits comes to its turn then, and finds that it is closed.
    await Promise.all([this.#small.thread.end('closed'), this.#large.thread.end('closed')])
  }

  #lane(thread: { readonly heapMb: number; readonly stallMs: number }): Lane {
    const { clock, idleMs, maxWaiting } = this.#options
    return {
      turns: new Turns({
        maxWaiting,
        maxRunning: 1,
        onWaiting: () => {},
        onTurnedAway: () => {},
        refusal: () => new ContentUnavailable('too much is being read and written at the moment'),
      }),
      thread: new ContentThread({ clock, idleMs, ...thread }),
    }
  }

  async #ask(task: Task, stored: Stored): Promise<Outcome> {
    const { person } = stored.asker ?? NOBODY
    const isHeld = (stored.going?.from ?? 0) > 0
    const isSmall = isHeld || (sizeOf(task, stored) <= MAX_HELD_BYTES && !this.#dear.has(person))
    if (isSmall) {
      try {
        return await this.#run(this.#small, task, stored)
      } catch (error) {
        if (!(error instanceof ThreadEnded) || error.why === 'closed')
          throw failure(error, task, this.#options)
        this.#isDear(person)
      }
    }
    try {
      return await this.#run(this.#large, task, stored)
    } catch (error) {
      throw failure(error, task, this.#options)
    }
  }

  #run({ turns, thread }: Lane, task: Task, stored: Stored): Promise<Outcome> {
    const { clock } = this.#options
    const { person, document } = stored.asker ?? NOBODY
    return turns.enter({ party: person, line: document, spent: () => {} }, async (spent) => {
      if (this.#isClosed) throw new ThreadEnded('closed')
      const going = thread === this.#small.thread || stored.going?.from !== 0 ? (stored.going ?? null) : null
      return timed(clock, spent, () => thread.ask(packed(task, { ...stored, going })))
    })
  }

  #isDear(person: string): void {
    if (this.#isClosed) return
    this.#dear.get(person)?.()
    this.#dear.set(
      person,
      this.#options.clock.after(DEAR_MS, () => void this.#dear.delete(person)),
    )
  }
}

/** Sent once more, what is written would take as long: that is said of it, and not that it should come back. */
function failure(error: unknown, task: Task, { stallMs }: { readonly stallMs: number }): unknown {
  if (!(error instanceof ThreadEnded)) return error
  if (error.why === 'closed') return new ContentUnavailable('content is closed')
  if (error.why === 'died')
    return new ContentUnavailable('the thread that reads and writes content died', { cause: error.cause })
  const took = `took longer than ${stallMs / 1000} s`
  return task.kind === 'write' && task.writing.content !== null
    ? new InvalidContent('', `finding what it changes ${took}: write less at once`)
    : new ContentUnavailable(`it ${took}`)
}

function sizeOf(task: Task, { updates }: Stored): number {
  const writing = task.kind === 'write' ? task.writing : null
  const all = [
    ...updates,
    ...(writing?.since ?? []),
    writing?.content?.bytes ?? new Uint8Array(0),
    writing?.follows?.update ?? new Uint8Array(0),
  ]
  return all.reduce((sum, { length }) => sum + length, 0)
}

function packed(
  task: Task,
  { kind, updates, going }: Pick<Stored, 'kind' | 'updates'> & Pick<Question, 'going'>,
): Question {
  const total = updates.reduce((sum, { length }) => sum + length, 0)
  const bytes = new Uint8Array(total)
  const lengths = new Uint32Array(updates.length)
  let at = 0
  for (const [index, update] of updates.entries()) {
    bytes.set(update, at)
    at += update.length
    lengths[index] = update.length
  }
  return { task, kind, going, bytes, lengths }
}
