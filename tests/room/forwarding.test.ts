/** Store, then forward: what leaves a room, when, in which order and in how many writes. */
import { expect, test } from 'vitest'
import { framesOf } from './channel.ts'
import { Author, docOf, House, OTHER_SESSION, push, SESSION, shown, textOf, update } from './house.ts'

test('R1 nothing leaves before the log has committed it: neither the edit nor its acknowledgement', async () => {
  const house = new House()
  const author = await house.sit('vellum')
  const reader = await house.sit('yjs')
  house.hold()
  author.say(push(1, new Author(1).writes('hello')))
  await house.clock.pass(100)
  expect(house.groups).toHaveLength(1)
  expect(author.news()).toEqual([])
  expect(reader.news()).toEqual([])
  await house.release()
  expect(author.of('ack')).toEqual([{ type: 'ack', session: SESSION, from: 1, to: 1 }])
  expect(textOf(shown(reader.news()))).toBe('hello')
})

test('R1 a join in the meantime is not told what waits for the disk', async () => {
  const house = new House()
  const author = await house.sit('yjs')
  author.say(update(new Author(1).writes('stored. ')))
  await house.clock.pass(20)
  house.hold()
  author.say(update(new Author(2).writes('not yet')))
  await house.clock.pass(20)
  const late = await house.arrive('yjs')
  late.say({ type: 'step1', stateVector: Uint8Array.of(0) })
  await house.clock.pass(0)
  const before = shown(late.news())
  expect(textOf(before)).toBe('stored. ')
  await house.release()
  expect(textOf(shown(late.news(), before))).toBe(textOf(await house.stored()))
})

test.each(['yjs', 'vellum'] as const)(
  'R1 a %s channel that holds everything is not told a deletion that waits for the disk',
  async (dialect) => {
    const house = new House()
    const author = await house.sit('yjs')
    const writer = new Author(1)
    author.say(update(writer.writes('kept')))
    await house.clock.pass(20)
    house.hold()
    author.say(update(writer.deletes(0, 4)))
    await house.clock.pass(20)
    const other = await house.arrive(dialect)
    other.say({ type: 'step1', stateVector: writer.stateVector })
    await house.clock.pass(5)
    expect(other.of('step2')).toHaveLength(1)
    expect(textOf(shown(other.frames, docOf([writer.edits[0] ?? new Uint8Array()])))).toBe('kept')
  },
)

test('R5 an acknowledgement covers no number that was not committed', async () => {
  const house = new House()
  const author = await house.sit('vellum')
  const writer = new Author(1)
  author.say(push(1, writer.writes('a')), push(3, writer.writes('b')))
  await house.clock.pass(0)
  expect(author.of('ack').map(({ from, to }) => [from, to])).toEqual([
    [1, 1],
    [3, 3],
  ])
})

test('R2 everybody is told the same entries in the same order, the order of the log', async () => {
  const house = new House()
  const writers = await Promise.all([house.sit('yjs'), house.sit('yjs'), house.sit('yjs')])
  const readers = [await house.sit('yjs'), await house.sit('vellum')]
  const authors = writers.map((_, index) => new Author(index + 1))
  for (let round = 0; round < 4; round++) {
    for (const [index, writer] of writers.entries())
      writer.say(update(authors[index]?.writes(`${index}`) ?? new Uint8Array()))
    await house.clock.pass(3)
  }
  await house.clock.pass(50)
  const entries = await house.entries()
  expect(entries).toHaveLength(12)
  expect(readers[0]?.of('update').map((frame) => frame.update)).toEqual(entries)
  expect(readers[1]?.of('entries').flatMap((frame) => frame.updates)).toEqual(entries)
  for (const [index, writer] of writers.entries()) {
    const others = entries.filter(
      (entry) => !authors[index]?.edits.some((own) => Buffer.compare(own, entry) === 0),
    )
    expect(writer.of('update').map((frame) => frame.update)).toEqual(others)
  }
})

