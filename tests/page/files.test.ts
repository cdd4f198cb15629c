/** Documents that leave the page as files and on paper, and come into it from files. */
import { readFile } from 'node:fs/promises'
import { inflateSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fileName } from '#client/app/download.ts'
import { MAX_FILE_BYTES, readTextFile } from '#client/app/text-file.ts'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { open, PATIENCE, saved, text, title, wordsOn } from './shown.ts'
import { newPage } from './stage.ts'

const MARKDOWN = `# Bread

Flour, **water**, salt.

| What | How much |
| --- | --- |
| Flour | 500 g |
`

describe('a name for a file', () => {
  it.each([
    ['Minutes', 'Minutes'],
    ['a/b: c?', 'a b c'],
    ['  ..hidden ', 'hidden'],
    ['', 'Untitled'],
    ['con', 'con document'],
    ['مذكرة', 'مذكرة'],
    ['x'.repeat(300), 'x'.repeat(60)],
  ])('%j is %j', (given, name) => {
    expect(fileName(given)).toBe(name)
  })
})

describe('a file that was chosen', () => {
  const file = (name: string, content: string | Uint8Array, type = '') =>
    readTextFile({
      name,
      type,
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    })

  it.each([
    ['plan.md', '', 'markdown'],
    ['plan.HTM', '', 'html'],
    ['plan.v2.txt', '', 'text'],
    ['README', 'text/plain', 'text'],
  ])('%s is read as %s', (name, type, format) => {
    expect(file(name, 'words', type)).toMatchObject({ kind: 'read', format })
  })

  it('has the name of the file as its title', () => {
    expect(file('plan.v2.md', 'words')).toMatchObject({ title: 'plan.v2' })
  })

  it.each([
    ['photo.png', 'words', 'not a file that can be read here'],
    ['empty.md', ' \n', 'is empty'],
    ['latin.txt', new Uint8Array([0x66, 0xfc, 0x72]), 'not written in UTF-8'],
    ['program.txt', 'a\0b', 'does not hold text'],
    ['long.md', new Uint8Array(MAX_FILE_BYTES + 1), 'larger than 8 MB'],
  ])('%s is refused in plain words', (name, content, words) => {
    const reading = file(name, content)
    expect(reading.kind === 'refused' ? reading.words : '').toContain(words)
  })

  it('may be written in UTF-16, as some editors do', () => {
    const bytes = new Uint8Array([0xff, 0xfe, ...new Uint8Array(new Uint16Array([0x48, 0x69]).buffer)])
    expect(file('note.txt', bytes)).toMatchObject({ kind: 'read', text: 'Hi' })
  })
})

