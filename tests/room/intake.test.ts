/** Edits on their way into a room: duplicates, gaps, overlaps, refusals, roles, limits. */
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Principal } from '#server/access/principal.ts'
import { sessionId } from '#shared/id.ts'
import type { NetworkEnd } from './channel.ts'
import {
  Author,
  docOf,
  House,
  OTHER_SESSION,
  push,
  resumeFrame,
  SESSION,
  shown,
  textOf,
  update,
} from './house.ts'

const READER: Principal = { author: 'reader', role: 'reader' }
const ALICE: Principal = { author: 'alice', role: 'writer' }
const BOB: Principal = { author: 'bob', role: 'writer' }

function acknowledged(end: NetworkEnd): number[] {
  return end.of('ack').flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at))
}

/** A house in which `meanwhile` happens while a worker thinks. */
function houseWhere(meanwhile: () => void): House {
  return new House({
    history: (history) => ({
      build: (replay) => history.build(replay),
      state: (replay) => history.state(replay),
      merge: (replay, window) => history.merge(replay, window),
      diff: (replay, stateVector, asker) => history.diff(replay, stateVector, asker),
      compare: (replay, overlap, asker) => history.compare(replay, overlap, asker),
      close: () => history.close(),
      judge: async (known, question, asker) => {
        const verdict = await history.judge(known, question, asker)
        meanwhile()
        return verdict
      },
    }),
  })
}

async function stands(end: NetworkEnd, house: House): Promise<void> {
  end.say({ type: 'ping', nonce: 99 })
  await house.clock.pass(0)
  expect(end.ending).toBeNull()
  expect(end.of('pong').at(-1)).toEqual({ type: 'pong', nonce: 99 })
}

describe('I3 a push is stored once and acknowledged each time', () => {
  test('one that the log holds', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    const edit = new Author(1).writes('once')
    author.say(push(1, edit))
    await house.clock.pass(20)
    const again = await house.sit('vellum')
    again.say(push(1, edit))
    await house.clock.pass(20)
    expect(again.of('ack')).toEqual([{ type: 'ack', session: SESSION, from: 1, to: 1 }])
    expect(await house.entries()).toHaveLength(1)
  })

  test('one that still waits for the disk: told when it is there, to whoever asked last', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    house.hold()
    const edit = new Author(1).writes('once')
    author.say(push(1, edit))
    await house.clock.pass(20)
    author.cut()
    const again = await house.sit('vellum')
    again.say(push(1, edit))
    await house.clock.pass(20)
    expect(again.of('ack')).toEqual([])
    await house.release()
    expect(again.of('ack')).toEqual([{ type: 'ack', session: SESSION, from: 1, to: 1 }])
    expect(await house.entries()).toHaveLength(1)
  })

  test('another update under the same number is 4409: stored, waiting, or a moment ago on this very channel', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    author.say(push(1, new Author(1).writes('one')))
    await house.clock.pass(20)
    const stored = await house.sit('vellum')
    stored.say(push(1, new Author(2).writes('two')))
    await house.clock.pass(20)
    expect(stored.code).toBe(4409)
    author.say(push(1, new Author(3).writes('three')))
    await house.clock.pass(20)
    expect(author.code).toBe(4409)
    house.hold()
    const third = await house.sit('vellum')
    third.say(push(2, new Author(4).writes('four')), push(2, new Author(5).writes('five')))
    await house.clock.pass(20)
    expect(third.code).toBe(4409)
    await house.release()
    expect(textOf(await house.stored())).toMatch(/^(onefour|fourone)$/)
  })

  test('the same push again on the same channel is acknowledged again', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    const edit = new Author(1).writes('one')
    author.say(push(1, edit))
    await house.clock.pass(20)
    author.say(push(1, edit))
    await house.clock.pass(20)
    expect(author.of('ack')).toHaveLength(2)
    expect(await house.entries()).toHaveLength(1)
  })

  test('a push of a session that `resume` did not name is malformed', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    author.say(push(1, new Author(1).writes('one'), OTHER_SESSION))
    await house.clock.pass(20)
    expect(author.code).toBe(4400)
    expect(await house.entries()).toEqual([])
  })

  test('an update that two tabs share is stored once; a sync that adds nothing stores and relays nothing', async () => {
    const house = new House()
    const [one, two, reader] = [await house.sit('yjs'), await house.sit('yjs'), await house.sit('yjs')]
    const writer = new Author(1)
    const edit = writer.writes('shared')
    one.say(update(edit))
    two.say(update(edit))
    await house.clock.pass(20)
    two.say({ type: 'step2', update: writer.state })
    await house.clock.pass(20)
    expect(await house.entries()).toHaveLength(1)
    expect(reader.of('update')).toHaveLength(1)
    expect([one.ending, two.ending]).toEqual([null, null])
  })
})

