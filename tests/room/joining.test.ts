/** Joining and resuming: what somebody who comes is told, from which state, and what comes last. */
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { digest } from '#server/room/digest.ts'
import { epoch, seq } from '#shared/id.ts'
import type { NetworkEnd } from './channel.ts'
import { Author, House, NO_CLOCKS, push, resumeFrame, SESSION, shown, textOf, update } from './house.ts'

/** A document of `count` entries by one author, who has left. */
async function written(house: House, count: number): Promise<Author> {
  const author = new Author(1)
  const end = await house.sit('yjs')
  for (let at = 0; at < count; at++) end.say(update(author.writes(`${at} `)))
  await house.clock.pass(20)
  end.cut()
  return author
}

async function asks(house: House, end: NetworkEnd, stateVector: Uint8Array): Promise<void> {
  end.say({ type: 'step1', stateVector })
  await house.clock.pass(0)
}

async function resumes(house: House, change: Parameters<typeof resumeFrame>[0]): Promise<NetworkEnd> {
  const end = await house.arrive('vellum')
  end.say(resumeFrame(change))
  await house.clock.pass(5)
  return end
}

describe('R9 joining', () => {
  test('updates go out as they lie in the log, and SyncStep2 is last', async () => {
    const house = new House()
    const author = await written(house, 3)
    const end = await house.arrive('yjs')
    expect(end.news().map(({ type }) => type)).toEqual(['step1'])
    await asks(house, end, NO_CLOCKS)
    expect(end.news()).toEqual([
      ...author.edits.map((one) => ({ type: 'update', update: one })),
      { type: 'step2', update: Uint8Array.of(0, 0) },
    ])
  })

  test('an empty document is answered with an empty SyncStep2', async () => {
    const house = new House()
    const end = await house.sit('yjs')
    expect(end.of('step2')).toEqual([{ type: 'step2', update: Uint8Array.of(0, 0) }])
  })

  test('a vellum channel gets hello first; then its entries, SyncStep1, who is here, and SyncStep2 last', async () => {
    const house = new House()
    await written(house, 2)
    const end = await house.arrive('vellum')
    expect(end.news()).toMatchObject([{ type: 'hello', head: 2, role: 'writer', kind: 'any', saving: true }])
    end.say(resumeFrame())
    await house.clock.pass(0)
    const frames = end.news()
    expect(frames.map(({ type }) => type)).toEqual(['resumed', 'entries', 'step1', 'step2'])
    expect(frames[1]).toMatchObject({ from: 1, to: 2, hash: digest((await house.entries())[1] ?? NO_CLOCKS) })
  })

  test('the checkpoint, then its tail, as they lie in the log', async () => {
    const house = new House()
    const author = await written(house, 400)
    await withCheckpoint(house, 400)
    const end = await house.sit('yjs')
    end.say(update(author.writes('tail')))
    await house.clock.pass(20)
    const checkpoint = await house.disk.checkpoint(house.document)
    const late = await house.sit('yjs')
    expect(late.of('update').map((frame) => frame.update)).toEqual([checkpoint?.state, author.last])
    const latest = await house.sit('vellum')
    expect(latest.of('entries').map(({ from, to }) => [from, to])).toEqual([
      [1, 400],
      [401, 401],
    ])
  })

  test('who holds everything is told the deletions, nothing else', async () => {
    const house = new House()
    const author = await written(house, 3)
    const deleter = await house.sit('yjs')
    deleter.say(update(author.deletes(0, 2)))
    await house.clock.pass(20)
    const stale = new Author(2)
    for (const edit of author.edits.slice(0, 3)) stale.receive(edit)
    const end = await house.arrive('yjs')
    await asks(house, end, author.stateVector)
    const answer = end.of('step2')
    expect(end.of('update')).toEqual([])
    expect(answer).toHaveLength(1)
    expect(Y.decodeUpdate(answer[0]?.update ?? NO_CLOCKS).structs).toEqual([])
    expect(textOf(shown(answer, stale.doc))).toBe(textOf(author.doc))
  })

  test('who holds a part of a large document is told the difference', async () => {
    const house = new House()
    const author = new Author(1)
    const end = await house.sit('yjs')
    end.say(update(author.writes('x'.repeat(60_000))))
    await house.clock.pass(5)
    const middle = author.stateVector
    const had = author.state
    end.say(update(author.writes('y'.repeat(30_000))), update(author.deletes(0, 10)))
    await house.clock.pass(20)
    const late = await house.arrive('yjs')
    await asks(house, late, middle)
    await house.clock.pass(10)
    const bytes = late.of('update').reduce((sum, frame) => sum + frame.update.length, 0)
    expect(bytes).toBeLessThan(31_000)
    expect(late.frames.at(-1)).toEqual({ type: 'step2', update: Uint8Array.of(0, 0) })
    expect(textOf(shown(late.frames, new Author(2).receive(had).doc))).toBe(textOf(author.doc))
  })

  test('who holds the checkpoint of a large document is told its deletions and the tail, as it lies in the log', async () => {
    const house = new House()
    const end = await house.sit('yjs')
    const author = new Author(1)
    for (let at = 0; at < 100; at++) end.say(update(author.writes('x'.repeat(1_000))))
    await withCheckpoint(house, 100)
    const held = author.state
    const { stateVector } = author
    end.say(update(author.writes('tail')))
    await house.clock.pass(20)
    const late = await house.arrive('yjs')
    await asks(house, late, stateVector)
    expect(late.of('update').map((frame) => frame.update)).toEqual([Uint8Array.of(0, 0), author.last])
    expect(textOf(shown(late.frames, new Author(2).receive(held).doc))).toBe(textOf(author.doc))
  })

  test('what is no state vector ends that channel with 4400, whether or not something waits for the disk', async () => {
    const house = new House()
    const author = await house.sit('yjs')
    author.say(update(new Author(1).writes('x'.repeat(70_000))))
    await house.clock.pass(5)
    for (const isHeld of [false, true]) {
      if (isHeld) {
        house.hold()
        author.say(update(new Author(2).writes('waits')))
        await house.clock.pass(5)
      }
      const end = await house.arrive('yjs')
      await asks(house, end, Uint8Array.of(9, 200))
      expect(end.code).toBe(4400)
    }
    expect(author.ending).toBeNull()
  })

  test('a vellum channel that asks by state vector learns its position too', async () => {
    const house = new House()
    const author = await written(house, 3)
    const end = await house.arrive('vellum')
    await asks(house, end, author.stateVector)
    expect(end.of('entries')).toMatchObject([{ from: 1, to: 3 }])
    expect(end.frames.at(-1)?.type).toBe('step2')
  })
})

