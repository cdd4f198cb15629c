/** The log has moved: another process, or the API, appended behind the room's back. */
import { describe, expect, test } from 'vitest'
import type { Log } from '#server/log/port.ts'
import { seq } from '#shared/id.ts'
import { Author, House, NO_CLOCKS, push, SESSION, shown, textOf, update } from './house.ts'

/** A log whose reading can be held up: what a room does while it catches up takes time. */
class Slow {
  readonly log: Log
  #held: (() => void)[] | null = null

  constructor(disk: Log) {
    const pass = async () => {
      const held = this.#held
      if (held !== null) await new Promise<void>((resolve) => held.push(resolve))
    }
    this.log = {
      commit: (group) => disk.commit(group),
      outline: async (document) => {
        await pass()
        return disk.outline(document)
      },
      read: async (document, after, maxBytes) => {
        await pass()
        return disk.read(document, after, maxBytes)
      },
      checkpoint: async (document) => {
        await pass()
        return disk.checkpoint(document)
      },
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
      putTitle: (document, title) => disk.putTitle(document, title),
      close: () => disk.close(),
    }
  }

  hold(): void {
    this.#held = []
  }

  /** Lets one held call go on; the next is held again. False when none is. */
  step(): boolean {
    const go = this.#held?.shift()
    go?.()
    return go !== undefined
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const go of held) go()
  }
}

function slowHouse(): { house: House; slow: Slow } {
  const made: Slow[] = []
  const house = new House({
    log: (disk) => {
      const slow = new Slow(disk)
      made.push(slow)
      return slow.log
    },
  })
  const [slow] = made
  if (slow === undefined) throw new Error('the house took no log')
  return { house, slow }
}

