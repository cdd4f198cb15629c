/**
 * Shows the position that is wished for now, out of what a server gives one after the other. One question is under way
 * at a time; of the wishes that come meanwhile the newest is asked next, and what answers an older one is shown only as
 * long as nothing newer is: the text goes forward under the hand, and never back.
 */
import type { Clock } from '#shared/time.ts'
import { type Refusal, refusalFrom } from '../refusal.ts'
import type { Shot } from './history-api.ts'

/** A position; with what changed since another, where `from` is one. */
export interface Wish {
  readonly at: number
  readonly from: number | null
}

export interface ScrubberParts {
  readonly load: (wish: Wish, signal: AbortSignal) => Promise<Shot>
  readonly show: (wish: Wish, shot: Shot) => void
  /** The newest wish cannot be met. Wishing for it again asks again. */
  readonly failed: (refusal: Refusal) => void
  /** What is likely to be wished for next: asked when nothing was wished for in a while. */
  readonly near: (wish: Wish) => readonly Wish[]
  readonly clock: Clock
}

/** An answer to an older wish that takes longer than this is given up. */
const PATIENCE_MS = 3_000
/** Who moved on before this moves on again: the server is better kept free for that. */
const REST_MS = 300
const KEPT = 24

interface Asked {
  readonly wish: Wish
  readonly giveUp: AbortController
  /** Nobody waits for it. */
  readonly isAhead: boolean
}

export class Scrubber {
  readonly #parts: ScrubberParts
  readonly #kept = new Map<string, Shot>()
  #wished: Wish | null = null
  #shown: Wish | null = null
  #asked: Asked | null = null
  #cancel: (() => void) | null = null
  #unrest: (() => void) | null = null
  #isClosed = false

  constructor(parts: ScrubberParts) {
    this.#parts = parts
  }

  wish(wish: Wish): void {
    this.#wished = wish
    this.#unrest?.()
    this.#unrest = null
    const kept = this.#kept.get(keyOf(wish))
    if (kept !== undefined) this.#show(wish, kept)
    if (this.#asked?.isAhead === true) this.#asked.giveUp.abort()
    else if (this.#asked !== null && keyOf(this.#asked.wish) !== keyOf(wish)) this.#hurry(this.#asked)
    this.#next()
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
    this.#unrest?.()
    this.#asked?.giveUp.abort()
  }

  #hurry(asked: Asked): void {
    this.#cancel ??= this.#parts.clock.after(PATIENCE_MS, () => {
      this.#cancel = null
      if (this.#asked === asked) asked.giveUp.abort()
    })
  }

  #next(): void {
    const wished = this.#wished
    if (this.#asked !== null || this.#isClosed || wished === null) return
    if (this.#isShown(wished)) this.#unrest ??= this.#parts.clock.after(REST_MS, () => this.#askAhead())
    else void this.#ask(wished, false)
  }

  #askAhead(): void {
    this.#unrest = null
    const wished = this.#wished
    if (this.#asked !== null || wished === null) return
    const near = this.#parts.near(wished).find((one) => !this.#kept.has(keyOf(one)))
    if (near !== undefined) void this.#ask(near, true)
  }

  async #ask(wish: Wish, isAhead: boolean): Promise<void> {
    const asked: Asked = { wish, isAhead, giveUp: new AbortController() }
    this.#asked = asked
    let refusal: Refusal | null = null
    let shot: Shot | null = null
    try {
      shot = await this.#parts.load(wish, asked.giveUp.signal)
    } catch (error) {
      if (!asked.giveUp.signal.aborted) refusal = refusalFrom(error)
    }
    this.#asked = null
    this.#cancel?.()
    this.#cancel = null
    if (this.#isClosed) return
    if (refusal !== null) this.#failed(asked, refusal)
    else if (shot === null) this.#next()
    else this.#answered(asked, shot)
  }

  #answered({ wish, isAhead }: Asked, shot: Shot): void {
    this.#keep(wish, shot)
    const wished = this.#wished
    if (isAhead) {
      if (wished !== null && this.#isShown(wished)) this.#askAhead()
      else this.#next()
      return
    }
    const isNewer = wished !== null && !this.#isShown(wished)
    // The server is asked for the next text before this one is drawn: both take their time at once.
    if (wished !== null && keyOf(wished) !== keyOf(wish)) this.#next()
    if (isNewer) this.#show(wish, shot)
    this.#next()
  }

  #failed({ wish, isAhead }: Asked, refusal: Refusal): void {
    // What nobody waits for may fail; what is no longer wished for, too.
    if (isAhead || this.#wished === null) return
    if (keyOf(wish) === keyOf(this.#wished)) this.#parts.failed(refusal)
    else this.#next()
  }

  #show(wish: Wish, shot: Shot): void {
    this.#shown = wish
    this.#parts.show(wish, shot)
  }

  #isShown(wish: Wish): boolean {
    return this.#shown !== null && keyOf(this.#shown) === keyOf(wish)
  }

  #keep(wish: Wish, shot: Shot): void {
    this.#kept.set(keyOf(wish), shot)
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) return
      this.#kept.delete(key)
    }
  }
}

function keyOf({ at, from }: Wish): string {
  return from === null ? String(at) : `${from}-${at}`
}
