/** What the history makes of answers, before anything of it is on a screen. */
import { describe, expect, it } from 'vitest'
import { authorsOf, isNameless, summary } from '#client/app/history/authors.ts'
import type { Shot } from '#client/app/history/history-api.ts'
import { grown, headOf, type Sitting, sittingAt, stopAfter, stopBefore } from '#client/app/history/life.ts'
import { readMarked } from '#client/app/history/marked.ts'
import { Scrubber, type Wish } from '#client/app/history/scrubber.ts'
import { wishAt } from '#client/app/history/viewing.ts'
import { dayOf, moment, momentIn } from '#client/app/history/words.ts'
import { Refusal } from '#client/app/refusal.ts'
import { createSchema } from '#client/editor/schema.ts'

function sitting(from: number, to: number, ...authors: string[]): Sitting {
  return { from, to, begin: 0, end: 0, authors: authors.map((author) => ({ author, name: null, edits: 1 })) }
}

describe('the life of a document', () => {
  const life = { sittings: [sitting(1, 4), sitting(5, 5), sitting(6, 9)], versions: [] }

  it('has a sitting at every position, and a stop where each ends', () => {
    expect(headOf(life)).toBe(9)
    expect([0, 1, 4, 5, 9, 10].map((at) => sittingAt(life, at)?.from ?? null)).toEqual([
      null,
      1,
      1,
      5,
      6,
      null,
    ])
    expect([9, 7, 5, 4, 1, 0].map((at) => stopBefore(life, at))).toEqual([5, 5, 4, 0, 0, 0])
    expect([0, 3, 4, 5, 8, 9].map((at) => stopAfter(life, at))).toEqual([4, 4, 5, 9, 9, 9])
  })

  it('goes on where it was read again, and begins anew where a part is missing', () => {
    const newest = [sitting(6, 12), sitting(13, 14)]
    expect(grown(life.sittings, newest).map(({ to }) => to)).toEqual([4, 5, 12, 14])
    expect(grown(life.sittings, [])).toBe(life.sittings)
    expect(grown([sitting(1, 4)], newest)).toEqual(newest)
  })

  it('is compared from the older position to the newer one, whichever was chosen first', () => {
    const at = (position: number, base: number): Wish =>
      wishAt({ life, position, comparison: { kind: 'position', base } })
    expect(at(7, 3)).toEqual({ at: 7, from: 3 })
    expect(at(3, 7)).toEqual({ at: 7, from: 3 })
    expect(at(3, 3)).toEqual({ at: 3, from: null })
    expect(wishAt({ life, position: 7, comparison: { kind: 'sitting' } })).toEqual({ at: 7, from: 5 })
  })
})

describe('who wrote', () => {
  it('has a colour by who came first, and one that is nobody’s where nobody is known', () => {
    const sittings = [sitting(1, 1, 'ana'), sitting(2, 2, 'anonymous', 'bo'), sitting(3, 3, 'ana')]
    const known = { ...sitting(4, 4), authors: [{ author: 'u-1', name: 'Ada Lovelace', edits: 1 }] }
    expect(authorsOf([known], null).get('u-1')?.name).toBe('Ada Lovelace')
    const authors = authorsOf(sittings, { author: 'bo', name: 'Bo Diddley' })
    expect([...authors].map(([, { name }]) => name)).toEqual(['Somebody', 'Somebody', 'Bo Diddley'])
    expect(authors.get('anonymous')?.color).toBeNull()
    expect(authors.get('ana')?.color).not.toBe(authors.get('bo')?.color)
    expect(authorsOf(sittings.slice(0, 1), null).get('ana')).toEqual(authors.get('ana'))
    expect([isNameless(authors), isNameless(authorsOf([sitting(1, 1, 'anonymous')], null))]).toEqual([
      false,
      true,
    ])
  })

  it.each([
    [[], ''],
    [['Ana'], 'Ana'],
    [['Ana', 'Bo'], 'Ana and Bo'],
    [['Ana', 'Bo', 'Cy'], 'Ana and 2 others'],
    [['Somebody'], 'Somebody'],
    [['Somebody', 'Somebody'], '2 people'],
    [['Somebody', 'Ana'], 'Ana and somebody'],
    [['Somebody', 'Ana', 'Bo'], 'Ana and 2 others'],
  ])('%j is summed up as %j', (names, words) => {
    expect(summary(names)).toBe(words)
  })
})

describe('when it was', () => {
  const now = new Date(2026, 10, 22, 10, 0).getTime()
  const at = (day: number, hour: number, month = 10, year = 2026) =>
    new Date(year, month, day, hour, 3).getTime()

  it('is told by the day it was for who reads it now', () => {
    expect([at(22, 9), at(21, 23), at(17, 14)].map((time) => dayOf(time, now))).toEqual([
      'Today',
      'Yesterday',
      'Tuesday, November 17',
    ])
    expect(dayOf(at(17, 14, 10, 2025), now)).toContain('2025')
    expect(moment(at(17, 14), now)).toMatch(/^Tue /)
    expect(moment(at(2, 14), now)).toMatch(/^Nov 2,/)
  })

  it('is as exact as the sitting is known', () => {
    const long = { ...sitting(1, 9), begin: at(22, 8), end: at(22, 9) }
    expect(momentIn(long, 1, now)).toMatch(/^Today 8/)
    expect(momentIn(long, 9, now)).toMatch(/^Today 9/)
    expect(momentIn(long, 5, now)).toMatch(/^Today 8.* to 9/)
  })
})