describe('R7 a room finds out by its next commit, reads what others wrote, and gates again what had not been stored', () => {
  test('everyone ends equal, each edit is stored once and acknowledged once', async () => {
    const house = new House()
    const [author, reader, older] = [
      await house.sit('vellum'),
      await house.sit('vellum'),
      await house.sit('yjs'),
    ]
    const writer = new Author(1)
    author.say(push(1, writer.writes('one ')))
    await house.clock.pass(20)
    await house.appendElsewhere([new Author(9).writes('elsewhere ')])
    author.say(push(2, writer.writes('two ')), push(3, writer.writes('three')))
    await house.clock.pass(50)
    const stored = textOf(await house.stored())
    expect(stored).toContain('elsewhere ')
    expect(stored).toContain('one two three')
    expect(await house.entries()).toHaveLength(4)
    for (const end of [reader, older]) expect(textOf(shown(end.frames))).toBe(stored)
    expect(textOf(shown(author.frames, writer.doc))).toBe(stored)
    expect(author.of('ack').map(({ from, to }) => [from, to])).toEqual([
      [1, 1],
      [2, 3],
    ])
    expect(reader.of('entries').map(({ from, to }) => [from, to])).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
    ])
    expect(house.metrics.levels.waitingEntries).toBe(0)
    expect(house.metrics.levels.waitingBytes).toBe(0)
  })

  test('what comes while the room reads waits with the rest, and no entry stands before what it depends on', async () => {
    const { house, slow } = slowHouse()
    const [author, reader] = [await house.sit('yjs'), await house.sit('yjs')]
    const writer = new Author(1)
    author.say(update(writer.writes('a')))
    await house.clock.pass(20)
    await house.appendElsewhere([new Author(9).writes('elsewhere')])
    slow.hold()
    author.say(update(writer.writes('b')))
    await house.clock.pass(20)
    // In every turn of the catch-up another edit comes.
    do {
      author.say(update(writer.writes('c')))
      await house.clock.pass(20)
    } while (slow.step())
    slow.release()
    await house.clock.pass(2_500)
    const entries = await house.entries()
    const replayed = new Author(0)
    for (const entry of entries) {
      replayed.receive(entry)
      expect(replayed.doc.store.pendingStructs).toBeNull()
    }
    expect(textOf(replayed.doc)).toContain(textOf(writer.doc).replace('elsewhere', ''))
    expect(textOf(shown(reader.frames))).toBe(textOf(replayed.doc))
    expect(house.metrics.counts.gaps).toBe(0)
    expect(author.ending).toBeNull()
    expect(house.metrics.levels.waitingEntries).toBe(0)
  })

  test('who joins while the room reads is told the whole document', async () => {
    const { house, slow } = slowHouse()
    const author = await house.sit('yjs')
    const writer = new Author(1)
    author.say(update(writer.writes('before ')))
    await house.clock.pass(20)
    await house.appendElsewhere([new Author(9).writes('elsewhere ')])
    author.say(update(writer.writes('after ')))
    slow.hold()
    await house.clock.pass(20)
    const late = []
    for (let turn = 0; turn < 8; turn++) {
      for (const dialect of ['yjs', 'vellum'] as const) {
        const end = await house.arrive(dialect)
        end.say({ type: 'step1', stateVector: NO_CLOCKS })
        late.push(end)
      }
      slow.step()
      await house.clock.pass(0)
    }
    slow.release()
    await house.clock.pass(50)
    const stored = textOf(await house.stored())
    for (const end of late) expect(textOf(shown(end.frames))).toBe(stored)
  })

  test('an acknowledgement that waited for somebody else’s copy of the same edit is not given when that copy is not stored', async () => {
    const house = new House()
    const first = await house.sit('yjs')
    const second = await house.sit('vellum')
    const writer = new Author(1)
    first.say(update(new Author(3).writes('x')))
    await house.clock.pass(20)
    house.hold()
    const edit = writer.writes('shared between two tabs')
    first.say(update(edit))
    await house.clock.pass(20)
    second.say(push(1, edit))
    await house.appendElsewhere([new Author(9).writes('elsewhere')])
    first.cut()
    await house.release()
    await house.clock.pass(50)
    expect(second.of('ack')).toHaveLength(1)
    expect(textOf(await house.stored())).toContain('shared between two tabs')
  })

  test('an edit whose author has left meanwhile is stored all the same', async () => {
    const house = new House()
    const [author, reader] = [await house.sit('yjs'), await house.sit('yjs')]
    author.say(update(new Author(1).writes('first ')))
    await house.clock.pass(20)
    house.hold()
    author.say(update(new Author(2).writes('and left')))
    await house.clock.pass(20)
    await house.appendElsewhere([new Author(9).writes('elsewhere ')])
    author.cut()
    await house.release()
    await house.clock.pass(50)
    expect(textOf(await house.stored())).toContain('and left')
    expect(textOf(shown(reader.frames))).toBe(textOf(await house.stored()))
  })

  test('a large edit and what follows it pass again in order', async () => {
    const house = new House()
    const author = await house.sit('yjs')
    const writer = new Author(1)
    author.say(update(writer.writes('start ')))
    await house.clock.pass(20)
    house.hold()
    author.say(update(writer.writes('x'.repeat(70_000))), update(writer.writes(' after')))
    await house.clock.pass(20)
    await house.appendElsewhere([new Author(9).writes('elsewhere')])
    await house.release()
    await house.clock.pass(100)
    expect(house.metrics.counts.gaps).toBe(0)
    expect(textOf(await house.stored())).toContain(`start ${'x'.repeat(70_000)} after`)
  })

  test('a push that another process has stored meanwhile is acknowledged, not stored twice', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    const writer = new Author(1)
    author.say(push(1, writer.writes('a')))
    await house.clock.pass(20)
    const edit = writer.writes('b')
    await house.appendElsewhere([edit])
    author.say(push(2, edit))
    await house.clock.pass(50)
    expect(author.of('ack').map(({ session, to }) => [session, to])).toEqual([
      [SESSION, 1],
      [SESSION, 2],
    ])
    expect(await house.entries()).toHaveLength(2)
  })

  test('a comparison that waited for the disk goes on although nothing else comes', async () => {
    const house = new House()
    const [author, other] = [await house.sit('vellum'), await house.sit('yjs')]
    const writer = new Author(1)
    author.say(push(1, writer.writes('same')))
    await house.clock.pass(20)
    house.hold()
    const edit = writer.writes(' again')
    other.say(update(edit))
    await house.clock.pass(20)
    author.say(push(2, writer.state), { type: 'ping', nonce: 5 })
    await house.appendElsewhere([edit])
    other.cut()
    await house.release()
    await house.clock.pass(50)
    expect(author.of('ack').map(({ to }) => to)).toEqual([1, 2])
    expect(author.of('pong')).toHaveLength(1)
    expect(textOf(await house.stored())).toBe('same again')
  })
})

test('R8 a document made elsewhere first has another epoch: everyone here comes back, and nothing of theirs was acknowledged', async () => {
  const house = new House()
  const [author, reader] = [await house.sit('vellum'), await house.sit('yjs')]
  await house.appendElsewhere([new Author(9).writes('first')])
  author.say(push(1, new Author(1).writes('second')))
  await house.clock.pass(50)
  expect([author.code, reader.code]).toEqual([4503, 4503])
  expect(author.of('ack')).toEqual([])
  const back = await house.sit('vellum')
  expect(back.of('hello')[0]).toMatchObject({ epoch: '00000000000000e9', head: seq(1) })
  back.say(push(1, new Author(1).writes('second')))
  await house.clock.pass(50)
  expect(textOf(await house.stored())).toContain('second')
  expect(house.fatal).toEqual([])
  expect(house.metrics.levels.waitingEntries).toBe(0)
})

