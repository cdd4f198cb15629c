/**
 * A group of batches as one ArrayBuffer, so that handing it to the writer's thread is one transfer.
 * Both ends are this program, in one process: nothing here is a format that anybody keeps.
 */

import type { Kind } from '#shared/frame.ts'
import type { Batch } from './port.ts'

export const kinds = ['none', 'page', 'any'] as const satisfies readonly Kind[]

export interface PackedEntry {
  readonly author: string
  /** '' for an entry without a push. */
  readonly session: string
  readonly number: number
  readonly digest: string
  /** A view of the group's buffer. */
  readonly update: Uint8Array
}

export interface PackedBatch {
  readonly document: string
  readonly head: number
  readonly epoch: string
  /** Index into `kinds`. */
  readonly kind: number
  readonly entries: readonly PackedEntry[]
}

export interface PackedGroup {
  readonly time: number
  readonly batches: readonly PackedBatch[]
}

// Fixed bytes: counts, lengths, head, kind, epoch of a batch; lengths, push and digest of an entry.
const GROUP_BYTES = 12
const BATCH_BYTES = 64
const ENTRY_BYTES = 64
const MAX_UTF8 = 3

/** `time` is wall-clock milliseconds, the same for every entry of the group. */
export function packGroup(group: readonly Batch[], time: number): ArrayBuffer {
  const out = new Out(groupBytes(group))
  out.number(time)
  out.uint(group.length)
  for (const batch of group) {
    out.text(batch.document)
    out.number(batch.head)
    out.text(batch.epoch)
    out.uint(kinds.indexOf(batch.kind))
    out.uint(batch.entries.length)
    // Runs of one author are the rule: its name goes over once.
    let author: string | null = null
    for (const entry of batch.entries) {
      out.flag(entry.author !== author)
      if (entry.author !== author) out.text(entry.author)
      author = entry.author
      out.flag(entry.push !== null)
      if (entry.push !== null) {
        out.text(entry.push.session)
        out.number(entry.push.number)
        out.text(entry.push.digest)
      }
      out.bytes(entry.update)
    }
  }
  return out.buffer.buffer
}

export function unpackGroup(bytes: ArrayBuffer): PackedGroup {
  const input = new In(bytes)
  const time = input.number()
  const batches: PackedBatch[] = []
  for (let left = input.uint(); left > 0; left--) {
    const document = input.text()
    const head = input.number()
    const epoch = input.text()
    const kind = input.uint()
    const entries: PackedEntry[] = []
    let author = ''
    for (let more = input.uint(); more > 0; more--) {
      if (input.flag()) author = input.text()
      const pushed = input.flag()
      const session = pushed ? input.text() : ''
      const number = pushed ? input.number() : 0
      const digest = pushed ? input.text() : ''
      entries.push({ author, session, number, digest, update: input.bytes() })
    }
    batches.push({ document, head, epoch, kind, entries })
  }
  return { time, batches }
}

function groupBytes(group: readonly Batch[]): number {
  let total = GROUP_BYTES
  for (const batch of group) {
    total += BATCH_BYTES + (batch.document.length + batch.epoch.length) * MAX_UTF8
    for (const { author, push, update } of batch.entries) {
      total += ENTRY_BYTES + author.length * MAX_UTF8 + update.length
      if (push !== null) total += (push.session.length + push.digest.length) * MAX_UTF8
    }
  }
  return total
}

class Out {
  // Not from Buffer's pool: the whole buffer is given away.
  readonly buffer: Buffer<ArrayBuffer>
  #at = 0
  constructor(size: number) {
    this.buffer = Buffer.allocUnsafeSlow(size)
  }
  flag(value: boolean): void {
    this.buffer[this.#at++] = value ? 1 : 0
  }
  uint(value: number): void {
    this.#at = this.buffer.writeUInt32LE(value, this.#at)
  }
  number(value: number): void {
    this.#at = this.buffer.writeDoubleLE(value, this.#at)
  }
  text(value: string): void {
    const bytes = this.buffer.write(value, this.#at + 4, 'utf8')
    this.buffer.writeUInt32LE(bytes, this.#at)
    this.#at += 4 + bytes
  }
  bytes(value: Uint8Array): void {
    this.uint(value.length)
    this.buffer.set(value, this.#at)
    this.#at += value.length
  }
}

class In {
  readonly #buffer: Buffer
  #at = 0
  constructor(bytes: ArrayBuffer) {
    this.#buffer = Buffer.from(bytes)
  }
  flag(): boolean {
    return this.#buffer[this.#at++] === 1
  }
  uint(): number {
    const value = this.#buffer.readUInt32LE(this.#at)
    this.#at += 4
    return value
  }
  number(): number {
    const value = this.#buffer.readDoubleLE(this.#at)
    this.#at += 8
    return value
  }
  text(): string {
    const length = this.uint()
    const value = this.#buffer.toString('utf8', this.#at, this.#at + length)
    this.#at += length
    return value
  }
  bytes(): Uint8Array {
    const length = this.uint()
    const value = this.#buffer.subarray(this.#at, this.#at + length)
    this.#at += length
    return value
  }
}
