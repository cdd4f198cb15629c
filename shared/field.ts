/**
 * One field of a frame, writer beside reader where lib0 has none of its own. Numbers are lib0 varUints, `buf` is a
 * varUint length and that many bytes, `8` is eight raw bytes as 16 hex digits.
 *
 * Readers throw FrameError for what is not such a field, or is above its limit.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { FrameError } from './frame.ts'
import { type Epoch, epoch, NONE } from './id.ts'

/** A copy: a view would keep a whole network buffer alive, and an over-read could never leave the frame. */
export function readBytes(input: decoding.Decoder, max = Number.POSITIVE_INFINITY): Uint8Array {
  const length = decoding.readVarUint(input)
  if (length > max) throw new FrameError('a field is too big', true)
  return decoding.readUint8Array(input, length).slice()
}

export function readText(input: decoding.Decoder, max: number): string {
  const start = input.pos
  const length = decoding.readVarUint(input)
  if (length > max) throw new FrameError('a text is too long', true)
  input.pos = start
  return decoding.readVarString(input)
}

export function readMany<T>(input: decoding.Decoder, max: number, one: () => T): T[] {
  const count = decoding.readVarUint(input)
  if (count > max) throw new FrameError('too many items', true)
  const items: T[] = []
  for (let i = 0; i < count; i++) items.push(one())
  return items
}

export function readFlag(input: decoding.Decoder): boolean {
  const value = decoding.readVarUint(input)
  if (value > 1) throw new FrameError('not a flag')
  return value === 1
}

export function pick<const T extends readonly string[]>(names: T, input: decoding.Decoder): T[number] {
  const name = names[decoding.readVarUint(input)]
  if (name === undefined) throw new FrameError('unknown name')
  return name
}

export function writeEpoch(out: encoding.Encoder, name: Epoch): void {
  writeHex8(out, name === '' ? NONE : name)
}

export function readEpoch(input: decoding.Decoder): Epoch {
  const hex = readHex8(input)
  return epoch(hex === NONE ? '' : hex)
}

export function writeHex8(out: encoding.Encoder, hex: string): void {
  for (let i = 0; i < 16; i += 2) encoding.write(out, Number.parseInt(hex.slice(i, i + 2), 16))
}

export function readHex8(input: decoding.Decoder): string {
  let hex = ''
  for (const byte of decoding.readUint8Array(input, 8)) hex += byte.toString(16).padStart(2, '0')
  return hex
}
