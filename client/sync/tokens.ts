/**
 * The tokens of a page that stands behind somebody's own sign-in: asked for when one is needed, asked for anew before
 * one ends, and once more where the server takes one no more. Nothing of them is kept anywhere but here.
 */
import type { Bearer } from '#client/carriers/port.ts'
import type { Cancel, Chance, Clock } from '#shared/time.ts'
import { retryDelayMs } from './backoff.ts'

export interface TokensOptions {
  /** Asks whoever knows who is here. May reject: it is asked again after a pause. */
  readonly token: () => Promise<string>
  readonly clock: Clock
  readonly chance: Chance
}

interface Held {
  readonly text: string
  /** By `clock.now()`; null where the token does not say when it ends. */
  readonly dueAt: number | null
}

/** The last fifth of a token's time is left for getting the next one, but no more than this. */
const EARLY_MS = 60_000
const EARLY_PART = 0.2
/** However short a token lives, and whatever this device takes for the time. */
const LEAST_MS = 1_000
/** Timers of browsers reach no further. */
const LONGEST_MS = 2 ** 30
/** Refused again within this: it is not the token's age. */
const DOUBT_MS = 30_000

export class Tokens implements Bearer {
  readonly #options: TokensOptions
  readonly #listeners = new Set<(token: string) => void>()
  #held: Held | null = null
  #asking: Promise<string> | null = null
  #doubtedAt: number | null = null
  #failures = 0
  #cancel: Cancel | null = null

  constructor(options: TokensOptions) {
    this.#options = options
  }

  get current(): string | null {
    return this.#held?.text ?? null
  }

  /** The one that counts, or a new one. Rejects where none is to be had now. */
  async get(): Promise<string> {
    return this.#held?.text ?? this.#ask()
  }

  /** From now on a new one is asked for before the old one ends; `renewed` is called with each. Returns the undo. */
  watch(renewed: (token: string) => void): Cancel {
    this.#listeners.add(renewed)
    this.#arm()
    return () => {
      this.#listeners.delete(renewed)
      if (this.#listeners.size === 0) this.#disarm()
    }
  }

  /** The server took the present one not, or no more. True where the next attempt shows another one. */
  refused(): boolean {
    const now = this.#options.clock.now()
    const isAgain = this.#doubtedAt !== null && now - this.#doubtedAt < DOUBT_MS
    this.forget()
    this.#doubtedAt = now
    return !isAgain
  }

  /** As if none had been asked for. */
  forget(): void {
    this.#held = null
    this.#doubtedAt = null
    this.#disarm()
  }

  /** One question at a time, whoever asks. */
  #ask(): Promise<string> {
    this.#asking ??= this.#options.token().then(
      (text) => {
        this.#asking = null
        this.#failures = 0
        this.#held = { text, dueAt: this.#dueAt(text) }
        this.#arm()
        return text
      },
      (error: unknown) => {
        this.#asking = null
        throw error
      },
    )
    return this.#asking
  }

  #dueAt(text: string): number | null {
    const { clock } = this.#options
    const lifeMs = lifeOf(text, clock.wall())
    if (lifeMs === null) return null
    return clock.now() + Math.max(LEAST_MS, lifeMs - Math.min(EARLY_MS, lifeMs * EARLY_PART))
  }

  #arm(): void {
    this.#disarm()
    const dueAt = this.#held?.dueAt ?? null
    if (dueAt === null || this.#listeners.size === 0) return
    this.#wait(dueAt - this.#options.clock.now())
  }

  #wait(ms: number): void {
    const { clock } = this.#options
    this.#cancel = clock.after(Math.min(Math.max(0, ms), LONGEST_MS), () => {
      const dueAt = this.#held?.dueAt ?? null
      if (dueAt === null) return
      if (clock.now() < dueAt) this.#wait(dueAt - clock.now())
      else void this.#renew()
    })
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.#ask()
      for (const renewed of [...this.#listeners]) renewed(token)
    } catch {
      // Whoever gives them cannot be reached: the old one may still count, and a channel that ends asks for itself.
      if (this.#held === null || this.#listeners.size === 0) return
      this.#wait(Math.max(LEAST_MS, retryDelayMs(this.#failures++, this.#options.chance.fraction())))
    }
  }

  #disarm(): void {
    this.#cancel?.()
    this.#cancel = null
  }
}

/** How many milliseconds a JWT has from now; null where it does not say. */
function lifeOf(text: string, wall: number): number | null {
  const { exp, iat } = claimsOf(text)
  if (typeof exp !== 'number') return null
  const left = exp * 1_000 - wall
  // A device whose clock is wrong goes by what the token says of itself.
  const whole = typeof iat === 'number' && exp > iat ? (exp - iat) * 1_000 : left
  return left > 0 ? Math.min(left, whole) : Math.max(0, whole)
}

function claimsOf(text: string): { readonly exp?: unknown; readonly iat?: unknown } {
  try {
    const payload = text.split('.')[1] ?? ''
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    return typeof claims === 'object' && claims !== null ? claims : {}
  } catch {
    // No JWT, but what somebody else calls a token: it is asked for anew where it is refused.
    return {}
  }
}
