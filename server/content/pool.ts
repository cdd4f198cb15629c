/**
 * Content on a worker thread. Questions are answered one after another; the thread starts with the first and ends when
 * nothing was asked for a while, which gives its memory back. A thread that dies or gives no answer in time is ended:
 * the question it had rejects, the others go to the next one.
 */

import { Worker } from 'node:worker_threads'
import type { Foreign } from '#server/gate/foreign.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import {
  type Content,
  ContentUnavailable,
  type DiffOptions,
  InvalidContent,
  type LaterEntry,
  NoSuchHeading,
  NotHeld,
  NotPossible,
  type RenderOptions,
  type Stored,
  type Writing,
  type Written,
} from './port.ts'
import { type Outcome, type Task, turnsOf } from './task.ts'
import type { Answer, Question } from './worker.ts'

export interface ContentPoolOptions {
  readonly clock: Clock
  /** Questions that may wait; more are turned away. */
  readonly maxWaiting?: number
  /** A question that takes longer ends the thread: somebody made it dear on purpose. */
  readonly stallMs?: number
  readonly idleMs?: number
  readonly heapMb?: number
}

const defaults = { maxWaiting: 1_000, stallMs: 20_000, idleMs: 10_000, heapMb: 768 } as const

interface Asked {
  readonly task: Task
  readonly stored: Stored
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
}

export class ContentPool implements Content {
  readonly #options: Required<ContentPoolOptions>
  readonly #waiting: Asked[] = []
  /** Which documents the thread holds, and where. */
  #held: ReadonlyMap<string, number> = new Map()
  #worker: Worker | null = null
  #current: Asked | null = null
  #cancel: Cancel | null = null
  #isClosed = false

  constructor(options: ContentPoolOptions) {
    this.#options = { ...defaults, ...options }
  }

  holds(key: string, upTo: number): number {
    const position = this.#held.get(key) ?? 0
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
    const outcome = await this.#ask({ kind: 'diff', turns, options }, { kind: before.kind, updates })
    if (outcome.kind !== 'rendered') throw new TypeError('the answer to another question')
    return outcome.bytes
  }

  async foreign(update: Uint8Array): Promise<readonly Foreign[]> {
    const outcome = await this.#ask({ kind: 'foreign' }, { kind: 'page', updates: [update] })
    if (outcome.kind !== 'foreign') throw new TypeError('the answer to another question')
    return outcome.found
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const { reject } of this.#waiting.splice(0)) reject(new ContentUnavailable('content is closed'))
    await this.#end(new ContentUnavailable('content is closed'))
  }

  #ask(task: Task, stored: Stored): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new ContentUnavailable('content is closed'))
      if (this.#waiting.length >= this.#options.maxWaiting)
        return reject(new ContentUnavailable('too much is being read and written at the moment'))
      this.#waiting.push({ task, stored, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#current !== null) return
    this.#cancel?.()
    const asked = this.#waiting.shift()
    if (asked === undefined) {
      this.#cancel = this.#options.clock.after(this.#options.idleMs, () => void this.#end(null))
      return
    }
    this.#current = asked
    const worker = this.#worker ?? this.#start()
    const { stallMs } = this.#options
    this.#cancel = this.#options.clock.after(stallMs, () => {
      void this.#end(stalled(asked.task, stallMs))
      this.#next()
    })
    const question = packed(asked)
    try {
      worker.postMessage(question, [question.bytes.buffer, question.lengths.buffer])
    } catch (error) {
      // Something in it cannot be handed over: a mistake of ours, of this question alone.
      this.#current = null
      asked.reject(new TypeError('a question that cannot be asked', { cause: error }))
      this.#next()
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'content',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb, maxYoungGenerationSizeMb: 8 },
    })
    const gone = (cause?: unknown) => {
      if (this.#worker !== worker) return
      void this.#end(new ContentUnavailable('the thread that reads and writes content died', { cause }))
      this.#next()
    }
    worker.on('message', (answer: Answer) => {
      if (this.#worker === worker) this.#answered(answer)
    })
    worker.on('error', gone)
    worker.on('exit', () => gone())
    this.#worker = worker
    return worker
  }

  #answered(answer: Answer): void {
    const asked = this.#current
    this.#current = null
    if (answer.kind === 'done') {
      this.#held = new Map(answer.held)
      asked?.resolve(answer.outcome)
    } else asked?.reject(failure(answer))
    this.#next()
  }

  /** Ends the thread; what it was asked rejects. */
  async #end(reason: Error | null): Promise<void> {
    this.#cancel?.()
    this.#cancel = null
    const worker = this.#worker
    const asked = this.#current
    this.#worker = null
    this.#held = new Map()
    this.#current = null
    if (asked !== null) asked.reject(reason ?? new ContentUnavailable('the thread ended'))
    await worker?.terminate()
  }
}

/** Sent once more, what is written would take as long: that is said of it, and not that it should come back. */
function stalled(task: Task, stallMs: number): Error {
  const took = `took longer than ${stallMs / 1000} s`
  return task.kind === 'write' && task.writing.content !== null
    ? new InvalidContent('', `finding what it changes ${took}: write less at once`)
    : new ContentUnavailable(`it ${took}`)
}

function packed({ task, stored }: Asked): Question {
  const total = stored.updates.reduce((sum, { length }) => sum + length, 0)
  const bytes = new Uint8Array(total)
  const lengths = new Uint32Array(stored.updates.length)
  let at = 0
  for (const [index, update] of stored.updates.entries()) {
    bytes.set(update, at)
    at += update.length
    lengths[index] = update.length
  }
  return { task, kind: stored.kind, going: stored.going ?? null, bytes, lengths }
}

function failure({ name, message, where }: Answer & { kind: 'failed' }): Error {
  if (name === 'InvalidContent') return new InvalidContent(where, message)
  if (name === 'NotPossible') return new NotPossible(message)
  if (name === 'NotHeld') return new NotHeld(message)
  if (name === 'NoSuchHeading') return new NoSuchHeading(message)
  return new Error(`${name}: ${message}`)
}
