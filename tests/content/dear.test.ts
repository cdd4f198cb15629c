/** Content that was made to be dear: refused soon and in plain words, or read in a time that grows with its length. */
import { describe, expect, test } from 'vitest'
import { write } from '#server/content/edit.ts'
import { readHtml } from '#server/content/html-reading.ts'
import { MarkdownMeter } from '#server/content/markdown-meter.ts'
import { readMarkdown } from '#server/content/markdown-reading.ts'
import { ContentPool } from '#server/content/pool.ts'
import { ContentUnavailable, InvalidContent } from '#server/content/port.ts'
import { textOf } from '#server/content/tree.ts'
import { StoppedClock } from '#tests/history/people.ts'
import { bytesOf } from './pages.ts'

const SIGNS = 20_000
const filled = (piece: string) => piece.repeat(Math.ceil(SIGNS / piece.length))

/** Processor time of the cheaper of two goes, which a busy machine and a collection disturb least. */
function costOf(work: () => void): number {
  const goes = [0, 1].map(() => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return user + system
  })
  return Math.min(...goes)
}

describe('Markdown that was made to be dear', () => {
  test.each([
    '&',
    '*a_',
    '*a',
    '**a ',
    '~~a',
    ']',
    '[a](',
    '[a][',
    '![a]',
    '[![',
    '[^a',
    '[[[[a]',
    'x <!--',
    'x <?',
    '[a](b (',
    '[!NOTE]',
  ])('is refused in plain words: %j again and again', (piece) => {
    const meter = new MarkdownMeter()
    expect(() => readMarkdown(`x ${filled(piece)}`, meter)).toThrow(InvalidContent)
    expect(() => readMarkdown(`x ${filled(piece)}`)).toThrow(/too many marks|begin and never end/)
    // What it did until then grows with its length alone.
    expect(meter.spent.steps + meter.spent.looks).toBeLessThan(4_000_000 + 100 * SIGNS)
  })

  test.each(['> ', '>', '1. ', '>- ', '* > '])('is refused where %j is nested without end', (piece) => {
    expect(() => readMarkdown(filled(piece))).toThrow(/inside of one another/)
    expect(textOf(readMarkdown(`${piece.repeat(8)}words`))).toContain('words')
  })

  test('is refused when it is written, and what stands there is no hindrance to others', () => {
    const writing = (format: 'markdown' | 'text', text: string) =>
      ({
        content: { format, bytes: bytesOf(text), place: { kind: 'whole' } },
        title: null,
        client: 7,
        clock: 0,
      }) as const
    const empty = { kind: 'page', updates: [] } as const
    expect(() => write(empty, writing('markdown', filled('*a_')))).toThrow(InvalidContent)
    const { update } = write(empty, writing('text', filled('[a](')))
    if (update === null) throw new TypeError('nothing was written')
    expect(write({ kind: 'page', updates: [update] }, writing('markdown', 'Words.')).update).not.toBeNull()
  })
})

test('blanks within a line are looked at once', () => {
  const blanks = ' '.repeat(400_000)
  expect(textOf(readMarkdown(`a\nb${blanks}c`))).toBe(`a b${blanks}c`)
})

test('comments beside each other are read once', () => {
  const page = readMarkdown(`${'<!-- a --> '.repeat(2_000)}x`)
  expect(textOf(page).trim()).toBe('x')
  expect(textOf(readMarkdown(`<!--${'--> <!--'.repeat(2_000)}-->`))).toBe('')
})

test('many marks that people mean are taken: words in code, links and badges by the thousand', () => {
  const words = Array.from({ length: 3_000 }, (_, index) => `\`word${index}\``).join(', ')
  expect(textOf(readMarkdown(words))).toHaveLength(words.length - 6_000)
  const links = Array.from({ length: 500 }, (_, index) => `[![a](b${index}.png)](https://a.example/${index})`)
  expect(
    readMarkdown(links.join(' ')).content?.[0]?.content?.filter(({ type }) => type === 'image'),
  ).toHaveLength(500)
  const list = '- [a](https://a.example) *b* **c** `d` & <e@f.example>\n'.repeat(500)
  expect(readMarkdown(list).content?.[0]?.content).toHaveLength(500)
})

test('four times as many underlined headings cost about four times as much', () => {
  const few = costOf(() => readMarkdown('a\n=\n'.repeat(1_000)))
  const many = costOf(() => readMarkdown('a\n=\n'.repeat(4_000)))
  expect(many / few).toBeLessThan(8)
})

test.each(['<b>', '<div>', '<table><tr><td>', '<a b="', '<!--', '<', '&amp', '<p><b>'])(
  'HTML is read, or refused for how deep it is nested, to its end: %j again and again',
  (piece) => {
    try {
      expect(readHtml(filled(piece)).type).toBe('doc')
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidContent)
    }
  },
)

test('what is small and takes long begins anew beside, and others go on in the next thread', async () => {
  const clock = new StoppedClock()
  const pool = new ContentPool({ clock, smallStallMs: 500, stallMs: 1_000 })
  try {
    const writing = (text: string) =>
      ({
        content: { format: 'text', bytes: bytesOf(text), place: { kind: 'whole' } },
        title: null,
        client: 7,
        clock: 0,
      }) as const
    const of = (person: string) => ({ kind: 'page', updates: [], asker: { person, document: 'd' } }) as const
    const dear = pool.write(of('dear'), writing('dear'))
    const beside = pool.write(of('beside'), writing('beside'))
    // No thread has answered yet: nothing was awaited.
    expect(clock.strike(500)).toBe(1)
    expect((await dear).update).not.toBeNull()
    expect((await beside).update).not.toBeNull()
    // For a while nothing this person asks for counts as small.
    const read = pool.render(of('dear'), { format: 'text', standalone: false })
    expect(clock.strike(500)).toBe(0)
    expect(clock.strike(1_000)).toBe(1)
    await expect(read).rejects.toThrow(ContentUnavailable)
    const wrote = pool.write(of('dear'), writing('dear'))
    expect(clock.strike(1_000)).toBe(1)
    // Sent again it would take as long.
    await expect(wrote).rejects.toThrow(InvalidContent)
  } finally {
    await pool.close()
  }
})
