/** What of Markdown with raw HTML in it is shown: as a browser would, with a parser of its own for neither. */
import type { Nodes, RootContent } from 'mdast'
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import { imageUrl, linkUrl } from '#shared/schema/url.ts'

export interface Shown {
  /** Without white space. */
  readonly words: string
  /** Addresses of links that hold something, in order. */
  readonly links: readonly string[]
  /** Addresses and words of pictures, in order. */
  readonly pictures: readonly string[]
}

/** Elements whose content is no text of a page. */
const UNSHOWN = new Set([
  'script',
  'style',
  'template',
  'svg',
  'video',
  'audio',
  'iframe',
  'select',
  'textarea',
  'title',
])

export function shownBy(blocks: readonly RootContent[]): Shown {
  const words: string[] = []
  const links: string[] = []
  const pictures: string[] = []
  const walk = (one: DefaultTreeAdapterTypes.ChildNode, href: string | null): void => {
    if (one.nodeName === '#text' && 'value' in one) {
      const bare = one.value.replace(/\s+/g, '')
      words.push(bare)
      if (href !== null && bare !== '' && links.at(-1) !== href) links.push(href)
    }
    if (!('tagName' in one) || UNSHOWN.has(one.tagName)) return
    const given = new Map(one.attrs.map(({ name, value }) => [name, value]))
    if (one.tagName === 'img') {
      const src = imageUrl(given.get('src'))
      if (src === null) words.push((given.get('alt') ?? '').replace(/\s+/g, ''))
      else pictures.push(`${src} ${given.get('alt') ?? ''}`)
      if (href !== null && links.at(-1) !== href) links.push(href)
    }
    const led = one.tagName === 'a' ? (linkUrl(given.get('href')) ?? null) : href
    for (const child of one.childNodes) walk(child, led)
  }
  for (const child of parseFragment(blocks.map(htmlOf).join('\n\n')).childNodes) walk(child, null)
  return { words: words.join(''), links, pictures }
}

function htmlOf(one: Nodes): string {
  if (one.type === 'html') return one.value
  if (one.type === 'image') return `<img src="${escaped(one.url)}" alt="${escaped(one.alt ?? '')}">`
  if (one.type === 'footnoteReference') return `[^${one.identifier}]`
  if ('value' in one) return escaped(one.value)
  const inner = 'children' in one ? one.children.map(htmlOf).join('') : ''
  return one.type === 'link' ? `<a href="${escaped(one.url)}">${inner}</a>` : `${inner}\n`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
