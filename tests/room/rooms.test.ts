/** The life of rooms: opening, saving, checkpoints, leaving, the end of the process. */
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { History } from '#server/history/port.ts'
import { Unbuildable } from '#server/history/port.ts'
import { Damaged, type Log } from '#server/log/port.ts'
import type { Frame } from '#shared/frame.ts'
import { seq } from '#shared/id.ts'
import type { NetworkEnd } from './channel.ts'
import { Author, House, named, push, SESSION, shown, textOf, update } from './house.ts'

describe('R14 a document that cannot be read is closed to those who came, with 4503', () => {
  function damagedHouse(): { house: House; state: { damaged: boolean } } {
    const state = { damaged: true }
    const check = () => {
      if (state.damaged) throw new Damaged('a row does not match its checksum')
    }
    const house = new House({
      log: (disk) => ({
        ...portOf(disk),
        read: async (document, after, maxBytes) => {
          check()
          return disk.read(document, after, maxBytes)
        },
      }),
    })
    return { house, state }
  }

  test('nothing is stored for it, other documents are not touched, and who comes next finds it tried anew', async () => {
    const { house, state } = damagedHouse()
    await house.appendElsewhere([new Author(9).writes('kept')])
    const author = await house.arrive('vellum')
    author.say(push(1, new Author(1).writes('never')))
    expect(author.code).toBe(4503)
    const fine = await house.arrive('yjs', { document: named('other') })
    fine.say({ type: 'step1', stateVector: Uint8Array.of(0) }, update(new Author(2).writes('fine')))
    await house.clock.pass(20)
    expect(fine.ending).toBeNull()
    expect(await house.entries(named('other'))).toHaveLength(1)
    expect(await house.entries()).toHaveLength(1)
    expect(house.reports).toEqual(['document cannot be opened'])
    state.damaged = false
    const next = await house.sit('yjs')
    expect(textOf(shown(next.frames))).toBe('kept')
    expect(house.metrics.levels.channels).toBe(2)
  })

  test('a row that turns bad under an open document ends the channel that needs it', async () => {
    const { house, state } = damagedHouse()
    state.damaged = false
    const author = await house.sit('yjs')
    author.say(update(new Author(1).writes('a')))
    await house.clock.pass(20)
    state.damaged = true
    const late = await house.arrive('yjs')
    late.say({ type: 'step1', stateVector: Uint8Array.of(0) })
    await house.clock.pass(20)
    expect(late.code).toBe(4503)
    expect(late.of('step2')).toEqual([])
    expect(author.ending).toBeNull()
  })
})

describe('R15 a disk that takes nothing', () => {
  test('vellum channels are told, nothing is acknowledged or forwarded, and once there is room all is committed by itself', async () => {
    const house = new House()
    const [author, older] = [await house.sit('vellum'), await house.sit('yjs')]
    house.disk.notSaved = 'the disk is full'
    const writer = new Author(1)
    author.say(push(1, writer.writes('a')))
    older.say(update(new Author(2).writes('b')))
    await house.clock.pass(3_000)
    expect(author.of('saving')).toEqual([{ type: 'saving', saving: false }])
    expect(author.of('ack')).toEqual([])
    expect(shown(older.news()).share.size).toBe(0)
    expect(house.rooms.saving).toBe(false)
    expect((await house.arrive('vellum')).of('hello')[0]?.saving).toBe(false)
    author.say(push(2, writer.writes('c')))
    house.disk.notSaved = null
    await house.clock.pass(4_000)
    expect(author.of('saving').at(-1)).toEqual({ type: 'saving', saving: true })
    expect(author.of('ack').at(-1)).toMatchObject({ session: SESSION, to: 2 })
    expect(await house.entries()).toHaveLength(3)
    expect(house.rooms.saving).toBe(true)
    expect(house.metrics.levels).toMatchObject({ waitingEntries: 0, waitingBytes: 0, notSaving: 0 })
    expect(house.reports).toEqual(['not saving', 'saving again'])
    expect(house.fatal).toEqual([])
  })

  test('any other outcome of a commit ends the process without an acknowledgement', async () => {
    const house = new House({
      log: (disk) => ({ ...portOf(disk), commit: () => Promise.reject(new Error('fsync')) }),
    })
    const author = await house.sit('vellum')
    author.say(push(1, new Author(1).writes('a')))
    await house.clock.pass(1_000)
    expect(house.fatal).toHaveLength(1)
    expect(author.of('ack')).toEqual([])
  })
})