test('R8 edits of a room that was lost never meet those of its successor in one group', async () => {
  const { house, slow } = slowHouse()
  const author = await house.sit('yjs')
  await house.appendElsewhere([new Author(9).writes('first')])
  author.say(update(new Author(1).writes('a')))
  await house.clock.pass(20)
  slow.hold()
  author.say(update(new Author(1).writes('a')))
  await house.clock.pass(0)
  slow.release()
  // Whatever still waits in the old room, the new one commits beside it.
  for (let turn = 0; turn < 5; turn++) {
    const next = await house.sit('yjs')
    next.say(update(new Author(20 + turn).writes(`${turn}`)))
    author.say(update(new Author(40 + turn).writes('late')))
    await house.clock.pass(1)
  }
  await house.clock.pass(50)
  expect(house.fatal).toEqual([])
})

test('R8 a log that ends earlier than the room knew is not written to: everyone comes back', async () => {
  const house = new House()
  const author = await house.sit('vellum')
  author.say(push(1, new Author(1).writes('a')), push(2, new Author(2).writes('b')))
  await house.clock.pass(20)
  house.disk.forgetAfter(house.document, seq(1))
  author.say(push(3, new Author(3).writes('c')))
  await house.clock.pass(1_000)
  expect(author.code).toBe(4503)
  expect(author.of('ack').map(({ to }) => to)).toEqual([2])
  expect(house.groups.length).toBeLessThan(5)
})

describe('R22 a room in which nobody writes looks at the log now and then', () => {
  test('and passes on what others wrote there, once', async () => {
    const house = new House()
    const [reader, older] = [await house.sit('vellum'), await house.sit('yjs')]
    const elsewhere = new Author(9)
    await house.appendElsewhere([elsewhere.writes('from elsewhere')])
    await house.clock.pass(6_000)
    // Of a document that was made elsewhere everybody begins anew.
    expect([reader.code, older.code]).toEqual([4503, 4503])
    const [again, beside] = [await house.sit('vellum'), await house.sit('yjs')]
    await house.appendElsewhere([elsewhere.writes(' and more')])
    await house.clock.pass(12_000)
    expect(textOf(shown(beside.news(), elsewhere.doc))).toBe('from elsewhere and more')
    const told = again.news().flatMap((frame) => (frame.type === 'entries' ? frame.updates : []))
    expect(told).toHaveLength(1)
    expect([again.ending, beside.ending]).toEqual([null, null])
  })

  test('it knows what they wrote: who goes on from that has no gap', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    const writer = new Author(1)
    author.say(push(1, writer.writes('here')))
    await house.clock.pass(50)
    const elsewhere = new Author(9).receive(writer.state)
    await house.appendElsewhere([elsewhere.writes(' there')])
    await house.clock.pass(6_000)
    writer.receive(elsewhere.last)
    author.say(push(2, writer.writes(' again')))
    await house.clock.pass(50)
    expect(house.metrics.counts.gaps).toBe(0)
    expect(textOf(await house.stored())).toBe('here there again')
  })

  test('a deletion is noticed as well', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    author.say(push(1, new Author(1).writes('gone soon')))
    await house.clock.pass(50)
    await house.disk.delete(house.document)
    await house.clock.pass(6_000)
    expect(author.code).toBe(4404)
  })

  test('what the room itself has on its way to the disk is not taken for somebody else’s', async () => {
    const slow: Slow[] = []
    const house = new House({
      log: (disk) => {
        const made = new Slow(disk)
        slow.push(made)
        return made.log
      },
    })
    const author = await house.sit('vellum')
    const writer = new Author(1)
    author.say(push(1, writer.writes('one')))
    await house.clock.pass(50)
    const { entries } = house.metrics.counts
    slow[0]?.hold()
    await house.clock.pass(6_000)
    author.say(push(2, writer.writes('two')))
    await house.clock.pass(50)
    slow[0]?.release()
    await house.clock.pass(6_000)
    expect(house.metrics.counts.entries).toBe(entries + 1)
    expect(author.of('ack').map(({ to }) => to)).toEqual([1, 2])
    expect(author.ending).toBeNull()
  })

  test('where nobody is, nothing is looked at', async () => {
    let looks = 0
    const house = new House({
      log: (disk) => {
        const { log } = new Slow(disk)
        return {
          ...log,
          outline: (document) => {
            looks += 1
            return log.outline(document)
          },
        }
      },
    })
    const author = await house.sit('yjs')
    await house.clock.pass(9_000)
    expect(looks).toBeGreaterThan(1)
    author.cut()
    await house.clock.pass(5_000)
    const before = looks
    await house.clock.pass(30_000)
    expect(looks).toBe(before)
  })
})
