/** Tokens of a page behind somebody's own sign-in: renewed over channels that live, over every carrier of a real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { BearingCarrier } from '#client/carriers/bearing.ts'
import { EventStreamCarrier } from '#client/carriers/event-stream.ts'
import { authorization } from '#client/carriers/ladder.ts'
import { LongPollCarrier } from '#client/carriers/long-poll.ts'
import type { Carrier, CarrierName } from '#client/carriers/port.ts'
import { WebSocketCarrier } from '#client/carriers/websocket.ts'
import { browserChance, browserClock } from '#client/clock.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { Session } from '#client/sync/session.ts'
import type { Status } from '#client/sync/status.ts'
import { Tokens } from '#client/sync/tokens.ts'
import { decodeFrame } from '#shared/wire.ts'
import { AccessStage } from '#tests/access/stage.ts'
import { SeededChance } from '#tests/simulation/chance.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'
import { LOOKED_AT } from './live.ts'

let stage: AccessStage
let made = 0

beforeAll(async () => {
  stage = await AccessStage.open()
})

afterAll(() => stage.close())

/** Resolves once it is so; looked at whenever something happened. */
class Signal {
  readonly #waiting = new Set<() => void>()

  happened = (): void => {
    for (const look of [...this.#waiting]) look()
  }

  until(isIt: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isIt()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

/** A page whose tokens come from somewhere: its session, what it was told, and what reached the server. */
class Page implements Disposable {
  readonly signal = new Signal()
  readonly statuses: Status['kind'][] = []
  readonly session: Session
  readonly document: LocalDocument
  /** Hellos, and answers to requests that showed a token, by that token. */
  readonly heard: string[] = []
  asked = 0

  constructor(name: CarrierName, token: (count: number) => Promise<string>) {
    const { clock } = stage.house
    const tokens = new Tokens({
      clock,
      chance: new SeededChance(3),
      token: () => {
        this.asked += 1
        queueMicrotask(this.signal.happened)
        return token(this.asked)
      },
    })
    this.document = new LocalDocument({ doc: new Y.Doc(), outbox: new Outbox(newSessionId(browserChance)) })
    made += 1
    this.session = new Session({
      document: this.document,
      carriers: [this.#carrier(name, `${stage.url}/sync/renewed-${made}`, tokens)],
      clock: browserClock,
      chance: browserChance,
      schemaVersion: 1,
      tokens,
    })
    this.session.subscribe(({ kind }) => {
      if (this.statuses.at(-1) !== kind) this.statuses.push(kind)
      this.signal.happened()
    })
    this.session.start()
  }

  [Symbol.dispose](): void {
    this.session.close()
    this.document.close()
  }

  write(words: string): void {
    this.document.doc.getMap('meta').set('title', words)
  }

  until(isIt: (status: Status) => boolean): Promise<void> {
    return stage.during(this.signal.until(() => isIt(this.session.status)))
  }

  saved(): Promise<void> {
    return this.until(({ kind, pending }) => kind === 'live' && pending === 0)
  }

  #carrier(name: CarrierName, url: string, tokens: Tokens): Carrier {
    const hears = (what: string): void => {
      this.heard.push(what)
      this.signal.happened()
    }
    if (name === 'websocket') {
      const connect = (address: string, protocols: string[]): WebSocket => {
        const socket = new WebSocket(address, protocols)
        socket.addEventListener('message', ({ data }) => {
          if (data instanceof ArrayBuffer && decodeFrame(new Uint8Array(data)).type === 'hello')
            hears('hello')
        })
        return socket
      }
      const protocols = () => [`bearer.${tokens.current}`]
      return new BearingCarrier(
        new WebSocketCarrier({ url: () => url.replace('http', 'ws'), protocols, connect }),
        tokens,
      )
    }
    const options = {
      url: () => url,
      headers: () => authorization(tokens),
      fetch: async (address: string, init: RequestInit) => {
        const answer = await fetch(address, init)
        if (init.method === 'GET') hears(new Headers(init.headers).get('Authorization') ?? '')
        return answer
      },
      clock: browserClock,
      chance: browserChance,
      attention: LOOKED_AT,
    }
    return new BearingCarrier(
      name === 'event-stream' ? new EventStreamCarrier(options) : new LongPollCarrier(options),
      tokens,
    )
  }
}

describe.each(['websocket', 'event-stream', 'long-poll'] as const)('over %s', (name) => {
  test('V9 a token is asked for before one ends, and counts on the channel that is there', async () => {
    const given: string[] = []
    using page = new Page(name, async () => {
      given.push(await stage.token({ expiresInSeconds: 20 }))
      return given.at(-1) ?? ''
    })
    await page.saved()
    const channels = page.heard.length
    expect(page.asked).toBe(1)
    // The first ends at 20 s, the second at 36 s, and the third would be asked for at 32 s.
    await stage.pass(15)
    expect(page.asked).toBe(1)
    await stage.pass(1.5)
    await stage.during(page.signal.until(() => given.length === 2))
    const isNew = () =>
      name === 'websocket' ? page.heard.length > channels : page.heard.at(-1)?.endsWith(given[1] ?? '-')
    await stage.during(page.signal.until(() => isNew() === true))
    await stage.pass(12)
    page.write('still here')
    await page.saved()
    expect(page.statuses).toEqual(['live'])
    expect(page.asked).toBe(2)
    expect(stage.lines.filter(({ event }) => event === 'turned out')).toEqual([])
  })

  test('V9 a token the server takes no more is asked for once more before the session gives up', async () => {
    using page = new Page(name, (count) => stage.token({ expiresInSeconds: count === 1 ? -60 : 3_600 }))
    await page.saved()
    expect(page.asked).toBe(2)
    using stranger = new Page(name, async () => 'made.up.token')
    await stranger.until(({ kind }) => kind === 'stopped')
    expect(stranger.session.status).toMatchObject({ kind: 'stopped', code: 4401 })
    expect(stranger.asked).toBe(2)
  })

  test('V9 whoever gives tokens may be away for a while', async () => {
    let isAway = true
    using page = new Page(name, async () => {
      if (isAway) throw new Error('no network')
      return stage.token()
    })
    await stage.during(page.signal.until(() => page.asked > 1))
    isAway = false
    await page.saved()
  })
})

describe('a token', () => {
  const asked = async (token: () => Promise<string>, ms: number) => {
    const clock = new VirtualClock()
    let count = 0
    const tokens = new Tokens({
      clock,
      chance: new SeededChance(5),
      token: () => {
        count += 1
        return token()
      },
    })
    const undo = tokens.watch(() => undefined)
    await tokens.get().catch(() => undefined)
    await clock.pass(ms)
    undo()
    const before = count
    await clock.pass(10 * ms)
    expect(count).toBe(before)
    return count
  }
  const jwt = (claims: object) => `a.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c`

  test('V9 that says no end, or is no JWT, is kept until it is refused', async () => {
    for (const text of ['vs_share', jwt({}), jwt({ exp: 'soon' }), 'a.!.c', ''])
      expect(await asked(async () => text, 3_600_000), text).toBe(1)
  })

  test('V9 is not asked for without end where the clock of the device is wrong, or nobody answers', async () => {
    // It ended long ago by this clock, and says that it is good for a minute: 48 s later the next one is due.
    expect(await asked(async () => jwt({ iat: -10_000, exp: -9_940 }), 60_000)).toBe(2)
    expect(await asked(async () => jwt({ exp: -9_940 }), 10_000)).toBeLessThanOrEqual(11)
    let isFirst = true
    const once = async (): Promise<string> => {
      if (!isFirst) throw new Error('away')
      isFirst = false
      return jwt({ iat: 0, exp: 10 })
    }
    const many = await asked(once, 600_000)
    expect(many).toBeGreaterThan(10)
    expect(many).toBeLessThan(200)
  })
})
