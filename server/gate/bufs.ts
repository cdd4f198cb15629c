/** Frames in one body: each as its length (a varUint) and that many bytes. */

/** A length that is none, or more than is there. */
export class CutBody extends Error {}

/** The frames of a body, one by one, as views of it. Throws CutBody where it ends in the middle of one. */
export function* framesIn(body: Uint8Array): Generator<Uint8Array> {
  let at = 0
  while (at < body.length) {
    let length = 0
    let scale = 1
    for (;;) {
      const byte = body[at++]
      if (byte === undefined || scale > 2 ** 42) throw new CutBody('a length is cut')
      length += (byte & 127) * scale
      if (byte < 128) break
      scale *= 128
    }
    if (length > body.length - at) throw new CutBody('a frame is cut')
    yield body.subarray(at, at + length)
    at += length
  }
}

/** Lays frames out as a body, or as a part of one. */
export function layBufs(frames: readonly Uint8Array[]): Uint8Array {
  let total = 0
  for (const { length } of frames) total += length + lengthBytes(length)
  const bytes = Buffer.allocUnsafe(total)
  let at = 0
  for (const frame of frames) {
    let rest = frame.length
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = 128 | (rest & 127)
    bytes[at++] = rest
    bytes.set(frame, at)
    at += frame.length
  }
  return bytes
}

function lengthBytes(length: number): number {
  let bytes = 1
  for (let rest = length; rest > 127; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}
