/** What a document that comes from a file is called: its first heading, its `title`, or the name of its file. */
import { basename } from 'node:path'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { parseFragment } from 'parse5'
import type { Format } from '#server/content/port.ts'
import { frontMatterOf, titleIn } from '#shared/front-matter.ts'
import { maxTitleLength } from '#shared/schema/document.ts'

/** Where a heading that names the document is looked for. */
const LOOKED_AT = 8_192

export function titleOf(format: Format, content: Uint8Array, path: string): string {
  const start = new TextDecoder().decode(content.subarray(0, LOOKED_AT))
  const found = format === 'markdown' ? headingOf(start) : format === 'html' ? titleTag(start) : null
  const title = (found ?? basename(path).replace(/\.[^.]*$/, '')).replace(/\s+/g, ' ').trim()
  return title.slice(0, maxTitleLength).toWellFormed()
}

/** What its front matter calls it, or the words of a heading of the first level that everything stands under. */
function headingOf(markdown: string): string | null {
  const matter = frontMatterOf(markdown)
  const title = matter === null ? null : titleIn(matter)
  if (title !== null) return title
  const [first] = fromMarkdown(matter?.rest ?? markdown).children
  if (first?.type !== 'heading' || first.depth !== 1) return null
  return wordsOf(first) || null
}

function wordsOf(node: object): string {
  if ('value' in node && typeof node.value === 'string') return node.value
  return 'children' in node && Array.isArray(node.children) ? node.children.map(wordsOf).join('') : ''
}

function titleTag(html: string): string | null {
  const found = /<title[^>]*>([^<]*)<\/title>/i.exec(html)?.[1]
  if (found === undefined) return null
  const [text] = parseFragment(found).childNodes
  return text !== undefined && 'value' in text ? text.value.trim() || null : null
}
