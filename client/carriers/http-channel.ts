/**
 * A channel over HTTP: reads in turns (a stream, a held request, a glance), each from where the one before ended, and
 * sends by POST. A turn that ends is taken up again without a word; only what cannot be taken up ends the channel.
 */
import type { Cancel, Chance } from '#shared/time.ts'
import type { Attention } from './attention.ts'
import { Exchange, type ExchangeOptions, type Outcome } from './exchange.ts'
import { type Channel, type ChannelEvents, type Join, WITHOUT_A_WORD } from './port.ts'
import { Posting } from './posting.ts'

export interface HttpCarrierOptions extends ExchangeOptions {
  readonly chance: Chance
  readonly attention: Attention
}

/** What a turn needs to know, and what it leaves for the next one. */
export interface Reading {
  readonly exchange: Exchange
  readonly events: ChannelEvents
  readonly join: Join
  offset: string | null
  /** The server's mark of what this reader was told besides entries; null for nothing. */
  told: string | null
  /** Ends what is under way; each turn sets its own. */
  abort: () => void
  /**
   * The hello has come over a turn that goes on: nothing but a beat says from now on that this client is there.
   * Resolves when it is decided whether this page may hold it.
   */
  holds(): Promise<void>
  readonly isEnded: boolean
}

/** `ended`: it came to its end by itself, or was ended here. `idle`: nothing came. Anything else failed. */
export type TurnEnd = 'ended' | 'idle' | Exclude<Outcome, { kind: 'ours' }>
export type Turn = (reading: Reading) => Promise<TurnEnd>

export interface Turns {
  /** What a held request says of itself. */
  readonly live: 'sse' | 'long-poll'
  /** The first one: the hello must come over it. */
  readonly first: Turn
  /** While this page may keep a request open. */
  readonly held: Turn
  /** Otherwise: answered at once. */
  readonly glance: Turn
  /** Whether `held` begins with a sign of life; otherwise a glance asks for one. */
  readonly isHeldAProbe: boolean
}

/** A turn that failed is tried again so often, then the channel is given up. */
const TRIES = 3
const PAUSE_MS = 300
/** Turns that end at once and bring nothing come no faster than this in the end. */
const MAX_IDLE_PAUSE_MS = 5_000
const QUICK_MS = 1_000
/** Glances: how far apart while something happens, and when nothing does. */
const SHOWN = { soonMs: 700, lateMs: 5_000 }
const HIDDEN = { soonMs: 2_000, lateMs: 18_000 }
/** Over a stream nothing goes up by itself: whoever is silent for longer is taken off the others' screens. */
const BEAT_MS = 8_000
const BEAT_LOOK_MS = 1_000
/** A page that is hidden for a moment only keeps what it holds. */
const HIDDEN_AFTER_MS = 10_000

export class HttpChannel implements Channel {
  readonly #options: HttpCarrierOptions
  readonly #events: ChannelEvents
  readonly #turns: Turns
  readonly #posting: Posting
  readonly #reading: Reading
  readonly #unsubscribe: () => void
  #ended = false
  #hasJoined = false
  /** Ends a pause; null while a turn is under way. */
  #go: (() => void) | null = null
  #place: (() => void) | null = null
  #taking: Promise<boolean> | null = null
  #hiding: Cancel | null = null
  #cancelBeat: Cancel | null = null
  #hasBeenHidden: boolean
  /** The turn under way was ended here, so its end says nothing of the network. */
  #isInterrupted = false
  #glances = 0