describe('on the page', () => {
  let browser: Browser
  let server: ServerProcess
  let page: Page
  let context: BrowserContext

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
    const body = JSON.stringify({ title: 'Bread: a plan', format: 'markdown', content: MARKDOWN })
    await fetch(`${server.url}/v1/documents/bread`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body,
    })
  })

  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
  })

  beforeEach(async () => {
    ;({ page, context } = await newPage(browser))
  })

  afterEach(() => context.close())

  const choose = async (item: string): Promise<void> => {
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  const attach = (name: string, content: string, mimeType = '') =>
    page.getByLabel('File', { exact: true }).setInputFiles({ name, mimeType, buffer: Buffer.from(content) })
  const submit = () => page.getByRole('dialog').getByRole('button', { name: 'Import' }).click()
  const paragraphs = () => page.locator('.vellum-text > *').allInnerTexts()

  it('a file holds what the API gives, letters typed a moment ago too, under a name from the title', async () => {
    await open(page, `${server.url}/d/bread`)
    await text(page).click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type('Our ')
    for (const [item, name, query] of [
      ['Download as Markdown', 'Bread a plan.md', 'format=markdown'],
      ['Download as HTML', 'Bread a plan.html', 'format=html&standalone=true'],
      ['Download as text', 'Bread a plan.txt', 'format=text'],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), choose(item)])
      expect(download.suggestedFilename()).toBe(name)
      const held = await readFile(await download.path(), 'utf8')
      expect(held).toContain('Our Bread')
      expect(held).toBe(await (await fetch(`${server.url}/v1/documents/bread/content?${query}`)).text())
    }
  })

  it('without a server a text can be taken along, and the other forms say what they need', async () => {
    await open(page, `${server.url}/d/bread`)
    await saved(page)
    await page.route('**/v1/**', (route) => route.abort())
    await choose('Download as Markdown')
    await page.locator('.slip.file', { hasText: 'Download as text works without it' }).waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), choose('Download as text')])
    expect(await readFile(await download.path(), 'utf8')).toContain('Flour, water, salt.')
  })

  it('a file becomes a document of its own, called like the file', async () => {
    await page.goto(server.url)
    await page.getByRole('button', { name: 'Import' }).first().click()
    await attach('photo.png', 'x', 'image/png')
    await submit()
    await page.getByText('“photo.png” is not a file that can be read here').waitFor()
    await attach('Garden plan.md', '# In April\n\n- [ ] Dig\n')
    await submit()
    await text(page).waitFor()
    await expect.poll(() => wordsOn(page), PATIENCE).toBe('In April\nDig')
    expect(await title(page).inputValue()).toBe('Garden plan')
    expect(new URL(page.url()).pathname).toMatch(/^\/d\/[\w-]{22}$/)
  })

  it('a file is added at the end of the document that is open, and what it holds runs nothing', async () => {
    await open(page, `${server.url}/d/added`)
    await text(page).click()
    await page.keyboard.type('First.')
    await saved(page)
    await choose('Import…')
    await attach('more.html', '<p onclick="alert(1)">Second<script>alert(2)</script>.</p>')
    await page.getByLabel('The end of this document').check()
    await submit()
    await page.locator('.slip.file', { hasText: 'was added at the end' }).waitFor()
    await expect.poll(paragraphs, PATIENCE).toEqual(['First.', 'Second.'])
  })

  it('on paper there is the title, then the text, and nothing of what is around it', async () => {
    await open(page, `${server.url}/d/bread`)
    await saved(page)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    const seen = await page.evaluate(() => {
      const shown = (selector: string) => document.querySelector(selector)?.checkVisibility() === true
      const heading = document.querySelector('h1')?.getBoundingClientRect()
      const first = document.querySelector('.vellum-text > *')?.getBoundingClientRect()
      return {
        title: document.querySelector('h1')?.textContent,
        titleIsFirst:
          heading !== undefined && first !== undefined && heading.height > 20 && heading.bottom <= first.top,
        around: [
          '.icon-button',
          '.saved-state',
          '.title-input',
          'vellum-share button',
          '.faces',
          'vellum-you button',
        ].filter(shown),
        ink: getComputedStyle(document.querySelector('.vellum-text') as Element).color,
        head: getComputedStyle(document.querySelector('.vellum-text tr') as Element).display,
      }
    })
    expect(seen).toEqual({
      title: 'Bread: a plan',
      titleIsFirst: true,
      around: [],
      ink: 'rgb(31, 29, 26)',
      head: 'table-header-group',
    })
  })

  it('a table that goes on over pages has its headings on each of them', async () => {
    const rows = Array.from({ length: 100 }, (_, row) => `| ${row} | words |`).join('\n')
    await fetch(`${server.url}/v1/documents/table`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ format: 'markdown', content: `| QQQQ | QQQQ |\n| --- | --- |\n${rows}\n` }),
    })
    await open(page, `${server.url}/d/table`)
    await saved(page)
    const pages = drawnPages(await page.pdf({ format: 'A4' }))
    expect(pages.length).toBeGreaterThan(2)
    // Only the headings say one letter four times.
    expect(
      pages.map((letters) =>
        letters.some((_, at) => new Set(letters.slice(at, at + 4)).size === 1 && at + 4 <= letters.length),
      ),
    ).toEqual(pages.map(() => true))
  })
})

/** The letters of each page with text, as numbers in its font. */
function drawnPages(pdf: Buffer): readonly (readonly string[])[] {
  const out: string[][] = []
  for (const { 1: packed = '' } of pdf.toString('latin1').matchAll(/stream\r?\n([\s\S]*?)endstream/g)) {
    let drawn: string
    try {
      drawn = inflateSync(Buffer.from(packed, 'latin1')).toString('latin1')
    } catch {
      // A font or a picture, packed in another way.
      continue
    }
    const letters = [...drawn.matchAll(/<([0-9A-F]+)> Tj/g)].map(([, letter = '']) => letter)
    if (letters.length > 0) out.push(letters)
  }
  return out
}
