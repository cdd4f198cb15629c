/** Bodies: read up to a limit, and no more of them at once than there is room for. */
import { type Payer, Store } from '#server/gate/store.ts'
import type { Limited } from '#server/ops/limit-metrics.ts'
import { ApiProblem } from './problem.ts'

/** Counts who came to which limit. */
export type Limits = Pick<Limited, 'bodyBytes' | 'postedBytes' | 'heldRequests'>

export interface BodiesOptions {
  /** Of all bodies together. */
  readonly maxBytes: number
  /** The largest that one may be. */
  readonly bodyBytes?: number
  readonly limited?: Limits | undefined
}

const NOTHING: Limits = { bodyBytes: 0, postedBytes: 0, heldRequests: 0 }

export class Bodies {
  readonly #store: Store
  readonly #limited: Limits

  constructor({ maxBytes, bodyBytes = 0, limited = { ...NOTHING } }: BodiesOptions) {
    this.#store = new Store({ maxBytes, bodyBytes })
    this.#limited = limited
  }

  /** Rejects with ApiProblem. */
  async read(request: Request, maxBytes: number, payer: Payer): Promise<Uint8Array> {
    const encoding = request.headers.get('content-encoding') ?? 'identity'
    if (encoding !== 'identity')
      throw new ApiProblem('unsupported-format', 'Compressed bodies are not read: send it as it is.')
    const claimed = Number(request.headers.get('content-length') ?? 0)
    if (claimed > maxBytes) throw this.#tooLarge(maxBytes)
    const reader = request.body?.getReader()
    if (reader === undefined) return new Uint8Array(0)
    const chunks: Uint8Array[] = []
    let length = 0
    const ended = Promise.withResolvers<never>()
    // Nobody may be waiting for it any more.
    ended.promise.catch(() => {})
    const own = {
      payer,
      get bytes() {
        return length
      },
      end: () => {
        finished()
        this.#store.giveBack(length, payer)
        length = 0
        ended.reject(this.#tooMuch())
      },
    }
    const finished = this.#store.begin(own)
    try {
      for (;;) {
        const { done, value } = await Promise.race([reader.read(), ended.promise])
        if (done) break
        if (length + value.length > maxBytes) throw this.#tooLarge(maxBytes)
        if (!this.#store.take(value.length, payer, own)) throw this.#tooMuch()
        length += value.length
        chunks.push(value)
      }
      // Bytes of its own: a part of a shared buffer would take the whole of it along to another thread.
      return new Uint8Array(Buffer.concat(chunks))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw new ApiProblem('invalid-request', 'The body ended early.')
      // The rest is not waited for here.
      reader.releaseLock()
      throw error
    } finally {
      finished()
      this.#store.giveBack(length, payer)
    }
  }

  #tooLarge(maxBytes: number): ApiProblem {
    this.#limited.bodyBytes += 1
    return new ApiProblem('too-large', `The body is larger than ${maxBytes} bytes.`)
  }

  #tooMuch(): ApiProblem {
    this.#limited.postedBytes += 1
    return new ApiProblem('unavailable', 'Too much is being sent at the moment: come back with it.')
  }
}
