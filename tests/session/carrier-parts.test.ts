/** The small parts of the carriers, each for itself. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pageAttention } from '#client/carriers/attention.ts'
import { joinFrames, splitFrames } from '#client/carriers/bufs.ts'
import { EventLines, type StreamEvent } from '#client/carriers/event-lines.ts'
import { originMemory } from '#client/carriers/memory.ts'
import { epoch, seq } from '#shared/id.ts'
import { decodeOffset, encodeOffset } from '#shared/offset.ts'

const STREAM = [
  ': a comment\n\n',
  'event: hello\ndata: aGVsbG8=\n\n',
  'event: frame\r\nid: 7\r\ndata: eins\r\ndata: zwei\r\n\r\n',
  'id:8\rdata:dritte\r\r',
  'retry: 5\nevent: frame\n\n',
  'event\ndata\n\n',
  'data: ü – 漢字\n\n',
  'data: not ended\n',
].join('')

const EVENTS: readonly StreamEvent[] = [
  { event: 'hello', data: 'aGVsbG8=', id: '' },
  { event: 'frame', data: 'eins\nzwei', id: '7' },
  { event: 'message', data: 'dritte', id: '8' },
  { event: 'message', data: '', id: '8' },
  { event: 'message', data: 'ü – 漢字', id: '8' },
]

test('S71 a stream is read the same in whatever pieces it comes', () => {
  const bytes = new TextEncoder().encode(STREAM)
  const read = (cuts: readonly number[]): StreamEvent[] => {
    const lines = new EventLines()
    const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
    return at.slice(1).flatMap((end, i) => lines.take(bytes.subarray(at[i], end)))
  }
  expect(read([])).toEqual(EVENTS)
  expect(read([...bytes.keys()])).toEqual(EVENTS)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      expect(read(cuts)).toEqual(EVENTS)
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('S72 a body is the frames that were put into it, and one that was cut is none', () => {
  const frames = [Uint8Array.of(1, 2, 3), new Uint8Array(200).fill(7), Uint8Array.of()]
  const body = joinFrames(frames)
  expect(splitFrames(body)).toEqual(frames)
  expect(splitFrames(new Uint8Array())).toEqual([])
  const ends = new Set([0, 4, 206])
  for (let length = 0; length < body.length; length++)
    expect(splitFrames(body.subarray(0, length)) !== null, `${length} bytes`).toBe(ends.has(length))
  expect(splitFrames(new TextEncoder().encode('<!doctype html>'))).toBeNull()
  expect(splitFrames(new Uint8Array(12).fill(0xff))).toBeNull()
})

test('W12 an offset reads back as what was written, and text that is none is null', () => {
  const hash = '00ff00ff00ff00ff'
  for (const offset of [
    { epoch: epoch('0123456789abcdef'), seq: seq(7), hash },
    { epoch: epoch(''), seq: seq(0), hash: '0000000000000000' },
    { epoch: epoch('0123456789abcdef'), seq: seq(Number.MAX_SAFE_INTEGER), hash },
  ])
    expect(decodeOffset(encodeOffset(offset))).toEqual(offset)
  for (const text of [
    '',
    'now',
    '-1',
    `0123456789abcdef.7`,
    `0123456789abcdef.-7.${hash}`,
    `0123456789abcdef.07.${hash}`,
    `0123456789abcdef.9007199254740993.${hash}`,
    `0123456789ABCDEF.7.${hash}`,
    `0123456789abcdef.7.${hash} `,
    `0123456789abcdef.7.${hash}\n`,
  ])
    expect(decodeOffset(text), text).toBeNull()
})

test('S62 a browser that keeps nothing, or something else, begins at the top and is not in the way', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as unknown as Storage
  const memory = originMemory(() => storage)
  expect(memory.recall()).toBeNull()
  memory.keep('long-poll')
  expect(originMemory(() => storage).recall()).toBe('long-poll')
  for (const key of kept.keys()) kept.set(key, 'telegraph')
  expect(memory.recall()).toBeNull()
  const blocked = originMemory(() => {
    throw new Error('the person forbids it')
  })
  blocked.keep('websocket')
  expect(blocked.recall()).toBeNull()
})

/** The locks of one origin, as far as they are used. */
function locks(): LockManager {
  const held = new Set<string>()
  const request = async (
    name: string,
    { ifAvailable = false }: LockOptions,
    run: (lock: Lock | null) => Promise<void> | undefined,
  ): Promise<void> => {
    if (held.has(name)) {
      if (!ifAvailable) throw new Error('this one does not wait')
      return run(null)
    }
    held.add(name)
    await run({ name, mode: 'exclusive' })
    held.delete(name)
  }
  return { request } as unknown as LockManager
}

test('S74 four pages of an origin hold a request, a fifth only when one of them gives its place back', async () => {
  const origin = locks()
  const page = (hidden: boolean): Document => ({ hidden }) as Document
  const shown = pageAttention(page(false), origin)
  const places = [await shown.hold(), await shown.hold(), await shown.hold(), await shown.hold()]
  expect(places.every((place) => place !== null)).toBe(true)
  expect(await shown.hold()).toBeNull()
  places[1]?.()
  await Promise.resolve()
  expect(await pageAttention(page(true), origin).hold()).toBeNull()
  expect(await shown.hold()).not.toBeNull()
  // Without locks nobody can know of the others: whoever is looked at holds.
  expect(await pageAttention(page(false), undefined).hold()).not.toBeNull()
  expect(await pageAttention(page(true), undefined).hold()).toBeNull()
})
