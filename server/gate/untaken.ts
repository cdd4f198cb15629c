/**
 * What is read into memory for answers, until their clients have taken them: bounded for all together. Where there is
 * no room for another, whoever has most lying there loses what has lain longest.
 */
import type { Clock } from '#shared/time.ts'
import type { Exchange } from './exchange.ts'
import type { Store } from './store.ts'

/** An answer that lies there for less is still on its way. */
const LIES_MS = 2_000

interface Lying {
  readonly exchange: Exchange
  readonly address: string
  readonly bytes: number
  readonly since: number
}

export class Untaken {
  readonly #clock: Clock
  readonly #store: Store
  /** Longest first. */
  readonly #lying = new Set<Lying>()

  constructor(clock: Clock, store: Store) {
    this.#clock = clock
    this.#store = store
  }

  /** Makes room for this many bytes until the exchange is over. False where there is none. */
  reserve(exchange: Exchange, address: string, bytes: number): boolean {
    while (!this.#store.take(bytes, null)) {
      const victim = this.#victim()
      if (victim === undefined) return false
      victim.exchange.cut()
    }
    const lying = { exchange, address, bytes, since: this.#clock.now() }
    this.#lying.add(lying)
    exchange.whenOver(() => {
      this.#lying.delete(lying)
      this.#store.giveBack(bytes, null)
    })
    return true
  }

  #victim(): Lying | undefined {
    const now = this.#clock.now()
    const byAddress = new Map<string, number>()
    const old = [...this.#lying].filter(
      ({ exchange, since }) => exchange.isAnswered && now - since >= LIES_MS,
    )
    for (const { address, bytes } of old) byAddress.set(address, (byAddress.get(address) ?? 0) + bytes)
    const most = Math.max(...byAddress.values())
    return old.find(({ address }) => byAddress.get(address) === most)
  }
}