describe('I4 gaps are honest', () => {
  test('what has no gap is stored and not acknowledged, the rest is asked for', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    const [own, other] = [new Author(1), new Author(2)]
    const unseen = other.writes('unseen')
    own.writes('good ')
    own.receive(unseen).writes('behind it')
    author.say(push(1, Y.mergeUpdates([own.edits[0] ?? unseen, own.last])))
    await house.clock.pass(20)
    expect(author.of('gap')).toEqual([{ type: 'gap', session: SESSION, number: 1 }])
    expect(author.of('ack')).toEqual([])
    expect(textOf(await house.stored())).toBe('good ')
    const doc = docOf(await house.entries())
    expect(doc.store.pendingStructs).toBeNull()
    // The answer to SyncStep1 holds it all.
    await house.clock.pass(1_000)
    expect(author.of('step1').length).toBeGreaterThan(1)
    author.say(push(2, own.state))
    await house.clock.pass(20)
    expect(author.of('ack')).toEqual([{ type: 'ack', session: SESSION, from: 2, to: 2 }])
    expect(textOf(await house.stored())).toBe(textOf(own.doc))
  })

  test('SyncStep1 is sent at most once a second, however many gaps there are, and once more at the end', async () => {
    const house = new House()
    const author = await house.sit('yjs')
    const writer = new Author(1)
    writer.writes('never sent')
    author.news()
    for (let at = 0; at < 100; at++) {
      author.say(update(writer.writes('x')))
      await house.clock.pass(1)
    }
    expect(author.news().filter(({ type }) => type === 'step1')).toHaveLength(1)
    await house.clock.pass(5_000)
    expect(author.news().filter(({ type }) => type === 'step1')).toHaveLength(1)
    expect(await house.entries()).toEqual([])
  })
})

describe('I1 refused means: nothing stored, nothing relayed, one coded answer, and nobody else notices', () => {
  test.each(['yjs', 'vellum'] as const)('bytes that are no update, over a %s channel', async (dialect) => {
    const house = new House()
    const [attacker, bystander] = [await house.sit(dialect), await house.sit('yjs')]
    const poison = Buffer.from('01010100000000', 'hex')
    attacker.say(dialect === 'yjs' ? update(poison) : push(1, poison), update(new Author(5).writes('after')))
    await house.clock.pass(20)
    expect(attacker.code).toBe(4400)
    expect(attacker.news()).toEqual([])
    expect(house.metrics.refused.malformed).toBe(1)
    expect(house.reports).toEqual(['refused'])
    expect(await house.entries()).toEqual([])
    bystander.say(update(new Author(2).writes('fine')))
    await house.clock.pass(20)
    expect(bystander.ending).toBeNull()
    expect(textOf(await house.stored())).toBe('fine')
  })

  test.each(['yjs', 'vellum'] as const)(
    'a reader’s edits over a %s channel: dropped, answered, the channel stays',
    async (dialect) => {
      const house = new House()
      const [reader, other] = [await house.sit(dialect, { by: READER }), await house.sit('yjs')]
      const edit = new Author(1).writes('no')
      reader.say(dialect === 'yjs' ? update(edit) : push(4, edit))
      await house.clock.pass(20)
      expect(reader.news()).toMatchObject(
        dialect === 'yjs'
          ? [{ type: 'denied' }]
          : [{ type: 'refused', code: 4403, session: SESSION, number: 4 }],
      )
      expect(reader.ending).toBeNull()
      expect(other.news()).toEqual([])
      expect(await house.entries()).toEqual([])
      expect(house.metrics.refused.forbidden).toBe(1)
    },
  )

  test('each refusal is counted, and so many of them are a line a minute that no log is filled', async () => {
    const house = new House()
    const reader = await house.sit('yjs', { by: READER })
    const edit = new Author(1).writes('no')
    for (let i = 0; i < 200; i++) reader.say(update(edit))
    await house.clock.pass(20)
    expect(house.metrics.refused.forbidden).toBe(200)
    expect(house.reports).toHaveLength(60)
    await house.clock.pass(60_000)
    reader.say(update(edit))
    await house.clock.pass(20)
    expect(house.reports).toHaveLength(61)
  })

  test('structs under somebody else’s client id are stripped, told, and the channel stays; nothing else for long: 4409', async () => {
    const house = new House()
    const alice = await house.sit('vellum', { by: ALICE })
    const mine = new Author(1)
    alice.say(push(1, mine.writes('hers')))
    await house.clock.pass(20)
    const bob = await house.sit('vellum', { by: BOB, sessions: [{ session: OTHER_SESSION, oldest: 1 }] })
    const forged = new Author(1)
    forged.writes('hers')
    bob.say(push(1, forged.writes('forged'), OTHER_SESSION))
    await house.clock.pass(20)
    expect(bob.news()).toMatchObject([{ type: 'refused', code: 4409, number: 1 }])
    await stands(bob, house)
    for (let at = 2; at < 40; at++) bob.say(push(at, forged.last, OTHER_SESSION))
    await house.clock.pass(20)
    expect(bob.code).toBe(4409)
    alice.say(push(2, mine.writes(' still')))
    await house.clock.pass(20)
    expect(textOf(await house.stored())).toBe('hers still')
  })
})

