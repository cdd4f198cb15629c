/** What rooms ask of worker threads, and on whose account. */
import { describe, expect, test } from 'vitest'
import type { Asker, History, Replay } from '#server/history/port.ts'
import type { NetworkEnd } from './channel.ts'
import { Author, House, push, textOf, update } from './house.ts'

function acknowledged(end: NetworkEnd): number[] {
  return end.of('ack').flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at))
}

/** A house that tells of each judgement what it was made against, and for whom. */
function watchedHouse(onJudge: (known: Replay, asker: Asker | undefined) => void): House {
  const watch = (history: History): History => ({
    build: (replay, asker) => history.build(replay, asker),
    state: (replay) => history.state(replay),
    merge: (replay, window) => history.merge(replay, window),
    diff: (replay, stateVector, asker) => history.diff(replay, stateVector, asker),
    compare: (replay, overlap, asker) => history.compare(replay, overlap, asker),
    close: () => history.close(),
    judge: (known, question, asker) => {
      onJudge(known, asker)
      return history.judge(known, question, asker)
    },
  })
  return new House({ history: watch })
}

/** Writes a text of which every second letter is deleted: many ranges, of few bytes. */
function holes(author: Author, letters: number): void {
  author.writes('x'.repeat(letters))
  author.doc.transact(() => {
    const text = author.doc.getText('text')
    for (let at = letters - 2; at >= 0; at -= 2) text.delete(at, 1)
  })
}

describe('I7 what a worker judges by', () => {
  test('of a large document it is learnt from the log, and from what is on its way there', async () => {
    const pasts: Replay[] = []
    const house = watchedHouse((known) => pasts.push(known))
    const author = await house.sit('vellum')
    const writer = new Author(1)
    holes(writer, 12_000)
    author.say(...writer.edits.map((edit, index) => push(index + 1, edit)))
    await house.clock.pass(20)
    house.hold()
    author.say(push(3, writer.writes('in flight')))
    await house.clock.pass(5)
    author.say(push(4, writer.writes('waiting')), push(5, writer.writes('y'.repeat(70_000))))
    await house.clock.pass(5)
    await house.release()
    await house.clock.pass(20)
    expect(acknowledged(author)).toEqual([1, 2, 3, 4, 5])
    expect(house.metrics.counts.gaps).toBe(0)
    expect(textOf(await house.stored())).toContain(`in flightwaiting${'y'.repeat(70_000)}`)
    expect(pasts.map(({ checkpoint }) => checkpoint)).toEqual([null])
  })

  test('of a small one it is handed over as it is: the log is not read', async () => {
    const pasts: Replay[] = []
    const house = watchedHouse((known) => pasts.push(known))
    const author = await house.sit('vellum')
    author.say(push(1, new Author(1).writes('y'.repeat(70_000))))
    await house.clock.pass(20)
    expect(pasts[0]?.checkpoint?.state).toHaveLength(0)
  })
})

describe('I6 what a channel makes workers do', () => {
  test('is counted against it: beyond its share it is read more slowly, and others are not', async () => {
    const house = watchedHouse((_, asker) => asker?.spent(6_000))
    const [greedy, other] = [await house.sit('vellum'), await house.sit('yjs')]
    const writer = new Author(1)
    greedy.say(
      ...[1, 2].map((number) => push(number, writer.writes(`${number}`.repeat(70_000)))),
      push(3, writer.writes('after')),
    )
    await house.clock.pass(1_000)
    other.say(update(new Author(2).writes('meanwhile')))
    await house.clock.pass(1_000)
    expect(acknowledged(greedy)).toEqual([1])
    expect(greedy.isPaused).toBe(true)
    expect(textOf(await house.stored())).toContain('meanwhile')
    await house.clock.pass(30_000)
    expect(acknowledged(greedy)).toEqual([1, 2, 3])
    expect(greedy.ending).toBeNull()
  })

  test('a difference is on its account as well', async () => {
    const house = watchedHouse((_, asker) => asker?.spent(6_000))
    const greedy = await house.sit('vellum')
    greedy.say(push(1, new Author(1).writes('1'.repeat(70_000))))
    await house.clock.pass(100)
    greedy.news()
    greedy.say({ type: 'step1', stateVector: Uint8Array.of(1, 9, 1) })
    await house.clock.pass(1_000)
    expect(greedy.news()).toEqual([])
    await house.clock.pass(30_000)
    expect(greedy.of('step2').length).toBeGreaterThan(0)
  })
})
