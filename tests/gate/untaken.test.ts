/** Answers that nobody takes: how long they lie, and how much of them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RawSocket } from '#tests/process/raw-socket.ts'
import { Author, update } from '#tests/room/house.ts'
import { HttpStage } from './http-stage.ts'

/** More than the system takes off the server's hands for somebody who does not read. */
const LONG_BYTES = 12 << 20

let stage: HttpStage

beforeEach(async () => {
  stage = await HttpStage.open({
    maxPostedBytes: 2.5 * LONG_BYTES,
    maxFrameBytes: 16 << 20,
    limits: { frameBytes: 16 << 20 },
  })
  const posted = await stage.during(stage.post('', [update(new Author(1).writes('x'.repeat(LONG_BYTES)))]))
  expect([posted.status, stage.carriers.waitingBytes]).toEqual([200, 0])
})

afterEach(async () => {
  await stage.close()
  expect(stage.failed).toEqual([])
})

/** A client that asks for all of it and reads nothing; resolves once the answer lies there. */
async function idler(): Promise<RawSocket> {
  const before = stage.house.metrics.counts.bytesOut
  const raw = await RawSocket.connect(stage.port)
  raw.socket.pause()
  raw.say(`GET /sync/plan HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\n\r\n`)
  await stage.until(() => stage.house.metrics.counts.bytesOut > before)
  return raw
}

describe('N12 an answer', () => {
  test('that nobody takes is cut after a minute', async () => {
    const raw = await idler()
    await stage.house.clock.pass(59_000)
    expect(stage.carriers.waitingBytes).toBeGreaterThan(LONG_BYTES)
    await stage.house.clock.pass(12_000)
    expect(stage.carriers.waitingBytes).toBe(0)
    raw.socket.resume()
    expect((await raw.ended).length).toBeLessThan(LONG_BYTES)
  })
})

describe('N8 answers that nobody takes', () => {
  test('are bounded together: those on their way stay, and of those that lie there the oldest goes', async () => {
    const [oldest, newer] = [await idler(), await idler()]
    const early = await stage.during(stage.get(''))
    expect([early.status, early.code]).toEqual([503, 4503])
    await stage.house.clock.pass(3_000)
    const told = await stage.during(stage.get(''))
    expect([told.status, told.bytes.length > LONG_BYTES]).toEqual([200, true])
    for (const raw of [oldest, newer]) raw.socket.resume()
    expect((await oldest.ended).length).toBeLessThan(LONG_BYTES)
    await stage.until(() => newer.socket.bytesRead > LONG_BYTES)
    await stage.until(() => stage.carriers.waitingBytes === 0)
  })
})