test('R4 what one group commits goes out as one packet, and all who only listen share its bytes', async () => {
  const house = new House()
  const [author, first, second] = [await house.sit('yjs'), await house.sit('yjs'), await house.sit('yjs')]
  const [third, fourth] = [await house.sit('vellum'), await house.sit('vellum')]
  const packets = [first, second, third, fourth].map((end) => end.packets.length)
  const writer = new Author(1)
  author.say(update(writer.writes('a')), update(writer.writes('b')), update(writer.writes('c')))
  await house.clock.pass(0)
  expect([first, second, third, fourth].map((end, at) => end.packets.length - (packets[at] ?? 0))).toEqual([
    1, 1, 1, 1,
  ])
  expect(first.packets.at(-1)).toBe(second.packets.at(-1))
  expect(third.packets.at(-1)).toBe(fourth.packets.at(-1))
  expect(first.packets.at(-1)?.frames).toHaveLength(3)
  expect(third.packets.at(-1)?.frames).toHaveLength(1)
  const framing = (frames: readonly Uint8Array[]) => Buffer.concat(frames)
  expect(first.packets.at(-1)?.as(framing)).toBe(second.packets.at(-1)?.as(framing))
})

test('R5 a y-websocket client does not get its own edits back, others do', async () => {
  const house = new House()
  const author = await house.sit('yjs')
  const other = await house.sit('yjs')
  author.say(update(new Author(1).writes('mine')))
  other.say(update(new Author(2).writes('theirs')))
  await house.clock.pass(20)
  expect(textOf(shown(author.news()))).toBe('theirs')
  expect(textOf(shown(other.news()))).toBe('mine')
})

test('R5 an author that numbers its pushes gets one packet: exact ranges of acknowledgements, then the entries', async () => {
  const house = new House()
  const author = await house.sit('vellum', {
    sessions: [
      { session: SESSION, oldest: 1 },
      { session: OTHER_SESSION, oldest: 1 },
    ],
  })
  const packets = author.packets.length
  const writer = new Author(1)
  const big = 'x'.repeat(5_000)
  author.say(
    push(1, writer.writes('a')),
    push(2, writer.writes('b')),
    push(7, writer.writes(big), OTHER_SESSION),
    push(3, writer.writes('c')),
  )
  await house.clock.pass(0)
  expect(author.packets.slice(packets)).toHaveLength(1)
  const frames = framesOf(author.packets.at(-1) ?? raise())
  expect(frames.slice(0, 3)).toEqual([
    { type: 'ack', session: SESSION, from: 1, to: 2 },
    { type: 'ack', session: OTHER_SESSION, from: 7, to: 7 },
    { type: 'ack', session: SESSION, from: 3, to: 3 },
  ])
  const [entries] = author.of('entries').slice(-1)
  expect(entries).toMatchObject({ from: 1, to: 4 })
  // Above 4 KB the place is kept, the bytes are not sent.
  expect(entries?.updates.map(({ length }) => length < 100)).toEqual([true, true, true, true])
  expect(entries?.updates[2]).toEqual(Uint8Array.of(0, 0))
  expect(textOf(docOf([...(entries?.updates ?? [])]))).toBe('ab')
})

test('R6 a peer that catches up is told every entry once and in order, also what is committed in the last turn of its reading', async () => {
  const house = new House()
  const author = await house.sit('yjs')
  const writer = new Author(1)
  for (let round = 0; round < 60; round++) {
    author.say(update(writer.writes(`${round % 10}`)))
    const joining = await house.arrive('vellum')
    joining.say({ type: 'step1', stateVector: Uint8Array.of(0) })
    // Edits land in every turn of the reading, its last one too.
    for (let turn = 0; turn < 4; turn++) {
      author.say(update(writer.writes('.')))
      await house.clock.pass(turn % 2)
    }
    await house.clock.pass(30)
    let position = 0
    for (const { from, to } of joining.of('entries')) {
      expect(from).toBeLessThanOrEqual(position + 1)
      position = to
    }
    expect(position).toBe((await house.entries()).length)
    expect(textOf(shown(joining.frames))).toBe(textOf(writer.doc))
    joining.cut()
  }
})

test('R6 an edit that is stored in any moment of somebody’s reading reaches them', async () => {
  for (let moment = 0; moment < 60; moment++) {
    const house = new House()
    const author = await house.sit('yjs')
    const writer = new Author(1)
    author.say(update(writer.writes('before ')))
    await house.clock.pass(20)
    house.hold()
    author.say(update(writer.writes('during')))
    await house.clock.pass(20)
    const joining = await house.arrive('vellum')
    joining.say({ type: 'step1', stateVector: Uint8Array.of(0) })
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    await house.release()
    expect(textOf(shown(joining.frames))).toBe('before during')
    expect(joining.of('entries').at(-1)?.to).toBe(2)
  }
})

function raise(): never {
  throw new Error('there is no packet')
}
