/** Documents and logs for history's tests, in the words the tests use. */

import * as Y from 'yjs'
import type { Replay, ReplayedEntry } from '#server/history/port.ts'
import type { Clock } from '#shared/time.ts'

export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** A clock on which nothing comes due before the test says so. */
export class StoppedClock implements Clock {
  readonly #due = new Map<symbol, { ms: number; run: () => void }>()
  now(): number {
    return 0
  }
  wall(): number {
    return 0
  }
  after(ms: number, run: () => void): () => void {
    const key = Symbol()
    this.#due.set(key, { ms, run })
    return () => this.#due.delete(key)
  }
  /** Lets everything come due that waits for exactly so long; how many there were. */
  strike(ms: number): number {
    const struck = [...this.#due].filter(([, timer]) => timer.ms === ms)
    for (const [key, { run }] of struck) {
      this.#due.delete(key)
      run()
    }
    return struck.length
  }
}

export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

/** Entries of one author. */
export function by(author: string, ...updates: readonly Uint8Array[]): ReplayedEntry[] {
  return updates.map((update) => ({ update, author }))
}

/** A log without a checkpoint, in these pieces. */
export function logOf(...pieces: readonly (readonly ReplayedEntry[])[]): Replay {
  return { checkpoint: null, entries: inTurn(pieces) }
}

/** A document that is nothing but a checkpoint. */
export function checkpointOf(checkpoint: { state: Uint8Array; knowledge: Uint8Array }): Replay {
  return { checkpoint, entries: inTurn([]) }
}

export async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield item
}

/** A person's replica that notes down every edit as an update. */
export class Writer {
  readonly doc = new Y.Doc()
  readonly edits: Uint8Array[] = []
  constructor(client: number) {
    this.doc.clientID = client
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'received') this.edits.push(update)
    })
  }
  get text(): Y.Text {
    return this.doc.getText('text')
  }
  receive(update: Uint8Array): void {
    Y.applyUpdate(this.doc, update, 'received')
  }
  get state(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc)
  }
}

/** The document in this state; what `state` lacks for being whole would show as pending. */
export function opened(state: Uint8Array): Y.Doc {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  return doc
}

/** Numbers in [0, below), the same for the same seed. */
export function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

/** One edit somebody might make in a page: a block, its level, its text, its formatting; now and then a block goes. */
export function act(doc: Y.Doc, roll: (below: number) => number): void {
  const body = doc.getXmlFragment('prosemirror')
  const what = body.length === 0 ? 0 : roll(6)
  if (what === 0) body.insert(roll(body.length + 1), [new Y.XmlElement('paragraph')])
  else if (what === 1) body.delete(roll(body.length), 1)
  else if (what < 6) write(body.get(roll(body.length)), what, roll)
}

function write(block: unknown, what: number, roll: (below: number) => number): void {
  if (!(block instanceof Y.XmlElement)) return
  if (block.length === 0) block.insert(0, [new Y.XmlText()])
  const line = block.get(0)
  if (!(line instanceof Y.XmlText)) return
  const at = roll(line.length + 1)
  if (what === 2) block.setAttribute('level', String(roll(4)))
  else if (what === 3 && at + 2 <= line.length) line.delete(at, 2)
  else if (what === 4 && at + 2 <= line.length) line.format(at, 2, { bold: roll(2) === 0 ? true : null })
  else line.insert(at, ['word', '😀', 'x'][roll(3)] ?? '')
}
