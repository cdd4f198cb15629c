/** Unfinished messages: how much of one has come, and what all of them together may be. */
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { Meter } from '#server/gate/meter.ts'
import { type Holder, Partials } from '#server/gate/partials.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { clientFrame } from '#tests/process/raw-socket.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

const BINARY = 0x82
const FIRST = 0x02
const NEXT = 0x00
const LAST = 0x80
const PING = 0x89

function frame(first: number, length: number): Buffer {
  return clientFrame({ first, payload: new Uint8Array(length) })
}

describe('C4 what a channel holds of an unfinished message', () => {
  test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])(
    'nothing, once a frame of %i bytes is whole',
    (length) => {
      const meter = new Meter()
      const bytes = frame(BINARY, length)
      meter.take(bytes.subarray(0, -1))
      expect(meter.isUnfinished).toBe(true)
      meter.take(bytes.subarray(-1))
      expect([meter.isUnfinished, meter.held]).toEqual([false, 0])
    },
  )

  test('pieces that came, and not the pings between them', () => {
    const meter = new Meter()
    meter.take(frame(FIRST, 1_000))
    meter.take(frame(PING, 100))
    meter.take(frame(NEXT, 500))
    expect([meter.isUnfinished, meter.held]).toEqual([true, 1_500])
    meter.take(frame(LAST, 500))
    expect([meter.isUnfinished, meter.held]).toEqual([false, 0])
  })

  test('a length of 2^63-1 is believed, and only what came is counted', () => {
    const meter = new Meter()
    meter.take(clientFrame({ first: BINARY, declaredLength: 2n ** 63n - 1n, payload: new Uint8Array(50) }))
    expect([meter.isUnfinished, meter.held]).toEqual([true, 50])
  })

  test('however the bytes are cut into reads', () => {
    const message = fc.record({ length: fc.nat(70_000), pieces: fc.integer({ min: 1, max: 4 }) })
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.array(fc.nat(300), { maxLength: 20 }),
        (all, cuts) => {
          const bytes = Buffer.concat(
            all.flatMap(({ length, pieces }) =>
              Array.from({ length: pieces }, (_, at) => {
                const first = (at === 0 ? 0x02 : 0) | (at === pieces - 1 ? 0x80 : 0)
                return frame(first, length)
              }),
            ),
          )
          const meter = new Meter()
          let at = 0
          for (const cut of cuts) {
            meter.take(bytes.subarray(at, at + cut))
            at += cut
          }
          meter.take(bytes.subarray(at))
          expect([meter.isUnfinished, meter.held]).toEqual([false, 0])
        },
      ),
      { numRuns: 50 },
    )
  })
})

class Sender implements Holder {
  isRead = true
  isHeld = false
  isEnded = false
  hold(): void {
    this.isHeld = true
  }
  release(): void {
    this.isHeld = false
  }
  tooSlow(): void {
    this.isEnded = true
  }
}

const MB = 1 << 20
let clock: VirtualClock
let metrics: Metrics
let partials: Partials

beforeEach(() => {
  clock = new VirtualClock()
  metrics = new Metrics()
  partials = new Partials({ clock, metrics, maxBytes: 10 * MB })
})

describe('C4 unfinished messages of all channels together', () => {
  test('above the bound the largest is not read, and is read again when others are done', () => {
    const [small, large] = [new Sender(), new Sender()]
    partials.note(large, 7 * MB)
    partials.note(small, 4 * MB)
    expect([large.isHeld, small.isHeld]).toEqual([true, false])
    expect(metrics.levels.partialBytes).toBe(11 * MB)
    partials.note(small, null)
    expect([large.isHeld, large.isEnded]).toEqual([false, false])
    expect(metrics.levels.partialBytes).toBe(7 * MB)
  })

  test('where that does not help, the largest is ended', async () => {
    const crowd = [new Sender(), new Sender(), new Sender()]
    for (const one of crowd) partials.note(one, 3.5 * MB)
    expect(crowd.filter(({ isHeld }) => isHeld)).toHaveLength(1)
    await clock.pass(6_000)
    expect(crowd.filter(({ isEnded }) => isEnded)).toHaveLength(1)
    expect(metrics.levels.partialBytes).toBe(7 * MB)
  })

  test('a crowd that keeps growing ends itself; who has little in hand is not held up', () => {
    const crowd = Array.from({ length: 20 }, () => new Sender())
    const bystander = new Sender()
    for (let bytes = MB / 4; bytes <= 4 * MB; bytes += MB / 4)
      for (const one of crowd) {
        if (!one.isHeld && !one.isEnded) partials.note(one, bytes)
        partials.note(bystander, MB / 8)
        expect([bystander.isHeld, bystander.isEnded]).toEqual([false, false])
        partials.note(bystander, null)
        expect(metrics.levels.partialBytes).toBeLessThan(11 * MB)
      }
  })

  test('one that does not get on is ended after ten seconds, whatever it declared', async () => {
    const [silent, trickling, steady] = [new Sender(), new Sender(), new Sender()]
    for (const one of [silent, trickling, steady]) partials.note(one, 0)
    for (let second = 1; second <= 12; second++) {
      partials.note(trickling, second)
      partials.note(steady, second * 200)
      await clock.pass(1_000)
    }
    expect([silent.isEnded, trickling.isEnded, steady.isEnded]).toEqual([true, true, false])
  })

  test('one that the server itself does not read is not judged', async () => {
    const waiting = new Sender()
    waiting.isRead = false
    partials.note(waiting, 100)
    await clock.pass(60_000)
    expect(waiting.isEnded).toBe(false)
    waiting.isRead = true
    await clock.pass(12_000)
    expect(waiting.isEnded).toBe(true)
  })
})
