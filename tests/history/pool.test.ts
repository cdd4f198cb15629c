import { afterEach, describe, expect, it } from 'vitest'
import { WorkerHistory } from '#server/history/pool.ts'
import { type History, type ReplayedEntry, Unavailable } from '#server/history/port.ts'
import { historyContract } from './contract.ts'
import { by, hex, logOf, opened, realClock, StoppedClock, Writer } from './people.ts'

historyContract('history on a worker thread', () => new WorkerHistory({ clock: realClock }))
historyContract('history on two worker threads', () => new WorkerHistory({ clock: realClock, threads: 2 }))

const histories: History[] = []
const open = (...[options]: ConstructorParameters<typeof WorkerHistory>) => {
  const history = new WorkerHistory(options)
  histories.push(history)
  return history
}
afterEach(() => Promise.all(histories.splice(0).map((history) => history.close())))

const NOTHING_KNOWN = new Uint8Array([0])

function hello(): ReplayedEntry[] {
  const writer = new Writer(1)
  writer.text.insert(0, 'hello')
  return by('ann', ...writer.edits)
}

async function expectWorking(history: History): Promise<void> {
  const built = await history.build(logOf(hello()))
  expect(opened(built.state).getText('text').toString()).toBe('hello')
}

describe('H1 nobody waits for what a crowd elsewhere asks for', () => {
  /** Takes a worker a while: many letters, each on its own. */
  const long = () => {
    const writer = new Writer(7)
    for (let letter = 0; letter < 3_000; letter++) writer.text.insert(0, 'x')
    return by('mallory', ...writer.edits)
  }
  const asker = (document: string, channel: object = {}) => ({ document, channel, spent: () => {} })

  it('a question about another document is answered after one of the crowd’s, not after all', async () => {
    const history = open({ clock: realClock, threads: 2 })
    const slow = long()
    const answered: string[] = []
    const crowd = Array.from({ length: 12 }, () =>
      history.diff(logOf(slow), NOTHING_KNOWN, asker('crowded')).then(() => answered.push('crowd')),
    )
    const bystander = history
      .diff(logOf(hello()), NOTHING_KNOWN, asker('quiet'))
      .then(() => answered.push('bystander'))
    await Promise.all([...crowd, bystander])
    expect(answered.indexOf('bystander')).toBeLessThan(3)
  })

  it('nor after a document that is large: the thread takes pieces of both in turn', async () => {
    const history = open({ clock: realClock, pieceBytes: 1 << 10 })
    const answered: string[] = []
    const large = history
      .diff(logOf(long()), NOTHING_KNOWN, asker('crowded'))
      .then(() => answered.push('large'))
    const small = history
      .diff(logOf(hello()), NOTHING_KNOWN, asker('quiet'))
      .then(() => answered.push('small'))
    await Promise.all([large, small])
    expect(answered).toEqual(['small', 'large'])
  })

  it('says what a question took of the worker, to who asked and to who watches', async () => {
    const metrics = { levels: { historyWaiting: 0 }, counts: { historyTurnedAway: 0, historyMs: 0 } }
    const history = open({ clock: realClock, metrics })
    let spentMs = 0
    const spent = (ms: number) => {
      spentMs += ms
    }
    await history.diff(logOf(long()), NOTHING_KNOWN, { document: 'plan', channel: {}, spent })
    expect(spentMs).toBeGreaterThan(0)
    expect(metrics.counts.historyMs).toBe(spentMs)
    expect(metrics.levels.historyWaiting).toBe(0)
  })

  it('one that no answer came to is charged for the time it held the thread', async () => {
    const clock = new StoppedClock()
    const history = open({ clock, stallMs: 1_000 })
    let charged = 0
    const stuck = history.diff(logOf([endless()]), NOTHING_KNOWN, {
      document: 'plan',
      channel: {},
      spent: () => charged++,
    })
    const rejected = expect(stuck).rejects.toBeInstanceOf(Unavailable)
    while (clock.strike(1_000) === 0) await turn()
    await rejected
    expect(charged).toBe(1)
  })
})