describe('R16 draining', () => {
  test('what arrived is committed and acknowledged, then every channel is told to come back', async () => {
    const house = new House()
    const [author, older] = [await house.sit('vellum'), await house.sit('yjs')]
    house.hold()
    const writer = new Author(1)
    for (let at = 1; at <= 1_000; at++) author.say(push(at, writer.writes('x')))
    const drained = house.rooms.drain()
    await house.clock.pass(50)
    expect(author.ending).toBeNull()
    await house.release()
    await house.clock.pass(500)
    await drained
    expect(
      author
        .news()
        .map(({ type }) => type)
        .filter((type) => type !== 'entries'),
    ).toEqual(['ack', 'later'])
    expect([author.code, older.code]).toEqual([4503, 4503])
    expect(await house.entries()).toHaveLength(1_000)
    const late = await house.arrive('yjs')
    expect(late.code).toBe(4503)
    expect(house.metrics.levels.channels).toBe(0)
  })

  test('it ends although people never stop typing', async () => {
    let types: (() => void) | null = null
    const house = new House({
      log: (disk) => ({
        ...portOf(disk),
        // While one group is on its way to the disk the next fills.
        commit: async (group) => {
          types?.()
          return disk.commit(group)
        },
      }),
    })
    const author = await house.sit('yjs')
    const writer = new Author(1)
    types = () => author.say(update(writer.writes('x')))
    let isDrained = false
    author.say(update(writer.writes('x')))
    const drained = house.rooms.drain().then(() => {
      isDrained = true
    })
    for (let at = 0; at < 500 && !isDrained; at++) await house.clock.pass(1)
    expect(isDrained).toBe(true)
    await drained
    expect(author.code).toBe(4503)
  })
})

describe('R17 rooms close', () => {
  test('when nobody is there any more; what they held goes with them, and what was written is there again', async () => {
    const house = new House()
    const author = await house.sit('yjs')
    author.say(update(new Author(1).writes('kept')))
    await house.clock.pass(20)
    expect(house.metrics.levels).toMatchObject({ rooms: 1, channels: 1 })
    author.cut()
    await house.clock.pass(1_000)
    // People reload pages.
    expect(house.metrics.levels.rooms).toBe(1)
    await house.clock.pass(5_000)
    expect(house.metrics.levels).toMatchObject({ rooms: 0, channels: 0 })
    expect(textOf(shown((await house.sit('yjs')).frames))).toBe('kept')
  })

  test('never before what waits is committed', async () => {
    const house = new House()
    const author = await house.sit('yjs')
    house.hold()
    author.say(update(new Author(1).writes('slowly')))
    author.cut()
    await house.clock.pass(60_000)
    expect(house.metrics.levels.rooms).toBe(1)
    await house.release()
    await house.clock.pass(5_000)
    expect(house.metrics.levels.rooms).toBe(0)
    expect(textOf(await house.stored())).toBe('slowly')
  })

  test('ten thousand documents that somebody only looked at leave nothing behind', async () => {
    const house = new House({ maxRooms: 100 })
    for (let round = 0; round < 100; round++) {
      for (let at = 0; at < 100; at++) {
        const end = await house.arrive('yjs', { document: named(`seen ${round} ${at}`) })
        expect(end.ending).toBeNull()
        end.cut()
      }
      await house.clock.pass(5_000)
    }
    expect(house.metrics.levels).toMatchObject({ rooms: 0, channels: 0 })
  })

  test('beyond MAX_ROOMS who comes is told to come back; an open document stays open to everybody', async () => {
    const house = new House({ maxRooms: 1 })
    await house.sit('yjs')
    expect((await house.arrive('yjs', { document: named('another') })).code).toBe(4503)
    expect((await house.arrive('yjs')).code).toBeNull()
    expect(house.metrics.levels.channels).toBe(2)
  })
})

test('R18 a deleted document: 4404 for who has it open once it is noticed, and for who comes; nothing is stored', async () => {
  const house = new House()
  const [author, older] = [await house.sit('vellum'), await house.sit('yjs')]
  author.say(push(1, new Author(1).writes('a')))
  await house.clock.pass(20)
  await house.disk.delete(house.document)
  author.say(push(2, new Author(2).writes('b')))
  await house.clock.pass(20)
  expect([author.code, older.code]).toEqual([4404, 4404])
  expect(author.of('ack').map(({ to }) => to)).toEqual([1])
  expect((await house.arrive('vellum')).code).toBe(4404)
  expect(await house.entries()).toHaveLength(1)
  await house.clock.pass(5_000)
  expect(house.metrics.levels).toMatchObject({ rooms: 0, channels: 0, waitingEntries: 0 })
})

