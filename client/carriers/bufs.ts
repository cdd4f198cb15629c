/** Several frames in one body: each as a varUint length and that many bytes. */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

export function joinFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = encoding.createEncoder()
  for (const frame of frames) encoding.writeVarUint8Array(out, frame)
  return new Uint8Array(encoding.toUint8Array(out))
}

/** The frames a body holds, or null when it is cut in the middle or none of ours. */
export function splitFrames(body: Uint8Array): Uint8Array[] | null {
  const input = decoding.createDecoder(body)
  const frames: Uint8Array[] = []
  try {
    while (decoding.hasContent(input)) {
      const length = decoding.readVarUint(input)
      if (length > body.length - input.pos) return null
      frames.push(decoding.readUint8Array(input, length))
    }
  } catch {
    // lib0 throws for a length that ends early or is out of range: then it is no body of ours.
    return null
  }
  return frames
}