describe('a page with marks of changes', () => {
  const text = (words: string, ...marks: object[]) => ({ type: 'text', text: words, marks })
  const by = (type: string, author: string) => ({ type, attrs: { author } })
  const schema = createSchema()

  it('is a page, and places in it', () => {
    const { doc, changes } = readMarked(schema, {
      type: 'doc',
      content: [
        {
          type: 'paragraph',
          content: [
            text('one '),
            text('two', by('inserted', 'ana')),
            text('b', { type: 'bold' }, by('inserted', 'ana')),
          ],
        },
        { type: 'horizontal_rule', marks: [by('deleted', 'bo')] },
        {
          type: 'paragraph',
          content: [text('x', by('deleted', 'bo')), { type: 'hard_break' }, text('y', by('inserted', 'bo'))],
        },
      ],
    })
    doc.check()
    const said = changes.map(({ kind, author, from, to }) => [
      kind,
      author,
      doc.textBetween(from, to, '', '¶'),
    ])
    expect(said).toEqual([
      ['inserted', 'ana', 'twob'],
      ['deleted', 'bo', '¶'],
      ['deleted', 'bo', 'x'],
      ['inserted', 'bo', 'y'],
    ])
    expect(doc.firstChild?.lastChild?.marks.map(({ type }) => type.name)).toEqual(['bold'])
  })

  it.each([
    [{ type: 'doc', content: [{ type: 'hologram' }] }],
    [{ type: 'doc', content: [{ type: 'heading', attrs: { level: 'javascript:' } }] }],
    [null],
  ])('that holds what this page does not know is not shown: %j', (content) => {
    expect(() => readMarked(schema, content)).toThrow(RangeError)
  })
})

describe('the slider', () => {
  /** A server that answers when it is told to, and what was shown. */
  function scrubbing(near: readonly Wish[] = []) {
    const asked: {
      readonly at: number
      readonly signal: AbortSignal
      readonly answer: (failed?: Refusal) => Promise<void>
    }[] = []
    const shown: number[] = []
    /** How many questions had been asked when it was shown. */
    const drawn: number[] = []
    const refused: string[] = []
    let late: (() => void) | null = null
    const scrubber = new Scrubber({
      load: ({ at }, signal) =>
        new Promise<Shot>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')))
          const answer = async (failed?: Refusal): Promise<void> => {
            if (failed === undefined) resolve({ at, content: null })
            else reject(failed)
            await turns()
          }
          asked.push({ at, signal, answer })
        }),
      show: ({ at }) => {
        shown.push(at)
        drawn.push(asked.length)
      },
      failed: ({ message }) => refused.push(message),
      near: () => near,
      clock: {
        now: () => 0,
        wall: () => 0,
        after: (_, run) => {
          late = run
          return () => {
            late = null
          }
        },
      },
    })
    const wish = (at: number): void => scrubber.wish({ at, from: null })
    return { scrubber, asked, shown, drawn, refused, wish, wait: () => late?.() }
  }

  async function turns(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }

  it('asks one question at a time, and of the wishes that came meanwhile only the newest', async () => {
    const { asked, shown, wish } = scrubbing()
    for (const at of [1, 2, 3, 4]) wish(at)
    expect(asked.map(({ at }) => at)).toEqual([1])
    await asked[0]?.answer()
    expect(asked.map(({ at }) => at)).toEqual([1, 4])
    // What it shows on the way is nearer to the hand than what was there.
    expect(shown).toEqual([1])
    await asked[1]?.answer()
    expect(shown).toEqual([1, 4])
  })

  it('never shows an older wish over what is wished for now', async () => {
    const { asked, shown, wish } = scrubbing()
    wish(1)
    await asked[0]?.answer()
    wish(2)
    wish(1)
    expect(shown).toEqual([1, 1])
    await asked[1]?.answer()
    expect(shown).toEqual([1, 1])
    wish(2)
    expect(shown).toEqual([1, 1, 2])
    expect(asked).toHaveLength(2)
  })

  it('asks for the next text before it draws the one that came', async () => {
    const { asked, shown, wish, drawn } = scrubbing()
    wish(1)
    wish(2)
    await asked[0]?.answer()
    expect([shown, drawn]).toEqual([[1], [2]])
  })

  it('gives an older question up that is not answered', async () => {
    const { asked, shown, refused, wish, wait } = scrubbing()
    wish(1)
    wish(2)
    wait()
    expect(asked[0]?.signal.aborted).toBe(true)
    await turns()
    await asked[1]?.answer()
    expect([shown, refused]).toEqual([[2], []])
  })

  it('asks for what is near when nothing was wished for in a while, and drops that for a wish', async () => {
    const { asked, shown, wish, wait } = scrubbing([{ at: 8, from: null }])
    wish(5)
    await asked[0]?.answer()
    expect(asked.map(({ at }) => at)).toEqual([5])
    wait()
    expect(asked.map(({ at }) => at)).toEqual([5, 8])
    wish(6)
    expect(asked[1]?.signal.aborted).toBe(true)
    await turns()
    expect(asked.map(({ at }) => at)).toEqual([5, 8, 6])
    await asked[2]?.answer()
    wait()
    await asked[3]?.answer()
    wish(8)
    expect(shown).toEqual([5, 6, 8])
  })

  it('says why what is wished for cannot be shown, and asks again when it is wished for again', async () => {
    const { asked, shown, refused, wish } = scrubbing()
    wish(1)
    wish(2)
    await asked[0]?.answer(new Refusal('busy', 'too much'))
    expect(refused).toEqual([])
    await asked[1]?.answer(new Refusal('busy', 'too much'))
    expect(refused).toEqual(['too much'])
    wish(2)
    await asked[2]?.answer()
    expect(shown).toEqual([2])
  })
})
