/** Tags of HTML among the words of a paragraph of Markdown: what they mark, by the names HTML is read by. */
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import { markRule } from '#shared/schema/marks.ts'
import { DROPPED, MARKS } from './html-names.ts'
import { readHtml } from './html-reading.ts'
import { mark, node, type PageMark, type PageNode, withMark } from './tree.ts'

const START = /^<([a-z][a-z\d-]*)/i
const END = /^<\/([a-z][a-z\d-]*)/i

/** `tags` are all that stand beside each other in one paragraph, mark or link, by their places. */
export class InlineTags {
  readonly #outer: readonly PageMark[]
  readonly #open = new Map<string, number>()
  readonly #lastEnds = new Map<string, number>()
  #link: PageMark | null = null
  #marks: readonly PageMark[]
  /** The element that is never shown and is open, and where it ends at last. */
  #hidden: string | null = null

  /** `outer` are the marks around all of them. */
  constructor(tags: readonly (string | null)[], outer: readonly PageMark[]) {
    this.#outer = outer
    this.#marks = outer
    for (const [index, tag] of tags.entries()) {
      const name = tag === null ? null : nameOf(END, tag)
      if (name !== null) this.#lastEnds.set(name, index)
    }
  }

  /** What words that stand here carry. */
  get marks(): readonly PageMark[] {
    return this.#marks
  }

  /** Whether what stands here is never shown. */
  get isHidden(): boolean {
    return this.#hidden !== null
  }

  /** The tag at this place, and what it puts there: a break, a picture, or nothing. */
  read(tag: string, index: number): PageNode[] {
    const end = nameOf(END, tag)
    if (end !== null) this.#close(end)
    const start = nameOf(START, tag)
    if (start === null || this.isHidden) return []
    // Without an end it would take all the words that follow.
    if (DROPPED.has(start)) {
      if ((this.#lastEnds.get(start) ?? -1) > index) this.#hidden = start
      return []
    }
    if (start === 'br') return [node('hard_break')]
    if (start === 'img') return this.#led(readHtml(tag).content?.[0]?.content ?? [])
    if (start === 'a') this.#link = linkOf(tag)
    else if (MARKS.has(start)) this.#open.set(start, (this.#open.get(start) ?? 0) + 1)
    this.#mark()
    return []
  }

  #close(name: string): void {
    if (this.#hidden !== null) {
      if (this.#hidden === name) this.#hidden = null
      return
    }
    if (name === 'a') this.#link = null
    const count = this.#open.get(name) ?? 0
    if (count > 0) this.#open.set(name, count - 1)
    this.#mark()
  }

  #mark(): void {
    const link = this.#link
    this.#marks = link === null ? this.#outer : [...this.#outer.filter(({ type }) => type !== 'link'), link]
    for (const [name, count] of this.#open)
      if (count > 0) this.#marks = withMark(this.#marks, MARKS.get(name) ?? '')
  }

  /** Pictures carry no marks, but lead somewhere. */
  #led(content: readonly PageNode[]): PageNode[] {
    const href = this.#link?.attrs?.['href']
    if (href === undefined) return [...content]
    return content.map((one) => (one.type === 'image' ? node('image', [], { ...one.attrs, href }) : one))
  }
}

function nameOf(shape: RegExp, tag: string): string | null {
  return shape.exec(tag)?.[1]?.toLowerCase() ?? null
}

/** Null for what is no link, or leads where none may. */
function linkOf(tag: string): PageMark | null {
  const rule = markRule('link')
  const element = parseFragment(tag).childNodes.find(
    (child): child is DefaultTreeAdapterTypes.Element => 'tagName' in child,
  )
  const given = Object.fromEntries((element?.attrs ?? []).map(({ name, value }) => [name, value]))
  if (rule === null || given['href'] === undefined) return null
  const made = mark('link', rule, { href: given['href'], title: given['title'] ?? null })
  return made.attrs?.['href'] == null ? null : made
}
