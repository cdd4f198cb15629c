/** Bodies: read up to a limit, and no more of them at once than there is room for. */
import type { Limited } from '#server/ops/limit-metrics.ts'
import { ApiProblem } from './problem.ts'

/** Counts who came to which limit. */
export type Limits = Pick<Limited, 'bodyBytes' | 'postedBytes' | 'heldRequests'>

export class Bodies {
  readonly #maxBytes: number
  readonly #limited: Limits
  #bytes = 0

  /** `maxBytes`: of all bodies together. */
  constructor(maxBytes: number, limited: Limits = { bodyBytes: 0, postedBytes: 0, heldRequests: 0 }) {
    this.#maxBytes = maxBytes
    this.#limited = limited
  }

  /** Rejects with ApiProblem. */
  async read(request: Request, maxBytes: number): Promise<Uint8Array> {
    const encoding = request.headers.get('content-encoding') ?? 'identity'
    if (encoding !== 'identity')
      throw new ApiProblem('unsupported-format', 'Compressed bodies are not read: send it as it is.')
    const claimed = Number(request.headers.get('content-length') ?? 0)
    if (claimed > maxBytes) throw this.#tooLarge(maxBytes)
    const reader = request.body?.getReader()
    if (reader === undefined) return new Uint8Array(0)
    const chunks: Uint8Array[] = []
    let length = 0
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        length += value.length
        this.#bytes += value.length
        chunks.push(value)
        if (length > maxBytes) throw this.#tooLarge(maxBytes)
        if (this.#bytes > this.#maxBytes) {
          this.#limited.postedBytes += 1
          throw new ApiProblem('unavailable', 'Too much is being sent at the moment: come back with it.')
        }
      }
      // Bytes of its own: a part of a shared buffer would take the whole of it along to another thread.
      return new Uint8Array(Buffer.concat(chunks))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw new ApiProblem('invalid-request', 'The body ended early.')
      // The rest is not waited for here.
      reader.releaseLock()
      throw error
    } finally {
      this.#bytes -= length
    }
  }

  #tooLarge(maxBytes: number): ApiProblem {
    this.#limited.bodyBytes += 1
    return new ApiProblem('too-large', `The body is larger than ${maxBytes} bytes.`)
  }
}
