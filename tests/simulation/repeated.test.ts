/** Acknowledgements where channels overlap: what a client sent must be answered to it, whoever else sent the same. */
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { MemoryLog } from '#server/log/memory.ts'
import type { Channel, ChannelEvents } from '#server/room/channel.ts'
import { type Frame, VERSION } from '#shared/frame.ts'
import { epoch, NONE, sessionId, ZERO } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { SeededChance } from './chance.ts'
import { settled, VirtualClock } from './clock.ts'
import { ServerLife } from './server.ts'

const SESSION = sessionId('00000000000000aa')

/** One Vellum channel into the rooms, without a network. */
class Plug {
  readonly told: Frame[] = []
  queuedBytes = 0
  readonly #events: ChannelEvents

  constructor(server: ServerLife) {
    const plug = this
    const channel: Channel = {
      dialect: 'vellum',
      get queuedBytes() {
        return plug.queuedBytes
      },
      send: (packet) => {
        for (const bytes of packet.frames) {
          const frame = decodeFrame(bytes)
          if (frame.type !== 'unknown') this.told.push(frame)
        }
      },
      pause: () => undefined,
      resume: () => undefined,
      close: () => undefined,
    }
    this.#events = server.join(channel)
  }

  say(frame: Frame): void {
    this.#events.frame(encodeFrame(frame))
  }

  resume(): void {
    const stateVector = Y.encodeStateVector(new Y.Doc())
    const sessions = [{ session: SESSION, oldest: 1 }]
    const none = { epoch: epoch(''), seq: ZERO, hash: NONE }
    this.say({
      type: 'resume',
      version: VERSION,
      ...none,
      kind: 'page',
      schemaVersion: 1,
      sessions,
      stateVector,
    })
  }

  push(number: number, update: Uint8Array): void {
    this.say({ type: 'push', session: SESSION, number, update })
  }

  get acknowledged(): number[] {
    return this.told.flatMap((frame) =>
      frame.type === 'ack' ? Array.from({ length: frame.to - frame.from + 1 }, (_, i) => frame.from + i) : [],
    )
  }
}

async function opened(): Promise<{
  clock: VirtualClock
  server: ServerLife
  disk: MemoryLog
  plug: () => Promise<Plug>
}> {
  const clock = new VirtualClock()
  const disk = new MemoryLog({ wall: () => clock.wall() })
  const server = new ServerLife({
    clock,
    chance: new SeededChance(1),
    log: disk,
    queueBytes: 1_000,
    report: () => undefined,
  })
  const plug = async (): Promise<Plug> => {
    const made = new Plug(server)
    await settled()
    made.resume()
    await settled()
    return made
  }
  return { clock, server, disk, plug }
}

function words(count: number): Uint8Array[] {
  const doc = new Y.Doc()
  doc.clientID = 7
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (let i = 0; i < count; i++) {
    const paragraph = new Y.XmlElement('paragraph')
    doc.getXmlFragment('prosemirror').push([paragraph])
  }
  return updates
}

test('S54 a push that two open channels bring while the disk is full is acknowledged on both', async () => {
  const { clock, server, disk, plug } = await opened()
  const [first = new Uint8Array()] = words(1)
  const one = await plug()
  const other = await plug()
  disk.notSaved = 'full'
  one.push(1, first)
  await clock.pass(100)
  other.push(1, first)
  await clock.pass(100)
  expect([one.acknowledged, other.acknowledged]).toEqual([[], []])
  disk.notSaved = null
  await clock.pass(10_000)
  expect([one.acknowledged, other.acknowledged]).toEqual([[1], [1]])
  expect((await disk.read('simulated' as never, ZERO, 1_000)).length).toBe(1)
  server.die()
})

test('S54 a channel that lags is told what is saved, though it is told nothing else', async () => {
  const { clock, server, plug } = await opened()
  const [first = new Uint8Array(), second = new Uint8Array()] = words(2)
  const slow = await plug()
  slow.queuedBytes = 5_000
  slow.push(1, first)
  await clock.pass(100)
  slow.push(2, second)
  await clock.pass(100)
  expect(slow.acknowledged).toEqual([1, 2])
  expect(slow.told.some(({ type }) => type === 'entries')).toBe(false)
  server.die()
})
