/** What is left of a body that is not read: let run into nothing, so that its sender gets to read the answer. */

/** A sender of more, or a slower one, is cut off. */
const MAX_BYTES = 128 << 20
const MAX_MS = 10_000
/** Who sends nothing for this long waits for the answer. */
const IDLE_MS = 500

/** Whether it came to its end: only then can another request follow on the connection. Never rejects. */
export async function runDry(body: ReadableStream<Uint8Array> | null, promised: number): Promise<boolean> {
  if (body === null) return true
  if (body.locked || promised > MAX_BYTES) return false
  let left = MAX_BYTES
  const idle = new AbortController()
  const stop = () => idle.abort()
  let timer = setTimeout(stop, IDLE_MS)
  const nothing = new WritableStream<Uint8Array>({
    write(part) {
      left -= part.length
      clearTimeout(timer)
      timer = setTimeout(stop, IDLE_MS)
      if (left < 0) throw new RangeError('it does not end')
    },
  })
  try {
    await body.pipeTo(nothing, { signal: AbortSignal.any([idle.signal, AbortSignal.timeout(MAX_MS)]) })
    return true
  } catch {
    // Its sender is gone, waits, or goes on for too long: the connection ends.
    return false
  } finally {
    clearTimeout(timer)
  }
}