describe('I5 an overlap with known clocks is compared with the log', () => {
  test('the same: acknowledged without storing, also from an author that sends all it has', async () => {
    const house = new House()
    const author = await house.sit('vellum')
    const writer = new Author(1)
    author.say(push(1, writer.writes('a')))
    await house.clock.pass(20)
    writer.writes('b')
    author.say(push(2, writer.state))
    await house.clock.pass(20)
    author.say(push(3, writer.state))
    await house.clock.pass(20)
    expect(author.of('ack').map(({ to }) => to)).toEqual([1, 2, 3])
    expect(textOf(await house.stored())).toBe('ab')
    expect(await house.entries()).toHaveLength(2)
  })

  test('different: 4409, nothing stored', async () => {
    const house = new House()
    const author = await house.sit('yjs')
    author.say(update(new Author(1).writes('aaaa')))
    await house.clock.pass(20)
    const clone = await house.sit('yjs')
    clone.say(update(new Author(1).writes('bbbbb')))
    await house.clock.pass(20)
    expect(clone.code).toBe(4409)
    expect(author.ending).toBeNull()
    expect(textOf(await house.stored())).toBe('aaaa')
  })

  test('two channels that bring the same large overlap at once: stored once', async () => {
    const house = new House()
    const first = await house.sit('yjs')
    const writer = new Author(1)
    first.say(update(writer.writes('x'.repeat(70_000))))
    await house.clock.pass(20)
    writer.writes('new')
    const [one, two] = [await house.sit('yjs'), await house.sit('yjs')]
    one.say({ type: 'step2', update: writer.state })
    two.say({ type: 'step2', update: writer.state })
    await house.clock.pass(50)
    expect([one.ending, two.ending]).toEqual([null, null])
    expect(await house.entries()).toHaveLength(2)
    expect(textOf(await house.stored())).toBe(textOf(writer.doc))
  })

  test('two channels that bring the same small overlap at once: stored once', async () => {
    const house = new House()
    const first = await house.sit('yjs')
    const writer = new Author(1)
    first.say(update(writer.writes('start')))
    await house.clock.pass(20)
    writer.writes('new')
    const ends = [await house.sit('yjs'), await house.sit('yjs'), await house.sit('yjs')]
    for (const end of ends) end.say({ type: 'step2', update: writer.state })
    await house.clock.pass(50)
    expect(await house.entries()).toHaveLength(2)
    first.say(update(writer.writes('!')))
    await house.clock.pass(50)
    expect(textOf(await house.stored())).toBe('startnew!')
  })
})

