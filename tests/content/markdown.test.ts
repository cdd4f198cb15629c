/** What people write in Markdown beside its plainest: tags, boxes, footnotes, front matter, deep nesting. */
import { expect, test } from 'vitest'
import { titleOf } from '#server/command/title.ts'
import { readHtml } from '#server/content/html-reading.ts'
import { writeHtml } from '#server/content/html-writing.ts'
import { readMarkdown } from '#server/content/markdown-reading.ts'
import { writeMarkdown } from '#server/content/markdown-writing.ts'
import { InvalidContent } from '#server/content/port.ts'
import { type PageNode, textOf } from '#server/content/tree.ts'
import { bytesOf } from './pages.ts'

/** What comes of it, as Markdown and, since it is at its rest then, once more. */
function again(markdown: string): string {
  const written = writeMarkdown(readMarkdown(markdown))
  expect(readMarkdown(written)).toEqual(readMarkdown(markdown))
  expect(writeMarkdown(readMarkdown(written))).toBe(written)
  return written
}

test.each([
  ['a <b>bold</b> and <strong>strong</strong> word', 'a **bold** and **strong** word\n'],
  ['an <i>i</i>, an <EM>em</em>, a <del>del</del>', 'an *i*, an *em*, a ~~del~~\n'],
  ['press <kbd>Ctrl</kbd> or `x` or <code>a  b</code>', 'press `Ctrl` or `x` or `a  b`\n'],
  ['H<sub>2</sub>O, 10<sup>2</sup>', 'H2O, 102\n'],
  ['one<br>two<BR/>three', 'one\\\ntwo\\\nthree\n'],
  ['see <a href="https://a.example" title="A">the *page*</a>.', 'see [the *page*](https://a.example "A").\n'],
  ['<a name="here"></a>Words', 'Words\n'],
  ['x <a href="https://a.example"><img src="b.png" alt="B"></a>', 'x [![B](b.png)](https://a.example)\n'],
  ['<b>never ended, *but* here', '**never ended, *but* here**\n'],
  ['never begun</b></a></script> here', 'never begun here\n'],
  ['<b><i>crossed</b> over</i>', '**_crossed_**_&#x20;over_\n'],
  ['| a |\n| - |\n| <b>x</b><br>y |', '| a |\n| ---------- |\n| **x**<br>y |\n'],
])('tags among words are read as HTML is: %j', (given, shown) => {
  expect(again(given).replace(/ +\|/g, ' |')).toBe(shown)
})

test.each([
  'a <script>alert(1)</script> b',
  'a <a href="javascript:alert(1)" onclick="alert(1)">b</a>',
  'a <img src="javascript:alert(1)" onerror="alert(1)"> b',
  'a <img src=x onerror="alert(1)"> b <style>alert{}</style>',
  'a <A HREF="  java\tscript:alert(1)">b</A>',
  '*a <script>* alert(1) </script> b',
])('tags among words bring nothing that could run: %j', (given) => {
  const html = writeHtml(readMarkdown(given))
  expect(html).not.toMatch(/<script|<style|javascript:|onclick|onerror/i)
  expect(textOf(readMarkdown(given))).toMatch(/^a/)
  expect(textOf(readMarkdown(given)).trim()).toMatch(/b$/)
})

test('of many tags the words stay, and what is never shown ends somewhere or is not begun', () => {
  expect(textOf(readMarkdown(`a ${'<b>x</i>'.repeat(2_000)}`))).toBe(`a ${'x'.repeat(2_000)}`)
  expect(textOf(readMarkdown('a <select> b and <title> c'))).toBe('a b and c')
})

test.each([
  ['1. [x] done\n2. [ ] not yet\n', '1. [x] done\n2. [ ] not yet\n'],
  ['1. [x] **done**\n', '1. [x] **done**\n'],
  ['3. \\[x] words\n', '3. [x] words\n'],
  ['- \\[x] words\n', '- \\[x] words\n'],
])('boxes in numbered lists are words, and boxes where it is written: %j', (given, written) => {
  expect(again(given)).toBe(written)
  expect(textOf(readMarkdown(given))).toContain('[x]')
})