  constructor(
    options: HttpCarrierOptions,
    turns: Turns,
    { events, join }: { events: ChannelEvents; join: Join },
  ) {
    this.#options = options
    this.#events = events
    this.#turns = turns
    this.#hasBeenHidden = !options.attention.isShown
    const exchange = new Exchange(options, join)
    const end = (code: number, reason: string): void => this.#end(code, reason)
    this.#posting = new Posting({ exchange, chance: options.chance, events, live: turns.live, onEnd: end })
    const isEnded = (): boolean => this.#ended
    this.#reading = {
      exchange,
      events,
      join,
      offset: join.offset,
      told: null,
      abort: () => undefined,
      holds: () => this.#holds(),
      get isEnded() {
        return isEnded()
      },
    }
    this.#unsubscribe = options.attention.subscribe(() => this.#attentionChanged())
    void this.#run()
  }

  send(frame: Uint8Array): void {
    this.#posting.send(frame)
  }

  /** The next turn is one that is answered at once. */
  probe(): boolean {
    this.#posting.hurry()
    this.#glances = 0
    if (this.#hasJoined) this.#interrupt()
    return true
  }

  /** Each request shows a token of its own: what is held ends, and is taken up again by the new one. */
  renew(): void {
    if (this.#hasJoined) this.#interrupt()
  }

  leave(): void {
    this.#posting.leave()
  }

  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.#posting.close()
    this.#unsubscribe()
    this.#hiding?.()
    this.#stopBeat()
    this.#leavePlace()
    this.#reading.abort()
    this.#go?.()
  }

  #end(code: number, reason: string, afterMs?: number): void {
    if (this.#ended) return
    this.close()
    this.#events.closed(code, reason, afterMs)
  }

  async #run(): Promise<void> {
    // Nothing may be called back before `open` has returned.
    await Promise.resolve()
    let failures = 0
    let idle = 0
    while (!this.#ended) {
      const turn = await this.#nextTurn()
      if (this.#ended) return
      this.#isInterrupted = false
      const startedAt = this.#options.clock.now()
      const end = await turn(this.#reading)
      this.#stopBeat()
      if (this.#ended) return
      if (end !== 'ended' && end !== 'idle') {
        if (this.#isInterrupted) continue
        failures += 1
        if (end.kind === 'refused') this.#end(end.code, end.reason, end.afterMs)
        else if (!this.#hasJoined || failures >= TRIES) this.#end(WITHOUT_A_WORD, end.reason)
        else await this.#pause(this.#options.chance.fraction() * PAUSE_MS * 2 ** failures)
        continue
      }
      failures = 0
      this.#hasJoined = true
      if (end === 'ended') this.#glances = 0
      if (this.#isInterrupted) continue
      const isQuick = this.#options.clock.now() - startedAt < QUICK_MS
      idle = end === 'idle' && isQuick ? idle + 1 : 0
      if (turn === this.#turns.glance) await this.#pause(this.#glancePauseMs())
      else if (idle > 0) await this.#pause(Math.min(MAX_IDLE_PAUSE_MS, 100 * 2 ** Math.min(idle, 10)))
    }
  }

  async #nextTurn(): Promise<Turn> {
    const { first, held, glance, isHeldAProbe } = this.#turns
    if (!this.#hasJoined) return first
    if (this.#isInterrupted && !isHeldAProbe) return glance
    return (await this.#takePlace()) ? held : glance
  }

  /** A stream goes on as long as this page may hold one. */
  async #holds(): Promise<void> {
    this.#hasJoined = true
    if (await this.#takePlace()) this.#beat()
    else if (!this.#ended) this.#interrupt()
  }

  #beat(): void {
    this.#cancelBeat?.()
    if (this.#ended || this.#place === null) return
    this.#reading.exchange.beatMs = BEAT_MS
    this.#posting.beat(BEAT_MS - BEAT_LOOK_MS)
    this.#cancelBeat = this.#options.clock.after(BEAT_LOOK_MS, () => this.#beat())
  }

  #stopBeat(): void {
    this.#cancelBeat?.()
    this.#cancelBeat = null
    this.#reading.exchange.beatMs = null
  }

  #glancePauseMs(): number {
    const { soonMs, lateMs } = this.#hasBeenHidden ? HIDDEN : SHOWN
    const ms = Math.min(lateMs, soonMs * 1.5 ** Math.min(this.#glances++, 20))
    return ms * (0.8 + 0.2 * this.#options.chance.fraction())
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, () => this.#go?.())
      this.#go = () => {
        this.#go = null
        cancel()
        resolve()
      }
    })
  }

  #interrupt(): void {
    if (this.#go !== null) this.#go()
    else this.#reading.abort()
    this.#isInterrupted = true
  }

  /** One at a time: two that ask at once would take two places. */
  #takePlace(): Promise<boolean> {
    this.#taking ??= this.#askForPlace().finally(() => {
      this.#taking = null
    })
    return this.#taking
  }

  async #askForPlace(): Promise<boolean> {
    if (this.#hasBeenHidden) return false
    if (this.#place !== null) return true
    const place = await this.#options.attention.hold()
    // What happened while it was asked for may have made it useless.
    if (this.#ended || this.#hasBeenHidden) place?.()
    else this.#place = place
    return this.#place !== null
  }

  #leavePlace(): void {
    this.#place?.()
    this.#place = null
  }

  #attentionChanged(): void {
    this.#hiding?.()
    this.#hiding = null
    if (this.#options.attention.isShown) {
      if (!this.#hasBeenHidden) return
      this.#hasBeenHidden = false
      this.#glances = 0
      // A glance first, so that what was missed is there at once.
      if (this.#hasJoined) this.#interrupt()
      return
    }
    this.#hiding = this.#options.clock.after(HIDDEN_AFTER_MS, () => {
      this.#hasBeenHidden = true
      this.#leavePlace()
      if (this.#hasJoined) this.#interrupt()
    })
  }
}