describe('R10 resuming names epoch, position and the hash of the entry there', () => {
  test('where they match, what came since follows, and nothing else', async () => {
    const house = new House()
    const author = await written(house, 5)
    const [, , third] = await house.entries()
    const { epoch: own } = await house.disk.outline(house.document)
    const end = await resumes(house, { epoch: own, seq: seq(3), hash: digest(third ?? NO_CLOCKS) })
    expect(end.of('resumed')).toEqual([{ type: 'resumed', seq: 3 }])
    expect(end.of('entries')).toMatchObject([{ from: 4, to: 5, updates: author.edits.slice(3) }])
    expect(end.frames.at(-1)?.type).toBe('step2')
  })

  test('at the head nothing follows', async () => {
    const house = new House()
    await written(house, 2)
    const [, last] = await house.entries()
    const { epoch: own } = await house.disk.outline(house.document)
    const end = await resumes(house, { epoch: own, seq: seq(2), hash: digest(last ?? NO_CLOCKS) })
    expect(end.of('resumed')).toEqual([{ type: 'resumed', seq: 2 }])
    expect(end.of('entries')).toEqual([])
  })

  test('another hash: a full sync by state vector, from the start', async () => {
    const house = new House()
    const author = await written(house, 3)
    const { epoch: own } = await house.disk.outline(house.document)
    const end = await resumes(house, { epoch: own, seq: seq(2), hash: '00000000000000ff' })
    expect(end.of('resumed')).toEqual([{ type: 'resumed', seq: 0 }])
    expect(end.of('entries')).toMatchObject([{ from: 1, to: 3 }])
    expect(textOf(shown(end.frames))).toBe(textOf(author.doc))
  })

  test('another epoch: 4409, nothing merged', async () => {
    const house = new House()
    await written(house, 2)
    const end = await resumes(house, {
      epoch: epoch('00000000000000ee'),
      seq: seq(2),
      hash: '00000000000000ff',
    })
    expect(end.code).toBe(4409)
    expect(end.of('entries')).toEqual([])
  })

  test('a server put back to an older backup: the client is asked for what it holds beyond it', async () => {
    const house = new House()
    await written(house, 2)
    const { epoch: own } = await house.disk.outline(house.document)
    const end = await resumes(house, { epoch: own, seq: seq(9), hash: '00000000000000ff' })
    expect(end.of('resumed')).toEqual([{ type: 'resumed', seq: 0 }])
    expect(end.of('step1')).toHaveLength(1)
  })

  test('a page older than the server is sent away with 4426, another version of the wire too', async () => {
    const house = new House()
    expect((await resumes(house, { kind: 'page', schemaVersion: 0 })).code).toBe(4426)
    expect((await resumes(house, { version: 2 })).code).toBe(4426)
    expect((await resumes(house, { kind: 'any', schemaVersion: 0 })).code).toBeNull()
  })

  test('where the entries since are more than the newest checkpoint and its tail, those are sent', async () => {
    const house = new House()
    const author = new Author(1)
    const end = await house.sit('yjs')
    for (let at = 0; at < 60; at++)
      end.say(update(author.writes('x'.repeat(200))), update(author.deletes(0, 200)))
    await house.clock.pass(5)
    const [first] = await house.entries()
    await withCheckpoint(house, 120)
    const { epoch: own } = await house.disk.outline(house.document)
    end.say(update(author.writes('kept')))
    await house.clock.pass(20)
    const back = await resumes(house, { epoch: own, seq: seq(1), hash: digest(first ?? NO_CLOCKS) })
    expect(back.of('entries').map(({ from, to }) => [from, to])).toEqual([
      [1, 120],
      [121, 121],
    ])
    expect(textOf(shown(back.frames))).toBe('kept')
  })
})

