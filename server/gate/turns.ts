/**
 * Whose turn it is to be listened to. Mostly everybody's, at once; not where connections of an address ended over and
 * over for bytes that no honest client sends, or come faster than any number of people make them. Then they wait in a
 * line and are taken one by one: who attacks in a loop goes at that pace, who shares the address comes in all the same,
 * and channels that are open notice nothing.
 */
import type { Metrics } from '#server/ops/metrics.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { Quota } from './quota.ts'

export interface TurnsOptions {
  readonly clock: Clock
  readonly metrics: Metrics
  /** Connections of one address that may end over malformed bytes. */
  readonly malformedPerMinute: number
  /** New connections of one address. */
  readonly connectionsPerSecond: number
}

const MINUTE_MS = 60_000
/** So many seconds' worth of connections may come at once: a building full of people finds its server again. */
const BURST_SECONDS = 10
/** Between two of an address that sent what is malformed. */
const STEP_MS = 50
/** Of such an address: who comes last waits five seconds. Everybody else's are bounded as newcomers are. */
const MAX_LINE = 100

export class Turns {
  readonly #options: TurnsOptions
  readonly #malformed: Quota
  readonly #connections: Quota
  /** By address, those who wait; first come first. */
  readonly #lines = new Map<string, Set<() => void>>()

  constructor(options: TurnsOptions) {
    const { clock, malformedPerMinute, connectionsPerSecond } = options
    this.#options = options
    this.#malformed = new Quota({ clock, count: malformedPerMinute, perMs: MINUTE_MS })
    const count = connectionsPerSecond * BURST_SECONDS
    this.#connections = new Quota({ clock, count, perMs: BURST_SECONDS * 1_000 })
  }

  /** Of how many addresses somebody waits. */
  get size(): number {
    return this.#lines.size
  }

  /** A connection of this address sent what no honest client sends. Whether its next ones have to wait. */
  offended(address: string): boolean {
    this.#malformed.take(address)
    return this.#malformed.isSpent(address)
  }

  /**
   * A new connection of this address: `now`, or `go` is called when it is its turn, unless the wait is cancelled;
   * `full` where too many wait already.
   */
  wait(address: string, go: () => void): 'now' | 'full' | Cancel {
    const line = this.#lines.get(address)
    const { limited } = this.#options.metrics
    const isMalformed = this.#malformed.isSpent(address)
    if (line === undefined && !isMalformed && this.#connections.take(address) === 0) return 'now'
    if (isMalformed) limited.malformed += 1
    else limited.connections += 1
    if (line !== undefined) {
      if (isMalformed && line.size >= MAX_LINE) return 'full'
      line.add(go)
      return () => void line.delete(go)
    }
    const begun = new Set([go])
    this.#lines.set(address, begun)
    this.#next(address, begun)
    return () => void begun.delete(go)
  }

  #next(address: string, line: Set<() => void>): void {
    const { clock, connectionsPerSecond } = this.#options
    const isMalformed = this.#malformed.isSpent(address)
    clock.after(isMalformed ? STEP_MS : Math.ceil(1_000 / connectionsPerSecond), () => {
      const [go] = line
      if (go === undefined) this.#lines.delete(address)
      else {
        line.delete(go)
        this.#next(address, line)
        go()
      }
    })
  }
}
