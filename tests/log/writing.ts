/** The words the tests of the log are written in: documents, batches and what is in them. */

import type { Batch, BatchResult, Entry, Log, NewEntry, Snapshot } from '#server/log/port.ts'
import {
  type DocumentId,
  documentId,
  type Epoch,
  epoch,
  type Seq,
  type SessionId,
  seq,
  sessionId,
} from '#shared/id.ts'

export const FIRST_EPOCH = epoch('00000000000000e1')
export const OTHER_EPOCH = epoch('00000000000000e2')
export const LAPTOP = sessionId('1111111111111111')
export const PHONE = sessionId('2222222222222222')
export const NO_LIMIT = 1 << 30

export function doc(name: string): DocumentId {
  const id = documentId(name)
  if (id === null) throw new RangeError(`not a document id: ${name}`)
  return id
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function text(update: Uint8Array): string {
  return new TextDecoder().decode(update)
}

export function entry(words: string, more: Partial<NewEntry> = {}): NewEntry {
  return { update: bytes(words), author: 'ada', push: null, ...more }
}

export function pushed(session: SessionId, number: number, words: string): NewEntry {
  return entry(words, { push: { session, number, digest: digestOf(session, number) } })
}

export function digestOf(session: SessionId, number: number): string {
  return `${session.slice(0, 4)}${String(number).padStart(12, '0')}`
}

export interface BatchWords {
  readonly head?: number
  readonly epoch?: Epoch
  readonly kind?: Batch['kind']
}

export function batch(name: string, entries: readonly (string | NewEntry)[], words: BatchWords = {}): Batch {
  return {
    document: doc(name),
    head: seq(words.head ?? 0),
    epoch: words.epoch ?? FIRST_EPOCH,
    kind: words.kind ?? 'page',
    entries: entries.map((one) => (typeof one === 'string' ? entry(one) : one)),
  }
}

/** Appends at whatever head the log has, as a room would. */
export async function append(
  log: Log,
  name: string,
  ...entries: (string | NewEntry)[]
): Promise<BatchResult> {
  const { head } = await log.outline(doc(name))
  const [result] = await log.commit([batch(name, entries, { head })])
  if (result === undefined) throw new Error('no result for a batch')
  return result
}

export async function texts(log: Log, name: string, after = 0): Promise<readonly string[]> {
  return (await all(log, name, after)).map(({ update }) => text(update))
}

export function all(log: Log, name: string, after = 0): Promise<readonly Entry[]> {
  return log.read(doc(name), seq(after), NO_LIMIT)
}

export function positions(entries: readonly Entry[]): readonly Seq[] {
  return entries.map((one) => one.seq)
}

export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

export function snapshot(name: string, at: number, more: Partial<Snapshot> = {}): Snapshot {
  const id = at.toString(16).padStart(16, '0')
  return {
    id,
    document: doc(name),
    kind: 'named',
    name: `at ${at}`,
    seq: seq(at),
    author: 'ada',
    time: 5_000,
    ...more,
  }
}