describe('I6 limits', () => {
  test('a document that is full takes no more, says so with 4413, and goes on being read', async () => {
    const house = new House({ limits: { documentBytes: 2_000 } })
    const [author, older] = [await house.sit('vellum'), await house.sit('yjs')]
    const writer = new Author(1)
    author.say(push(1, writer.writes('x'.repeat(1_500))))
    await house.clock.pass(20)
    author.say(push(2, writer.writes('y'.repeat(1_500))))
    older.say(update(new Author(2).writes('y'.repeat(1_500))))
    await house.clock.pass(20)
    expect(author.of('refused')).toMatchObject([{ code: 4413, session: SESSION, number: 2 }])
    expect(older.of('denied')).toHaveLength(1)
    expect([author.ending, older.ending]).toEqual([null, null])
    expect(await house.entries()).toHaveLength(1)
    expect(textOf(shown((await house.sit('yjs')).frames))).toBe('x'.repeat(1_500))
  })

  test('from one that is full people may delete, within a reserve, and write again once it is smaller', async () => {
    const house = new House({ limits: { documentBytes: 8_000 } })
    const author = await house.sit('vellum')
    const writer = new Author(1)
    author.say(push(1, writer.writes('x'.repeat(7_960))))
    await house.clock.pass(20)
    const full = new Author(1).receive(writer.state)
    author.say(push(2, full.writes('y'.repeat(40))))
    await house.clock.pass(20)
    expect(author.of('refused')).toMatchObject([{ code: 4413, number: 2 }])
    author.say(push(3, writer.deletes(0, 7_000)))
    for (let number = 4; number < 100; number++) author.say(push(number, writer.deletes(0, 1)))
    await house.clock.pass(100)
    // Each on its own, they come to more than there is room for.
    const taken = author
      .of('ack')
      .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at))
    expect(taken).toContain(3)
    expect(taken).not.toContain(99)
    expect(author.of('refused').at(-1)).toMatchObject({ code: 4413, number: 99 })
    const bytes = (await house.entries()).reduce((sum, { length }) => sum + length, 0)
    expect(bytes).toBeGreaterThan(8_000)
    expect(bytes).toBeLessThanOrEqual(8_500)
    expect(textOf(await house.stored()).length).toBeLessThan(960)
    // What is deleted is gone from the next checkpoint.
    await house.clock.pass(5_000)
    author.say(push(100, new Author(2).writes('smaller')))
    await house.clock.pass(20)
    expect(textOf(await house.stored())).toContain('smaller')
    expect(author.ending).toBeNull()
  })

  test('what waits for the disk counts: a document does not grow past its limit while the disk is slow', async () => {
    const house = new House({ limits: { documentBytes: 2_000 } })
    const author = await house.sit('yjs')
    house.hold()
    for (let at = 0; at < 20; at++) author.say(update(new Author(at + 1).writes('x'.repeat(400))))
    await house.clock.pass(20)
    await house.release()
    await house.clock.pass(20)
    const bytes = (await house.entries()).reduce((sum, { length }) => sum + length, 0)
    expect(bytes).toBeLessThanOrEqual(2_000)
  })

  test('too fast: the socket is not read for a while; nothing is lost and the order is kept', async () => {
    const house = new House({ limits: { updatesPerSecond: 50 } })
    const [author, reader] = [await house.sit('vellum'), await house.sit('yjs')]
    const writer = new Author(1)
    for (let at = 1; at <= 300; at++) author.say(push(at, writer.writes(`${at} `)))
    expect(author.isPaused).toBe(true)
    await house.clock.pass(1_000)
    expect((await house.entries()).length).toBeLessThan(130)
    await house.clock.pass(10_000)
    expect(author.isPaused).toBe(false)
    expect(author.ending).toBeNull()
    expect((await house.entries()).length).toBe(300)
    expect(textOf(shown(reader.frames))).toBe(textOf(writer.doc))
    expect(acknowledged(author)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1))
  })

  test('too fast is too fast as answers to SyncStep1, too', async () => {
    const house = new House({ limits: { updatesPerSecond: 50 } })
    const author = await house.sit('yjs')
    const writer = new Author(1)
    for (let at = 1; at <= 300; at++) author.say({ type: 'step2', update: writer.writes(`${at} `) })
    expect(author.isPaused).toBe(true)
    await house.clock.pass(1_000)
    expect((await house.entries()).length).toBeLessThan(130)
    await house.clock.pass(10_000)
    expect(textOf(await house.stored())).toBe(textOf(writer.doc))
  })

  test('client ids never seen before are limited a minute in live pushes, in whatever portions they come', async () => {
    for (const portion of [1, 5]) {
      const house = new House({ limits: { newClientsPerMinute: 20 } })
      const author = await house.sit('yjs')
      let client = 1
      for (let at = 0; at < 200 / portion; at++) {
        const edits = Array.from({ length: portion }, () => new Author(client++).writes('x'))
        author.say(update(portion === 1 ? (edits[0] ?? raise()) : Y.mergeUpdates(edits)))
      }
      await house.clock.pass(60_000)
      const known = Y.decodeStateVector(Y.encodeStateVector(await house.stored())).size
      expect(known).toBeGreaterThanOrEqual(20)
      expect(known).toBeLessThanOrEqual(20 + 20 + 2 * portion)
      expect(author.ending).toBeNull()
    }
  })

  test('ids that a sync or an outbox brings are not limited', async () => {
    const house = new House({ limits: { newClientsPerMinute: 5 } })
    const author = await house.sit('yjs')
    const many = Y.mergeUpdates(Array.from({ length: 50 }, (_, at) => new Author(at + 1).writes('x')))
    author.say({ type: 'step2', update: many }, { type: 'ping', nonce: 1 })
    await house.clock.pass(5)
    expect(author.of('pong')).toHaveLength(1)
    const box = await house.sit('vellum')
    box.say(push(1, new Author(99).writes('outbox')), { type: 'ping', nonce: 2 })
    await house.clock.pass(5)
    expect(box.of('pong')).toHaveLength(1)
  })
})