test('R18 who deletes a document here ends its channels at once, and of those who are just coming', async () => {
  const house = new House()
  const [author, idle] = [await house.sit('vellum'), await house.sit('yjs')]
  author.say(push(1, new Author(1).writes('a')))
  await house.clock.pass(20)
  expect(await house.rooms.delete(house.document)).toBe(true)
  expect([author.code, idle.code]).toEqual([4404, 4404])
  expect(await house.rooms.delete(house.document)).toBe(false)
  expect(await house.rooms.delete(named('nowhere'))).toBe(false)
  expect((await house.arrive('vellum')).code).toBe(4404)
  await house.clock.pass(5_000)
  expect(house.metrics.levels).toMatchObject({ rooms: 0, channels: 0, waitingEntries: 0 })
})

describe('R19 checkpoints', () => {
  /** Enough entries to be worth a checkpoint in a quiet moment. */
  function writes(end: NetworkEnd, author: Author, count = 500): void {
    for (let at = 0; at < count; at++) end.say(update(author.writes('0123456789')))
  }

  test('are built by cost, in a quiet moment, and replace no entry', async () => {
    const house = new House()
    const end = await house.sit('yjs')
    const author = new Author(1)
    writes(end, author, 3)
    await house.clock.pass(60_000)
    expect(house.metrics.counts.checkpoints).toBe(0)
    writes(end, author)
    await house.clock.pass(60_000)
    expect(house.metrics.counts.checkpoints).toBe(1)
    expect((await house.disk.outline(house.document)).checkpointSeq).toBe(503)
    expect(await house.entries()).toHaveLength(503)
    const checkpoint = await house.disk.checkpoint(house.document)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, checkpoint?.state ?? Uint8Array.of(0, 0))
    expect(textOf(doc)).toBe(textOf(author.doc))
  })

  test('while people type only once the tail is dear', async () => {
    const house = new House({ limits: { updatesPerSecond: Number.POSITIVE_INFINITY } })
    const end = await house.sit('yjs')
    const author = new Author(1)
    for (let at = 0; at < 100; at++) {
      end.say(update(author.writes('x'.repeat(1_000))))
      await house.clock.pass(100)
    }
    expect(house.metrics.counts.checkpoints).toBe(0)
    for (let at = 0; at < 60; at++) {
      end.say(update(author.writes('x'.repeat(40_000))))
      await house.clock.pass(100)
    }
    expect(house.metrics.counts.checkpoints).toBe(1)
  })

  test('one that had to be healed sends every channel back, and what they find then is what a reload finds', async () => {
    const house = new House({
      history: (history) => ({
        ...historyOf(history),
        // What a straightened document looks like to the room: something more is deleted than the log says.
        build: async (replay) => {
          const built = await history.build(replay)
          const doc = new Y.Doc()
          Y.applyUpdate(doc, built.state)
          const clock = doc.store.clients.get(1)?.length ?? 0
          if (clock === 0) return built
          doc.getText('text').delete(0, 1)
          const { Knowledge } = await import('#server/gate/knowledge.ts')
          const knowledge = Knowledge.decode(built.knowledge)
          knowledge.track(Y.encodeStateAsUpdate(doc), 'anonymous')
          return { ...built, state: Y.encodeStateAsUpdate(doc), knowledge: knowledge.encode(), healed: true }
        },
      }),
    })
    const [end, other] = [await house.sit('yjs'), await house.sit('vellum')]
    const author = new Author(1)
    writes(end, author)
    await house.clock.pass(1_700)
    expect(house.metrics.counts.healed).toBe(1)
    expect([end.code, other.code]).toEqual([4503, 4503])
    // Somebody who holds everything is told what was healed.
    const back = await house.arrive('yjs')
    back.say({ type: 'step1', stateVector: author.stateVector })
    await house.clock.pass(5)
    const fresh = await house.sit('yjs')
    expect(textOf(shown(back.frames, author.doc))).toBe(textOf(shown(fresh.frames)))
    // And the next edit stands in the same log.
    back.say(update(new Author(2).writes('after')))
    await house.clock.pass(20)
    expect(back.ending).toBeNull()
    expect(textOf(shown(fresh.frames))).toContain('after')
  })

  test('one that cannot be built is not tried for ever', async () => {
    let builds = 0
    const house = new House({
      history: (history) => ({
        ...historyOf(history),
        build: () => {
          builds += 1
          return Promise.reject(new Unbuildable('it differs'))
        },
      }),
    })
    const end = await house.sit('yjs')
    writes(end, new Author(1))
    await house.clock.pass(300_000)
    expect(builds).toBeGreaterThan(0)
    expect(builds).toBeLessThanOrEqual(5)
    expect(end.ending).toBeNull()
    // Nor again for each who comes and goes.
    end.cut()
    for (let at = 0; at < 20; at++) {
      await house.clock.pass(10_000)
      const next = await house.sit('yjs')
      next.cut()
    }
    expect(builds).toBeLessThanOrEqual(10)
    await house.clock.pass(10_000)
    expect(house.metrics.levels.rooms).toBe(0)
  })
})

