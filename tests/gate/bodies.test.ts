/** What is sent and not finished: nobody keeps others from sending by it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { layBufs } from '#server/gate/bufs.ts'
import { Store, type Unfinished } from '#server/gate/store.ts'
import { encodeFrame } from '#shared/wire.ts'
import { RawSocket } from '#tests/process/raw-socket.ts'
import { HttpStage } from './http-stage.ts'

let stage: HttpStage

beforeEach(async () => {
  stage = await HttpStage.open({ maxPostedBytes: 400_000, maxFrameBytes: 100_000 })
})

afterEach(() => stage.close())

/** Sends these bytes of a body that is declared to be longer, and waits until so many are held in all. */
async function begin(declared: number, bytes: Uint8Array, held: number): Promise<RawSocket> {
  const raw = await RawSocket.connect(stage.port)
  raw.say(`POST /sync/plan HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${declared}\r\n\r\n`)
  raw.say(bytes)
  await stage.until(() => stage.carriers.waitingBytes === held)
  return raw
}

describe('N8 a body that has not come whole', () => {
  test('makes way for others where there is no room for more: the largest first, with a code that says to come back', async () => {
    const larger = await begin(150_000, new Uint8Array(120_000), 120_000)
    const smaller = await begin(150_000, new Uint8Array(70_000), 190_000)
    const told = await stage.during(stage.post('', [{ type: 'update', update: Uint8Array.of(0, 0) }]))
    expect(told.status).toBe(200)
    const another = await begin(60_000, new Uint8Array(20_000), 90_000)
    await stage.during(larger.until((text) => text.includes('4503')))
    expect(larger.status).toBe(503)
    expect(stage.house.metrics.limited.postedBytes).toBe(1)
    expect([smaller.status, another.status]).toEqual([0, 0])
    for (const raw of [larger, smaller, another]) raw.reset()
    await stage.until(() => stage.carriers.waitingBytes === 0)
  })

  test('and holds much is ended when it does not get on; one that holds little may take its time', async () => {
    const held = await begin(150_000, new Uint8Array(120_000), 120_000)
    const body = new Uint8Array(layBufs([encodeFrame({ type: 'ping', nonce: 1 })]))
    const little = await begin(body.length, body.subarray(0, 1), 120_001)
    await stage.house.clock.pass(21_000)
    await stage.during(held.until((text) => text.includes('4508')))
    expect(little.status).toBe(0)
    await stage.house.clock.pass(5_000)
    little.say(body.subarray(1))
    await stage.during(little.until((text) => text.startsWith('HTTP/1.1 200')))
    expect(little.status).toBe(200)
    for (const raw of [held, little]) raw.reset()
    await stage.until(() => stage.carriers.waitingBytes === 0)
  })
})

/** A body of somebody's, as a store sees it; `ended` once it had to make way. */
class Body implements Unfinished {
  readonly payer
  bytes = 0
  ended = false
  readonly #store: Store
  readonly #finished: () => void

  constructor(store: Store, author: string, address = 'home') {
    this.payer = { address, author }
    this.#store = store
    this.#finished = store.begin(this)
  }

  grow(bytes: number): boolean {
    const taken = this.#store.take(bytes, this.payer, this)
    if (taken) this.bytes += bytes
    return taken
  }

  end(): void {
    this.ended = true
    this.#finished()
    this.#store.giveBack(this.bytes, this.payer)
    this.bytes = 0
  }
}

describe('N8 shares', () => {
  test('one person has a quarter, one address half, whatever else is free', () => {
    const store = new Store({ maxBytes: 1_000, bodyBytes: 100 })
    const mallory = Array.from({ length: 3 }, () => new Body(store, 'mallory'))
    expect(mallory.map((body) => body.grow(100))).toEqual([true, true, false])
    const puppets = ['a', 'b', 'c'].map((name) => new Body(store, name))
    expect(puppets.map((body) => body.grow(100))).toEqual([true, true, true])
    expect(store.used).toBe(500)
    // The address is full: who asks for little there gets it from who has most.
    const honest = new Body(store, 'honest')
    expect(honest.grow(10)).toBe(true)
    expect(mallory.filter(({ ended }) => ended)).toHaveLength(1)
    expect(new Body(store, 'somebody', 'elsewhere').grow(100)).toBe(true)
  })

  test('who has most is not made room for by taking from who has less', () => {
    const store = new Store({ maxBytes: 400, bodyBytes: 400 })
    const small = new Body(store, 'small', 'there')
    expect(small.grow(50)).toBe(true)
    const large = new Body(store, 'large')
    expect(large.grow(340)).toBe(true)
    expect(large.grow(20)).toBe(false)
    expect([small.ended, large.ended]).toEqual([false, false])
    expect(small.grow(20)).toBe(true)
    expect(large.ended).toBe(true)
  })

  test('what came whole makes way for nobody', () => {
    const store = new Store({ maxBytes: 400, bodyBytes: 100 })
    for (const name of ['a', 'b', 'c', 'd']) store.take(100, { address: name, author: name })
    expect(new Body(store, 'late', 'there').grow(1)).toBe(false)
    store.giveBack(100, { address: 'a', author: 'a' })
    expect(new Body(store, 'late', 'there').grow(1)).toBe(true)
  })
})