describe('I7 a large update is judged on a worker, and holds up only its own channel', () => {
  test('what follows it on its channel waits for it; others go on', async () => {
    const house = new House()
    const [author, other] = [await house.sit('vellum'), await house.sit('yjs')]
    const writer = new Author(1)
    author.say(push(1, writer.writes('x'.repeat(70_000))), push(2, writer.writes('after')))
    other.say(update(new Author(2).writes('beside')))
    await house.clock.pass(50)
    expect(acknowledged(author)).toEqual([1, 2])
    expect(house.metrics.counts.gaps).toBe(0)
    expect(textOf(await house.stored())).toContain(`${'x'.repeat(70_000)}after`)
  })

  test('under constant typing it comes in all the same: first writing, and all of a document again', async () => {
    let others: (() => void) | null = null
    const house = houseWhere(() => others?.())
    const [author, typist] = [await house.sit('yjs'), await house.sit('yjs')]
    const typing = new Author(2)
    others = () => typist.say(update(typing.writes('.')))
    const writer = new Author(1)
    author.say(update(writer.writes('x'.repeat(70_000))))
    await house.clock.pass(50)
    writer.writes('more')
    author.say({ type: 'step2', update: writer.state })
    await house.clock.pass(50)
    expect(author.ending).toBeNull()
    expect(textOf(await house.stored())).toContain(`${'x'.repeat(70_000)}more`)
  })

  test('so does one that writes in several places, as a paste of many paragraphs does', async () => {
    let others: (() => void) | null = null
    const house = houseWhere(() => others?.())
    const [author, typist] = [await house.sit('yjs'), await house.sit('yjs')]
    const typing = new Author(2)
    others = () => typist.say(update(typing.writes('.')))
    const doc = new Y.Doc()
    doc.transact(() => {
      for (const name of ['one', 'two', 'three']) doc.getText(name).insert(0, name.repeat(10_000))
    })
    author.say(update(Y.encodeStateAsUpdate(doc)))
    await house.clock.pass(50)
    expect(author.ending).toBeNull()
    expect((await house.stored()).getText('three').length).toBe(50_000)
  })

  test('a kind that somebody else fixed meanwhile is the kind it is judged by', async () => {
    let others: (() => void) | null = null
    const house = houseWhere(() => {
      others?.()
      others = null
    })
    const author = await house.sit('yjs')
    const page = await house.sit('vellum', { kind: 'page' })
    const doc = new Y.Doc()
    doc.getXmlFragment('prosemirror').insert(0, [new Y.XmlElement('paragraph')])
    others = () => page.say(push(1, Y.encodeStateAsUpdate(doc)))
    author.say(update(new Author(1).writes('x'.repeat(70_000))))
    await house.clock.pass(50)
    expect((await house.disk.outline(house.document)).kind).toBe('page')
    expect(textOf(await house.stored())).toBe('')
    expect(author.of('denied')).toHaveLength(1)
  })
})