test.each([
  ['Words[^1] and[^note].\n\n[^1]: One.\n\n[^note]: Two *words*.\n', null],
  ['Nobody says what this[^is] is.\n', null],
  ['a[^1][^2]\n\n[^1]: b\n[^2]: c\n', 'a[^1][^2]\n\n[^1]: b\n\n[^2]: c\n'],
  ['a[^1]\n\n[^1]: b\n\n    c\n', 'a[^1]\n\n[^1]: b\n\nc\n'],
  ['a[^1]\n\n[^1]: - b\n    - c\n', 'a[^1]\n\n[^1]:\n\n- b\n- c\n'],
  ['a[^1]\n\n[^1]: **b** c\n', null],
  ['> a[^1]\n>\n> [^1]: b\n', null],
  ['[^1]:b is words', null],
])('footnotes stay as they are written: %j', (given, written) => {
  if (given.startsWith('[^1]:b')) again(given)
  else expect(again(given)).toBe(written ?? given)
})

test('front matter is a block of its own, comes back as it was, and says the title of a file', () => {
  const given = '---\ntitle: "A plan"\ntags: [a, b]\n# a comment\n---\n\n# Heading\n'
  const page = readMarkdown(given)
  expect(page.content?.[0]).toMatchObject({ type: 'code_block', attrs: { language: 'front-matter' } })
  expect(page.content?.map(({ type }) => type)).toEqual(['code_block', 'heading'])
  expect(again(given)).toBe(given)
  expect(readMarkdown(given.replaceAll('\n', '\r\n'))).toEqual(page)
  expect(titleOf('markdown', bytesOf(given), 'x.md')).toBe('A plan')
  expect(titleOf('markdown', bytesOf(given.replace(/title.*\n/, '')), 'x.md')).toBe('Heading')
  // What is no front matter is a rule, and a heading that is underlined.
  const types = (markdown: string) => readMarkdown(markdown).content?.map(({ type }) => type)
  expect(types('---\nwords\n---\n')).toEqual(['horizontal_rule', 'heading'])
  expect(types('---\na: 1\n')).toEqual(['horizontal_rule', 'paragraph'])
  expect(types('\n---\na: 1\n---\n')).toEqual(['horizontal_rule', 'heading'])
  // Elsewhere, and where it would end too soon, it is code.
  const block = '```front-matter\na: 1\n---\nb: 2\n```\n'
  expect(again(block)).toBe(block)
  expect(again('x\n\n```front-matter\na: 1\n```\n')).toContain('```front-matter')
})

test.each([
  ['quotes', (depth: number) => `${'>'.repeat(depth)} words`],
  [
    'lists',
    (depth: number) => Array.from({ length: depth }, (_, at) => `${'  '.repeat(at)}- words`).join('\n'),
  ],
  ['elements', (depth: number) => `${'<blockquote>'.repeat(depth)}words`],
])('%s are read as deep as an update may go, and refused where they are deeper', (_, nested) => {
  const depthOf = (one: PageNode): number => 1 + Math.max(0, ...(one.content ?? []).map(depthOf))
  expect(depthOf(readMarkdown(nested(30)))).toBeGreaterThan(30)
  expect(() => readMarkdown(nested(70))).toThrow(InvalidContent)
  expect(() => readMarkdown(nested(70))).toThrow(/nested deeper than/)
})

test('spaces in code stay, in HTML, too', () => {
  const page = readHtml('<p>\n  x <code>a  b </code> <code>c\n   d</code> y  z </p>')
  expect(textOf(page)).toBe('x a  b  c d y z')
  expect(readHtml(writeHtml(page))).toEqual(page)
})

test('a picture that stands in its address is its words', () => {
  expect(again('a ![a dot](data:image/png;base64,iVBORw0KGgo=) b\n')).toBe('a a dot b\n')
})
