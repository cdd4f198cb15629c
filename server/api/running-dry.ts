/** What is left of a body that is not read: let run into nothing, so that its sender gets to read the answer. */

/** A sender of more, or a slower one, is cut off. */
const MAX_BYTES = 128 << 20
const MAX_MS = 10_000

/** Whether it came to its end: only then can another request follow on the connection. Never rejects. */
export async function runDry(body: ReadableStream<Uint8Array> | null, promised: number): Promise<boolean> {
  if (body === null) return true
  if (body.locked || promised > MAX_BYTES) return false
  let left = MAX_BYTES
  const nothing = new WritableStream<Uint8Array>({
    write(part) {
      left -= part.length
      if (left < 0) throw new RangeError('it does not end')
    },
  })
  try {
    await body.pipeTo(nothing, { signal: AbortSignal.timeout(MAX_MS) })
    return true
  } catch {
    // Its sender is gone, or goes on for too long: the connection ends.
    return false
  }
}
