/** Every decoder at the door, fed what was valid a moment ago: it throws its own error, or what it read comes back. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { CutBody, framesIn, layBufs } from '#server/gate/bufs.ts'
import { Presence, PresenceError } from '#server/room/presence.ts'
import { FrameError } from '#shared/frame.ts'
import { documentIdFromPath } from '#shared/id.ts'
import { decodeOffset, encodeOffset } from '#shared/offset.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { anyFrame } from '#tests/shared/frames.ts'
import { type Chance, chance as seeded } from './chance.ts'
import { mutate } from './hostile.ts'

export interface DecoderCounts {
  offered: number
  refused: number
}

const MAX_PRESENCE_BYTES = 4_096

type Decoder = (chance: Chance, frame: Uint8Array) => boolean

/** Each answers whether it refused; anything it throws is a finding. */
const decoders: Readonly<Record<string, Decoder>> = {
  frame: (chance, frame) => refuses(FrameError, () => expectAgain(decodeFrame(mutate(frame, chance)))),
  bufs: (chance, frame) => {
    const body = mutate(layBufs([frame, frame.subarray(chance.below(frame.length)), frame]), chance)
    return refuses(CutBody, () => {
      let bytes = 0
      for (const { length } of framesIn(body)) bytes += length
      if (bytes > body.length) throw new Error('more came out than went in')
    })
  },
  presence: (chance) => {
    const presence = new Presence(MAX_PRESENCE_BYTES)
    const owner = { principal: { author: 'anonymous', role: 'writer' } } as const
    const update = mutate(states(chance), chance)
    const isRefused = refuses(PresenceError, () => presence.receive(owner, update))
    const awareness = new Awareness(new Y.Doc())
    for (const told of presence.everybody()) applyAwarenessUpdate(awareness, told, null)
    awareness.destroy()
    return isRefused
  },
  offset: (chance) => {
    const text = Buffer.from(mutate(Buffer.from('00112233445566aa.42.8899aabbccddeeff'), chance)).toString()
    const offset = decodeOffset(text)
    if (offset !== null && encodeOffset(offset) !== text) throw new Error('two texts for one offset')
    return offset === null
  },
  path: (chance) => {
    const bytes = mutate(Buffer.from('team%2Fplan/%E2%82%AC/..%2f/a'), chance)
    const id = documentIdFromPath(Buffer.from(bytes).toString('latin1'))
    if (id?.split('/').some((part) => part === '' || part === '.' || part === '..') === true)
      throw new Error('a name that leads elsewhere')
    return id === null
  },
}

/** Throws, with the seed and the round, when a decoder says anything but yes or no. */
export function fuzzDecoders(seed: number, rounds: number, counts: DecoderCounts): void {
  const chance = seeded(seed)
  const frames = fc.sample(anyFrame, { seed, numRuns: 100 }).map(encodeFrame)
  for (let round = 0; round < rounds; round++) {
    for (const [name, decode] of Object.entries(decoders)) {
      counts.offered++
      try {
        if (decode(chance, chance.of(frames))) counts.refused++
      } catch (cause) {
        throw new Error(`${name}, seed ${seed}, round ${round}`, { cause })
      }
    }
  }
}

function refuses(kind: new (message: string) => Error, decode: () => void): boolean {
  try {
    decode()
    return false
  } catch (error) {
    if (error instanceof kind) return true
    throw error
  }
}

/** What was read is a frame: written and read again it is the same. */
function expectAgain(frame: ReturnType<typeof decodeFrame>): void {
  if (frame.type === 'unknown') return
  if (!isDeepStrictEqual(decodeFrame(encodeFrame(frame)), frame)) throw new Error('it reads back as another')
}

function states(chance: Chance): Uint8Array {
  const out = encoding.createEncoder()
  const count = 1 + chance.below(3)
  encoding.writeVarUint(out, count)
  for (let i = 0; i < count; i++) {
    encoding.writeVarUint(out, chance.below(2 ** 32))
    encoding.writeVarUint(out, chance.of([0, 1, 7, 2 ** 40, Number.MAX_SAFE_INTEGER]))
    encoding.writeVarString(
      out,
      chance.of(['null', '{"user":{"name":"ä","color":"#fff"}}', '{"__proto__":{}}', '[]', '{"a":[[1]]}']),
    )
  }
  return encoding.toUint8Array(out)
}
