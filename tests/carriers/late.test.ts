/** A carrier whose code comes when it is needed, or does not come. */
import { expect, it } from 'vitest'
import { LateCarrier } from '#client/carriers/late.ts'
import type { Carrier, ChannelEvents, Join } from '#client/carriers/port.ts'
import { sessionId } from '#shared/id.ts'

const JOIN: Join = {
  session: sessionId('0123456789abcdef'),
  kind: 'page',
  schemaVersion: 1,
  offset: null,
  after: null,
}

interface Told {
  readonly events: ChannelEvents
  readonly ends: number[]
}

function listener(): Told {
  const ends: number[] = []
  const nothing = (): void => undefined
  return {
    ends,
    events: {
      opened: nothing,
      frame: nothing,
      answer: nothing,
      heard: nothing,
      closed: (code) => ends.push(code),
    },
  }
}

/** Notes what is done with its channels. */
function carrier(noted: string[]): Carrier {
  return {
    name: 'long-poll',
    joinsBy: 'offset',
    quietMs: null,
    open: () => {
      noted.push('open')
      return {
        send: (frame) => noted.push(`send ${frame[0]}`),
        probe: () => true,
        leave: () => noted.push('leave'),
        close: () => noted.push('close'),
      }
    },
  }
}

it('hands on what it was given before, in order, and what comes after', async () => {
  const noted: string[] = []
  const coming = Promise.withResolvers<Carrier>()
  const channel = new LateCarrier('long-poll', () => coming.promise).open(listener().events, JOIN)
  channel.send(new Uint8Array([1]))
  channel.send(new Uint8Array([2]))
  coming.resolve(carrier(noted))
  await coming.promise
  channel.send(new Uint8Array([3]))
  channel.leave()
  channel.close()
  expect(noted).toEqual(['open', 'send 1', 'send 2', 'send 3', 'leave', 'close'])
})

it('opens nothing for a channel that was closed meanwhile, and says nothing more', async () => {
  const noted: string[] = []
  const told = listener()
  for (const arrives of [true, false]) {
    const coming = Promise.withResolvers<Carrier>()
    const channel = new LateCarrier('long-poll', () => coming.promise).open(told.events, JOIN)
    channel.close()
    if (arrives) coming.resolve(carrier(noted))
    else coming.reject(new Error('no network'))
    await Promise.allSettled([coming.promise])
  }
  expect([noted, told.ends]).toEqual([[], []])
})

it('ends the channel without a word when the code does not come, and asks for it again for the next one', async () => {
  const told = listener()
  const noted: string[] = []
  let isThere = false
  const late = new LateCarrier('event-stream', async () => {
    if (!isThere) throw new Error('no network')
    return carrier(noted)
  })
  late.open(told.events, JOIN)
  await expect.poll(() => told.ends).toEqual([1006])
  isThere = true
  late.open(told.events, JOIN)
  await expect.poll(() => noted).toEqual(['open'])
  expect(told.ends).toEqual([1006])
})
