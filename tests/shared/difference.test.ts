import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differences } from '#shared/difference.ts'

/** Text as long as asked for, of few different words, none of them in a fixed order. */
function prose(words: number, seed = 7): string {
  const out: string[] = []
  for (let i = 0, state = seed; i < words; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    out.push(`word${state % 400}`)
  }
  return out.join(' ')
}

function applied(before: string, after: string): { text: string; changed: number } {
  let text = before
  let changed = 0
  for (const { from, to, start, end } of differences(before, after).reverse()) {
    text = text.slice(0, from) + after.slice(start, end) + text.slice(to)
    changed += to - from + end - start
  }
  return { text, changed }
}

test('a long text keeps all but what differs, however far apart that is', () => {
  const middle = prose(15_000)
  const cases = [
    [`Start ${middle} end.`, `Begin ${middle} finish.`],
    [`Start ${middle.repeat(2)}`, `Begin ${middle.repeat(2)}!`],
    // One word without an end, and one whose words are all the same.
    [`<${middle.replaceAll(' ', '')}>`, `(${middle.replaceAll(' ', '')})`],
    [`a ${'same '.repeat(20_000)}b`, `b ${'same '.repeat(20_000)}a`],
    [middle, `${prose(1_000, 99)} ${middle} too`],
  ]
  const bounds = [40, 40, 40, 40, 12_000]
  for (const [index, [before = '', after = '']] of cases.entries()) {
    const { text, changed } = applied(before, after)
    expect(text === after, `case ${index}`).toBe(true)
    expect(changed, `case ${index}`).toBeLessThan(bounds[index] ?? 0)
  }
})

test('changes scattered over a long text cost as much as they are', () => {
  const words = prose(12_000).split(' ')
  const after = words.map((word, index) =>
    index % 60 === 7 ? `${word} and more` : index % 60 === 40 ? 'else' : word,
  )
  const { text, changed } = applied(words.join(' '), after.join(' '))
  expect(text === after.join(' ')).toBe(true)
  expect(changed).toBeLessThan(200 * 9 + 200 * 24)
})

test('long texts of few different letters lead from one to the other, never through half a character', () => {
  const text = fc.string({
    minLength: 200,
    maxLength: 900,
    unit: fc.constantFrom('a', 'b', 'c', ' ', '😀', '😁', '𝄞'),
  })
  fc.assert(
    fc.property(text, text, (before, after) => {
      for (const { from, to, start, end } of differences(before, after))
        expect([before.slice(from, to), after.slice(start, end)].every((piece) => piece.isWellFormed())).toBe(
          true,
        )
      expect(applied(before, after).text).toBe(after)
    }),
    { numRuns: 40, seed: 20261122 },
  )
})

test('four times the text takes about four times the work', () => {
  const took = (words: number) => {
    const [before, after] = [prose(words), prose(words, 3)]
    const start = process.cpuUsage()
    differences(before, after)
    return process.cpuUsage(start).user
  }
  took(2_000)
  // Of the square it would be sixteen times.
  expect(took(12_000) / took(3_000)).toBeLessThan(10)
})
