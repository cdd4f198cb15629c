/** Real Markdown: what the packages this project uses say of themselves goes in and comes out. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readMarkdown } from '#server/content/markdown-reading.ts'
import { writeMarkdown } from '#server/content/markdown-writing.ts'
import { type PageNode, textOf } from '#server/content/tree.ts'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))
const PACKAGES = 50
/** The largest ones say nothing new and take long. */
const MAX_BYTES = 20_000

function readmes(): readonly (readonly [name: string, text: string])[] {
  const found: [string, string][] = []
  for (const name of readdirSync(MODULES).sort()) {
    if (name.startsWith('.') || name.startsWith('@')) continue
    const file = readdirSync(join(MODULES, name)).find((one) => /^readme\.md$/i.test(one))
    const text = file === undefined ? '' : readFileSync(join(MODULES, name, file), 'utf8')
    if (text.length > 200 && text.length < MAX_BYTES) found.push([name, text])
  }
  return found.slice(0, PACKAGES)
}

/** Without what Markdown cannot say, though raw HTML in it can: how wide a picture is. */
function sayable(page: PageNode): string {
  return JSON.stringify(page).replace(/"width":\d+/g, '"width":0')
}

/** Merged cells come out as cells beside each other, and short rows of raw HTML as long as the others. */
function hasOddTables(one: PageNode): boolean {
  const rows = one.type === 'table' ? (one.content ?? []).map(({ content = [] }) => content) : []
  const isMerged = rows.flat().some(({ attrs }) => attrs?.['colspan'] !== 1 || attrs['rowspan'] !== 1)
  return (
    isMerged || new Set(rows.map(({ length }) => length)).size > 1 || (one.content ?? []).some(hasOddTables)
  )
}

test('fifty READMEs come out as they went in', { timeout: 240_000 }, () => {
  const all = readmes()
  expect(all).toHaveLength(PACKAGES)
  const odd: string[] = []
  for (const [name, text] of all) {
    const page = readMarkdown(text)
    const written = writeMarkdown(page)
    const again = readMarkdown(written)
    if (!hasOddTables(page)) expect([name, sayable(again)]).toEqual([name, sayable(page)])
    else odd.push(name)
    // What is written is Markdown at its rest: written again it is the same.
    expect([name, writeMarkdown(again)]).toEqual([name, written])
    expect(textOf(page).length).toBeGreaterThan(100)
  }
  expect(odd.length).toBeLessThan(PACKAGES / 5)
})
