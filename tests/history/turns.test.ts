/** Turns taken by documents and channels, with jobs whose length the test decides. */
import { describe, expect, it } from 'vitest'
import { Unavailable } from '#server/history/port.ts'
import { Turns } from '#server/history/turns.ts'

class Desk {
  readonly turns: Turns
  /** Who was served, in order. */
  readonly served: string[] = []
  readonly refused: string[] = []
  waiting = 0
  turnedAway = 0
  readonly #channels = new Map<string, object>()
  #gate: Promise<void> = Promise.resolve()

  constructor(options: { maxWaiting?: number; maxRunning?: number } = {}) {
    this.turns = new Turns({
      maxWaiting: options.maxWaiting ?? 1_000,
      maxRunning: options.maxRunning ?? 1,
      onWaiting: (change) => {
        this.waiting += change
      },
      onTurnedAway: () => {
        this.turnedAway += 1
      },
    })
  }

  /** Nothing that begins from now on ends before what is returned is called. */
  shut(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gate = promise
    return resolve
  }

  /** `who` is a document, or a document and a channel: `a/1`. */
  ask(who: string, ms = 10): Promise<void> {
    const [document = ''] = who.split('/')
    const channel = this.#channels.get(who) ?? {}
    this.#channels.set(who, channel)
    const gate = this.#gate
    return this.turns
      .enter({ party: document, line: channel, spent: () => {} }, async (spent) => {
        this.served.push(who)
        await gate
        spent(ms)
      })
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(Unavailable)
        this.refused.push(who)
      })
  }
}

describe('H1 turns', () => {
  it('go round by document, however many of one wait', async () => {
    const desk = new Desk()
    const open = desk.shut()
    const all = ['a', 'a', 'a', 'a', 'b', 'b', 'c'].map((who) => desk.ask(who))
    open()
    await Promise.all(all)
    expect(desk.served).toEqual(['a', 'b', 'c', 'a', 'b', 'a', 'a'])
  })

  it('go round by channel within a document', async () => {
    const desk = new Desk()
    const open = desk.shut()
    const all = ['a/1', 'a/1', 'a/1', 'a/2', 'a/2', 'a/3'].map((who) => desk.ask(who))
    open()
    await Promise.all(all)
    expect(desk.served).toEqual(['a/1', 'a/2', 'a/3', 'a/1', 'a/2', 'a/1'])
  })

  it('count time, not questions: who took long waits longer', async () => {
    const desk = new Desk()
    const open = desk.shut()
    const all = [desk.ask('slow', 100), desk.ask('slow', 100)]
    for (let i = 0; i < 5; i++) all.push(desk.ask('quick', 10))
    open()
    await Promise.all(all)
    expect(desk.served).toEqual(['slow', 'quick', 'quick', 'quick', 'quick', 'quick', 'slow'])
  })

  it('cannot be saved up by staying away', async () => {
    const desk = new Desk()
    let open = desk.shut()
    const first = [desk.ask('a', 1_000), desk.ask('b', 1_000), desk.ask('a', 1_000), desk.ask('b', 1_000)]
    const late = first[0]?.then(() => [desk.ask('late', 400), desk.ask('late', 400), desk.ask('late', 400)])
    open()
    await Promise.all([...first, ...((await late) ?? [])])
    open = desk.shut()
    open()
    // It began where those were that had waited, so it came between them and not before them all.
    expect(desk.served.slice(0, 3)).toEqual(['a', 'b', 'late'])
    expect(desk.served.at(-1)).not.toBe('a')
  })

  it('of one document never overlap; of two they do, where two may run', async () => {
    const desk = new Desk({ maxRunning: 2 })
    const open = desk.shut()
    const all = ['a', 'a', 'b', 'c'].map((who) => desk.ask(who))
    expect(desk.served).toEqual(['a', 'b'])
    expect(desk.waiting).toBe(2)
    open()
    await Promise.all(all)
    expect(desk.served).toEqual(['a', 'b', 'c', 'a'])
    expect(desk.waiting).toBe(0)
  })

  it('where too many wait, one of the largest crowd is turned away, and whoever else comes gets in', async () => {
    const desk = new Desk({ maxWaiting: 3 })
    const open = desk.shut()
    const all = ['a/0', 'a/1', 'a/1', 'a/2', 'b', 'c'].map((who) => desk.ask(who))
    open()
    await Promise.all(all)
    expect(desk.refused).toEqual(['a/1', 'a/1'])
    expect(desk.turnedAway).toBe(2)
    expect(desk.served).toContain('b')
    expect(desk.served).toContain('c')
    expect(desk.waiting).toBe(0)
  })

  it('one that fails tells who asked, and the next is served', async () => {
    const desk = new Desk()
    const failing = desk.turns.enter({ party: 'a', line: {}, spent: () => {} }, async () => {
      throw new RangeError('no update')
    })
    const next = desk.ask('a')
    await expect(failing).rejects.toBeInstanceOf(RangeError)
    await next
    expect(desk.served).toEqual(['a'])
  })
})