describe('a thread that dies', () => {
  it('out of memory rejects what it was asked, and another takes its place', async () => {
    const history = open({ clock: realClock, heapMb: 24 })
    async function* tooMuch(): AsyncGenerator<ReplayedEntry[]> {
      for (let client = 1; client < 400; client++) {
        const writer = new Writer(client)
        for (let key = 0; key < 1_000; key++) writer.doc.getMap('map').set(`${client} ${key}`, 'value')
        yield by('ann', writer.state)
      }
    }
    const doomed = history.build({ checkpoint: null, entries: tooMuch() })
    await expect(doomed).rejects.toBeInstanceOf(Unavailable)
    await expectWorking(history)
  })

  it('rejects everything it was doing, but nothing that still waited for its turn', async () => {
    const clock = new StoppedClock()
    const history = open({ clock, stallMs: 1_000 })
    const stuck = history.diff(logOf([...hello(), endless()]), NOTHING_KNOWN)
    const waiting = history.diff(logOf(hello()), NOTHING_KNOWN)
    while (clock.strike(1_000) === 0) await turn()
    await expect(stuck).rejects.toBeInstanceOf(Unavailable)
    expect(
      opened(await waiting)
        .getText('text')
        .toString(),
    ).toBe('hello')
  })

  it('is watched only while something was asked of it', async () => {
    const clock = new StoppedClock()
    const history = open({ clock, stallMs: 1_000 })
    await expectWorking(history)
    expect(clock.strike(1_000)).toBe(0)
  })

  it('is given up when history is closed: what was asked rejects', async () => {
    const history = open({ clock: realClock })
    const asked = history.build(logOf([endless()]))
    const rejected = expect(asked).rejects.toBeInstanceOf(Unavailable)
    while (history.threads === 0) await turn()
    await history.close()
    await rejected
    expect(history.threads).toBe(0)
  })
})

describe('a thread', () => {
  it('is not there before it is needed, and ends when nothing was asked for long enough', async () => {
    const clock = new StoppedClock()
    const history = open({ clock, idleMs: 5_000 })
    expect(history.threads).toBe(0)
    await expectWorking(history)
    expect(history.threads).toBe(1)
    expect(clock.strike(5_000)).toBe(1)
    expect(history.threads).toBe(0)
    await expectWorking(history)
    expect(history.threads).toBe(1)
  })

  it('answers questions between two pieces of a build', async () => {
    const history = open({ clock: realClock })
    const answers: string[] = []
    async function* slow(): AsyncGenerator<ReplayedEntry[]> {
      for (const entry of hello()) yield [entry]
      yield by('ann', new Uint8Array([0, 0]))
      const update = await history.diff(logOf(hello()), NOTHING_KNOWN)
      answers.push(opened(update).getText('text').toString())
      yield by('ann', new Uint8Array([0, 0]))
    }
    await history.build({ checkpoint: null, entries: slow() }).then(() => answers.push('built'))
    expect(answers).toEqual(['hello', 'built'])
  })

  it('answers questions in the order they were asked', async () => {
    const history = open({ clock: realClock })
    const order: number[] = []
    const asked = [5, 1, 300, 2].map(async (entries, number) => {
      const log = logOf(Array.from({ length: entries }, hello).flat())
      await history.diff(log, NOTHING_KNOWN)
      order.push(number)
    })
    await Promise.all(asked)
    expect(order).toEqual([0, 1, 2, 3])
  })

  it('is given no more of a log than it has taken in: reading stops where it fails', async () => {
    const history = open({ clock: realClock })
    let pieces = 0
    let stopped = false
    async function* long(): AsyncGenerator<ReplayedEntry[]> {
      try {
        for (; pieces < 1_000; pieces++) yield by('ann', hex('ff'))
      } finally {
        stopped = true
      }
    }
    await expect(history.build({ checkpoint: null, entries: long() })).rejects.toThrow()
    expect(stopped).toBe(true)
    expect(pieces).toBeLessThan(3)
  })

  it('leaves the caller its bytes', async () => {
    const history = open({ clock: realClock })
    const entries = hello()
    const built = await history.build(logOf(entries))
    const { state, knowledge } = built
    await history.build({ checkpoint: { state, knowledge }, entries: logOf(entries).entries })
    expect(state.length).toBeGreaterThan(5)
    expect(knowledge.length).toBeGreaterThan(0)
    expect(entries[0]?.update.length).toBeGreaterThan(5)
  })

  it('is asked no more than may wait', async () => {
    const history = open({ clock: realClock, maxWaiting: 2 })
    const asked = [1, 2, 3, 4].map(() => history.diff(logOf(hello()), NOTHING_KNOWN))
    const settled = await Promise.allSettled(asked)
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    await expectWorking(history)
  })
})

/** An update that takes many seconds: a delete set that names every second letter, backwards. */
function endless(): ReplayedEntry {
  const varUint = (number: number): number[] =>
    number < 128 ? [number] : [128 | (number & 127), ...varUint(Math.floor(number / 128))]
  const letters = 200_000
  const text = [...varUint(letters), ...new Uint8Array(letters).fill(0x61)]
  const deletes: number[] = []
  for (let clock = letters - 2; clock >= 0; clock -= 2) deletes.push(...varUint(clock), 1)
  const bytes = [1, 1, 1, 0, 4, 1, 1, 0x61, ...text, 1, 1, ...varUint(letters / 2), ...deletes]
  return { update: new Uint8Array(bytes), author: 'mallory' }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