describe('R20 the title goes into the list', () => {
  async function titled(house: House): Promise<string> {
    return (await house.disk.list(10))[0]?.title ?? ''
  }

  function title(doc: Y.Doc, text: string): Frame {
    const before = Y.encodeStateVector(doc)
    doc.getMap('meta').set('title', text)
    return update(Y.encodeStateAsUpdate(doc, before))
  }

  test('soon after it was written, and again when it changes', async () => {
    const house = new House()
    const end = await house.sit('yjs')
    const doc = new Y.Doc()
    end.say(title(doc, 'Plan'))
    await house.clock.pass(4_000)
    expect(await titled(house)).toBe('Plan')
    end.say(title(doc, 'A better plan'))
    await house.clock.pass(4_000)
    expect(await titled(house)).toBe('A better plan')
  })

  test('also when the disk was slow, and when its author has left', async () => {
    const house = new House()
    const end = await house.sit('yjs')
    end.say(update(new Author(1).writes('first')))
    await house.clock.pass(3_000)
    house.hold()
    end.say(title(new Y.Doc(), 'Slow'))
    await house.clock.pass(5_000)
    end.cut()
    await house.release()
    await house.clock.pass(10_000)
    expect(await titled(house)).toBe('Slow')
    expect(house.metrics.levels.rooms).toBe(0)
  })
})

test('R21 a mistake of ours in one document ends that document’s channels, and no others; nothing false is acknowledged', async () => {
  const house = new House()
  const [author, other] = [await house.sit('vellum'), await house.arrive('yjs', { document: named('other') })]
  author.say(push(1, new Author(1).writes('a')))
  await house.clock.pass(20)
  author.throwOnSend = new Error('a mistake')
  expect(() => author.say({ type: 'ping', nonce: 1 })).not.toThrow()
  await house.clock.pass(20)
  expect(author.code).toBe(4503)
  expect(other.ending).toBeNull()
  expect(house.reports).toEqual(['frame failed'])
  expect(house.metrics.levels.rooms).toBe(1)
  expect(textOf(shown((await house.sit('yjs')).frames))).toBe('a')
  expect((await house.disk.outline(house.document)).head).toBe(seq(1))
})

/** A log's port without its class, so that one call of it may be another. */
function portOf(disk: Log): Log {
  return {
    commit: (group) => disk.commit(group),
    outline: (document) => disk.outline(document),
    read: (document, after, maxBytes) => disk.read(document, after, maxBytes),
    checkpoint: (document) => disk.checkpoint(document),
    putCheckpoint: (document, checkpoint) => disk.putCheckpoint(document, checkpoint),
    pushes: (document, asked) => disk.pushes(document, asked),
    snapshots: disk.snapshots,
    past: disk.past,
    stretches: (document, asked) => disk.stretches(document, asked),
    list: (limit, after) => disk.list(limit, after),
    describe: (document) => disk.describe(document),
    delete: (document) => disk.delete(document),
    erasable: (before, limit) => disk.erasable(before, limit),
    erase: (document) => disk.erase(document),
    putTitle: (document, text) => disk.putTitle(document, text),
    close: () => disk.close(),
  }
}

function historyOf(history: History): History {
  return {
    build: (replay) => history.build(replay),
    state: (replay) => history.state(replay),
    merge: (replay, window) => history.merge(replay, window),
    diff: (replay, stateVector) => history.diff(replay, stateVector),
    compare: (replay, overlap) => history.compare(replay, overlap),
    judge: (known, question, asker) => history.judge(known, question, asker),
    close: () => history.close(),
  }
}
