import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { pageBytes } from '#server/content/render.ts'
import { edit, opened, pageOf, storedOf, wordsOf } from './pages.ts'

function plain(text: string): Y.Doc {
  return opened([edit({ kind: 'page', updates: [] }, 'text', text)])
}

const paragraphs = (count: number) =>
  Array.from({ length: count }, (_, index) => `Paragraph ${index} says something of its own, ${index * 7}.`)

/** Bytes of the edit that leads from one to the other, which is checked to. */
function cost(before: readonly string[], after: readonly string[]): number {
  const base = plain(before.join('\n\n'))
  const update = edit(storedOf(base), 'text', `${after.join('\n\n')}\n`)
  const made = opened([Y.encodeStateAsUpdate(base), update])
  expect(wordsOf(pageBytes(pageOf(made), 'text')) === `${after.join('\n\n')}\n`).toBe(true)
  return update?.length ?? 0
}

describe('A10 the edit is as large as what changed', { timeout: 120_000 }, () => {
  test('in a document of more than 2,000 blocks', () => {
    const before = paragraphs(2_100)
    expect(cost(before, ['New first.', ...before.slice(0, -1), 'Another last.'])).toBeLessThan(200)
    const scattered = before.map((one, index) => (index % 100 === 3 ? one.replace('says', 'tells') : one))
    expect(cost(before, ['New first.', ...scattered])).toBeLessThan(25 * 30 + 100)
  })

  test('where each of many blocks changed by a word and one stands before them', () => {
    const before = paragraphs(150)
    const after = ['New first.', ...before.map((one) => one.replace('says', 'tells'))]
    expect(cost(before, after)).toBeLessThan(150 * 30)
    // Without what tells one from another nothing is guessed.
    expect(
      cost(
        before.map(() => 'same'),
        before.map(() => 'other'),
      ),
    ).toBeLessThan(150 * 40)
  })

  test('in one paragraph of 100,000 letters', () => {
    const long = Array.from({ length: 12_000 }, (_, index) => `word${(index * 7919) % 1013}`).join(' ')
    expect(cost([`Start ${long} end.`], [`Begin ${long} finish.`])).toBeLessThan(60)
  })
})

test('A10 four times the blocks take about four times the work', () => {
  const took = (count: number) => {
    const before = paragraphs(count)
    const after = [
      'First.',
      ...before.map((one, at) => (at % 3 === 0 ? one.replace('says', 'tells') : one)),
    ].toReversed()
    const base = storedOf(plain(before.join('\n\n')))
    const text = after.join('\n\n')
    const start = process.cpuUsage()
    edit(base, 'text', text)
    return process.cpuUsage(start).user
  }
  took(100)
  // Of the square it would be sixteen times.
  expect(took(1_200) / took(300)).toBeLessThan(10)
})