test('R11 what comes before the document is open waits, in order, and is answered then', async () => {
  const house = new House()
  const end = await house.arrive('vellum')
  const writer = new Author(1)
  end.say(resumeFrame(), push(1, writer.writes('a')), push(2, writer.writes('b')), { type: 'ping', nonce: 3 })
  await house.clock.pass(20)
  expect(end.of('ack')).toEqual([{ type: 'ack', session: SESSION, from: 1, to: 2 }])
  expect(end.of('pong')).toEqual([{ type: 'pong', nonce: 3 }])
})

test('R23 however many are told a large document and do not read it, one copy of it is held for them', async () => {
  const house = new House()
  const author = new Author(1)
  const writer = await house.sit('yjs')
  for (let at = 0; at < 6; at++) writer.say(update(author.writes('x'.repeat(1 << 20))))
  await house.clock.pass(20)
  await withCheckpoint(house, 6)
  const told: unknown[] = []
  for (let count = 0; count < 3; count++) {
    const end = await house.arrive('vellum')
    end.stall()
    end.say(resumeFrame())
    await house.clock.pass(20)
    told.push(end.packets.find(({ frames }) => frames.some(({ length }) => length > 6 << 20)))
  }
  expect(told[0] === undefined).toBe(false)
  expect(told.map((packet) => packet === told[0])).toEqual([true, true, true])
})

/** Lets time pass until a checkpoint was built; what is written must be worth one. */
async function withCheckpoint(house: House, at: number): Promise<void> {
  const stay = await house.sit('yjs')
  await house.clock.pass(5_000)
  stay.cut()
  expect((await house.disk.outline(house.document)).checkpointSeq).toBe(at)
}
