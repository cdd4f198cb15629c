import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHtml } from '#server/content/html-reading.ts'
import { writeHtml } from '#server/content/html-writing.ts'
import { readMarkdown } from '#server/content/markdown-reading.ts'
import { writeMarkdown } from '#server/content/markdown-writing.ts'
import { readPageJson } from '#server/content/page-json.ts'
import { documentOf, page, pageOf } from './pages.ts'

const RUNS = { numRuns: 60, seed: 20 }

describe('what a page says stays what it says', { timeout: 240_000 }, () => {
  test('through the shared document', () => {
    fc.assert(
      fc.property(page, (one) => {
        expect(pageOf(documentOf(one))).toEqual(one)
      }),
      RUNS,
    )
  })

  test('through JSON', () => {
    fc.assert(
      fc.property(page, (one) => {
        expect(readPageJson(JSON.parse(JSON.stringify(one)))).toEqual(one)
      }),
      RUNS,
    )
  })

  test('through HTML', () => {
    fc.assert(
      fc.property(page, (one) => {
        expect(readHtml(writeHtml(one))).toEqual(one)
      }),
      RUNS,
    )
  })

  test('through Markdown, all that Markdown can say', () => {
    fc.assert(
      fc.property(page, (one) => {
        expect(readMarkdown(writeMarkdown(one))).toEqual(one)
      }),
      RUNS,
    )
  })
})
