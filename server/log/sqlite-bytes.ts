/** Writing and reading of the bytes that the journal and the runs are made of. Numbers are little-endian. */

export const LENGTH_BYTES = 4
const NUMBER_BYTES = 8
/** A UTF-16 unit is three bytes of UTF-8 at most. */
const MAX_UTF8_BYTES = 3

/** Room that is enough for `text` with its length. */
export function textRoom(text: string): number {
  return LENGTH_BYTES + text.length * MAX_UTF8_BYTES
}

export class Out {
  /** Not from Buffer's pool: it may be given away whole. */
  readonly buffer: Buffer<ArrayBuffer>
  at = 0
  constructor(room: number) {
    this.buffer = Buffer.allocUnsafeSlow(room)
  }
  flag(value: boolean): void {
    this.byte(value ? 1 : 0)
  }
  byte(value: number): void {
    this.buffer[this.at++] = value
  }
  uint(value: number): void {
    this.at = this.buffer.writeUInt32LE(value, this.at)
  }
  number(value: number): void {
    this.at = this.buffer.writeDoubleLE(value, this.at)
  }
  text(value: string): void {
    const bytes = this.buffer.write(value, this.at + LENGTH_BYTES, 'utf8')
    this.uint(bytes)
    this.at += bytes
  }
  raw(value: Uint8Array): void {
    this.buffer.set(value, this.at)
    this.at += value.length
  }
}

/** Throws RangeError where the bytes end early. */
export class In {
  readonly #buffer: Buffer
  at = 0
  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }
  get more(): boolean {
    return this.at < this.#buffer.length
  }
  flag(): boolean {
    return this.byte() === 1
  }
  byte(): number {
    const value = this.#buffer[this.at++]
    if (value === undefined) throw new RangeError('the bytes end early')
    return value
  }
  uint(): number {
    const value = this.#buffer.readUInt32LE(this.at)
    this.at += LENGTH_BYTES
    return value
  }
  number(): number {
    const value = this.#buffer.readDoubleLE(this.at)
    this.at += NUMBER_BYTES
    return value
  }
  text(): string {
    const length = this.uint()
    const value = this.#buffer.toString('utf8', this.at, this.at + length)
    this.at += length
    return value
  }
  /** A view, never a copy. */
  raw(length: number): Uint8Array {
    if (this.at + length > this.#buffer.length) throw new RangeError('the bytes end early')
    const value = this.#buffer.subarray(this.at, this.at + length)
    this.at += length
    return value
  }
}
