/** Real Markdown: what the packages this project uses say of themselves goes in and comes out. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readMarkdown } from '#server/content/markdown-reading.ts'
import { writeMarkdown } from '#server/content/markdown-writing.ts'
import { type PageNode, textOf } from '#server/content/tree.ts'
import { vellum } from '#tests/command/vellum.ts'
import { removeFolder, startServer, temporaryFolder } from '#tests/server-process.ts'
import { differences, type Kind, kinds } from './differences.ts'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))
const PACKAGES = 50
/** The largest ones say nothing new and take long. */
const MAX_BYTES = 20_000

function readmes(maxBytes: number): readonly (readonly [name: string, text: string])[] {
  const found: [string, string][] = []
  for (const name of readdirSync(MODULES).sort()) {
    if (name.startsWith('.') || name.startsWith('@')) continue
    const file = readdirSync(join(MODULES, name)).find((one) => /^readme\.md$/i.test(one))
    const text = file === undefined ? '' : readFileSync(join(MODULES, name, file), 'utf8')
    if (text.length > 200 && text.length < maxBytes) found.push([name, text])
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
  const all = readmes(MAX_BYTES)
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

test('fifty READMEs, imported and exported, differ from what they were in nothing but what is named', {
  timeout: 240_000,
}, async () => {
  const all = readmes(Number.POSITIVE_INFINITY)
  expect(all).toHaveLength(PACKAGES)
  const folder = await temporaryFolder()
  await using server = await startServer()
  const env = { DATA_DIR: server.dataDir }
  try {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    await mkdir(from)
    for (const [name, text] of all) await writeFile(join(from, `${name}.md`), text)
    const given = await vellum(['import', from, '--into', 'readmes'], env)
    expect([given.code, given.stdout]).toEqual([0, `${PACKAGES} imported.\n`])
    const taken = await vellum(['export', to, '--all', '--json'], env)
    expect(taken.code).toBe(0)
    expect(taken.lines).toHaveLength(PACKAGES)
    const files = new Map(taken.lines.map(({ id, file }) => [id, String(file)]))
    const counts = new Map<Kind, number>()
    const found: string[] = []
    for (const [name, text] of all) {
      const after = await readFile(join(to, files.get(`readmes/${name}`) ?? ''), 'utf8')
      for (const one of differences(text, after, counts)) found.push(`${name}, ${one}`)
    }
    expect(found).toEqual([])
    // None is excused that there is not.
    expect([...counts.keys()].sort()).toEqual(Object.keys(kinds).sort())
  } finally {
    await removeFolder(folder)
  }
})
