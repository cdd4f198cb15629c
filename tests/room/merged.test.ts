/** Coming back to a document whose old entries were merged while one was away. */
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { InlineHistory } from '#server/history/inline.ts'
import { mergeDocument } from '#server/ops/merging.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { digest } from '#server/room/digest.ts'
import { pages } from '#server/room/opening.ts'
import { type Seq, seq } from '#shared/id.ts'
import { inTurn } from '#tests/history/people.ts'
import { Author, House, resumeFrame, shown, textOf, update } from './house.ts'

const ENTRIES = 24
const CHECKPOINT = 20

/** Who wrote it, and the hash each position had before two of three entries were merged. */
async function merged(
  house: House,
): Promise<{ readonly author: Author; readonly hashes: readonly string[] }> {
  const author = new Author(1)
  const end = await house.sit('yjs')
  for (let at = 0; at < ENTRIES; at++) {
    end.say(update(at % 5 === 4 ? author.deletes(0, 2) : author.writes(`${at} `)))
    // What came in one go is one stretch; here and there somebody pauses for long.
    await house.clock.pass(at % 7 === 6 ? 90_000 : 20)
  }
  end.cut()
  const before = await house.entries()
  const history = new InlineHistory()
  const entries = before.slice(0, CHECKPOINT).map((one) => ({ update: one, author: 'anonymous' }))
  const built = await history.build({ checkpoint: null, entries: inTurn([entries]) })
  await house.disk.putCheckpoint(house.document, { seq: seq(CHECKPOINT), ...built })
  await mergeDocument(
    {
      log: house.disk,
      history,
      upkeep: new Metrics().upkeep,
      onMerged: () => {},
      isOver: () => false,
      pause: () => Promise.resolve(),
    },
    { document: house.document, from: seq(0), before: Number.MAX_SAFE_INTEGER },
  )
  expect((await house.entries()).length).toBeLessThan(ENTRIES - 10)
  return { author, hashes: ['', ...before.map((one) => digest(one))] }
}

test('R10 from every position there ever was somebody comes to what everybody has', async () => {
  const house = new House()
  const { author, hashes } = await merged(house)
  const { epoch } = await house.disk.outline(house.document)
  const kept = new Set((await house.disk.read(house.document, seq(0), 1 << 20)).map((one) => one.seq))
  for (const [at, hash] of hashes.entries()) {
    const end = await house.arrive('vellum')
    end.say(resumeFrame(at === 0 ? {} : { epoch, seq: seq(at), hash }))
    await house.clock.pass(5)
    const own = new Y.Doc()
    for (const edit of author.edits.slice(0, at)) Y.applyUpdate(own, edit)
    Y.applyUpdate(own, Y.encodeStateAsUpdate(shown(end.frames)))
    expect(textOf(own)).toBe(textOf(author.doc))
    expect(end.frames.at(-1)?.type).toBe('step2')
    const [resumed] = end.of('resumed')
    // Never a position whose entry is another one now.
    expect(resumed?.seq === 0 || (resumed?.seq === at && kept.has(seq(at)))).toBe(true)
    end.cut()
  }
})

test('P1 who was being told the log goes on with whole entries, none of them skipped', async () => {
  const house = new House()
  const { author } = await merged(house)
  for (let at = 0; at < ENTRIES; at++) {
    const own = new Y.Doc()
    for (const edit of author.edits.slice(0, at)) Y.applyUpdate(own, edit)
    let position: Seq = seq(at)
    const rest = { log: house.disk, document: house.document, after: position, upTo: seq(ENTRIES) }
    for await (const { pieces } of pages({ ...rest, pageBytes: 40 }))
      for (const { from, to, update: one } of pieces) {
        expect(from).toBeLessThanOrEqual(position + 1)
        expect(to).toBeGreaterThan(position)
        Y.applyUpdate(own, one)
        position = to
      }
    expect(position).toBe(ENTRIES)
    expect(textOf(own)).toBe(textOf(author.doc))
  }
})