describe('I8 the kind is fixed by the first update with content', () => {
  test('neither joining nor presence nor an empty sync fixes it', async () => {
    const house = new House()
    const end = await house.sit('vellum', { kind: 'page' })
    end.say(
      { type: 'step2', update: Uint8Array.of(0, 0) },
      { type: 'presence', presence: Uint8Array.of(1, 9, 1, 2, 123, 125) },
    )
    await house.clock.pass(100)
    expect((await house.disk.outline(house.document)).kind).toBe('none')
    const older = await house.sit('yjs')
    older.say(update(new Author(1).writes('any')))
    await house.clock.pass(20)
    expect((await house.disk.outline(house.document)).kind).toBe('any')
    end.say(push(1, new Author(2).writes('any too')))
    await house.clock.pass(20)
    expect(textOf(await house.stored())).toMatch(/any too/)
  })

  test('in a page a foreign root is dropped, told, and the channel stays', async () => {
    const house = new House()
    const end = await house.sit('vellum', { kind: 'page' })
    const doc = new Y.Doc()
    doc.getXmlFragment('prosemirror').insert(0, [new Y.XmlElement('paragraph')])
    end.say(push(1, Y.encodeStateAsUpdate(doc)))
    await house.clock.pass(20)
    expect((await house.disk.outline(house.document)).kind).toBe('page')
    const older = await house.sit('yjs')
    older.say(update(new Author(3).writes('foreign')))
    await house.clock.pass(20)
    expect(older.of('denied')).toHaveLength(1)
    expect(older.ending).toBeNull()
    expect(textOf(await house.stored())).toBe('')
  })
})

test('I9 waiting for the disk does not starve: what waits is told although others never stop typing', async () => {
  const house = new House()
  const [author, typist] = [await house.sit('vellum'), await house.sit('yjs')]
  const [writer, typing] = [new Author(1), new Author(2)]
  const edit = writer.writes('once')
  typist.say(update(edit))
  author.say(push(1, edit))
  for (let at = 0; at < 100 && author.of('ack').length === 0; at++) {
    // There is always something that waits.
    typist.say(update(typing.writes('.')))
    await house.clock.pass(0)
    typist.say(update(typing.writes('.')))
  }
  expect(author.of('ack')).toHaveLength(1)
})

test('I10 a channel that resumes twice is not asked for what it said before', async () => {
  const house = new House()
  const author = await house.sit('vellum')
  const edit = new Author(1).writes('one')
  author.say(push(1, edit), resumeFrame(), push(1, edit))
  await house.clock.pass(20)
  expect(author.ending).toBeNull()
  expect(await house.entries()).toHaveLength(1)
})

test('I10 a channel names only so many sessions, however often it resumes, and only so many stored pushes', async () => {
  const house = new House()
  const greedy = await house.arrive('vellum')
  const named = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      session: sessionId((at + 1).toString(16).padStart(16, '0')),
      oldest: 1,
    }))
  greedy.say(resumeFrame({ sessions: named(64).slice(0, 40) }), resumeFrame({ sessions: named(64) }))
  await house.clock.pass(0)
  expect(greedy.ending).toBeNull()
  greedy.say(resumeFrame({ sessions: named(65).slice(64) }))
  await house.clock.pass(0)
  expect(greedy.ending?.code).toBe(4413)

  const writer = await house.sit('vellum')
  const author = new Author(1)
  for (let number = 1; number <= 4_097; number++) {
    writer.say(push(number, author.writes('.')))
    if (number % 500 === 0) await house.clock.pass(1_000)
  }
  await house.clock.pass(2_000)
  const [late, forgetful] = [await house.arrive('vellum'), await house.arrive('vellum')]
  late.say(resumeFrame({ sessions: [{ session: SESSION, oldest: 2 }] }))
  forgetful.say(resumeFrame({ sessions: [{ session: SESSION, oldest: 1 }] }))
  await house.clock.pass(0)
  expect(late.ending).toBeNull()
  expect(forgetful.ending?.code).toBe(4413)
})

function raise(): never {
  throw new Error('there is no edit')
}
