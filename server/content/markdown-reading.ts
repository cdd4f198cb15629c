/** GitHub's Markdown into the tree. Raw HTML in it is read like HTML; nothing in Markdown is wrong, but it may be dear. */
import type { Definition, Nodes, Parents, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { FRONT_MATTER, frontMatterOf } from '#shared/front-matter.ts'
import { markRule } from '#shared/schema/marks.ts'
import { readHtml } from './html-reading.ts'
import { trimmed } from './html-space.ts'
import { InlineTags } from './inline-tags.ts'
import { linesAsOne, saysNothing } from './line-space.ts'
import { alerts } from './markdown-alerts.ts'
import { MarkdownMeter } from './markdown-meter.ts'
import { evenPace } from './markdown-pace.ts'
import { asBlocks, filled } from './rules.ts'
import { assertShallow } from './shallow.ts'
import {
  doc,
  joined,
  MAX_DEPTH,
  mark,
  node,
  type PageMark,
  type PageNode,
  textNode,
  textOf,
  withMark,
} from './tree.ts'

/** Throws InvalidContent where `meter` finds it too dear, and where it is nested too deeply. */
export function readMarkdown(markdown: string, meter: MarkdownMeter = new MarkdownMeter()): PageNode {
  const whole = markdown.toWellFormed()
  const matter = frontMatterOf(whole)
  const source = matter?.rest ?? whole
  const tree = fromMarkdown(source, {
    extensions: [gfm(), evenPace(), meter.extensionFor(source)],
    // The transforms would make links of addresses that were written as plain words on purpose.
    mdastExtensions: gfmFromMarkdown().map((extension) => ({ ...extension, transforms: [] })),
  })
  assertShallow<Nodes>([tree], { most: MAX_DEPTH + 1, told: 'nodes', within: containersIn })
  const reader = new Reader(source)
  reader.define(tree)
  const top = matter === null ? [] : [code(matter.text, FRONT_MATTER)]
  const blocks = [...top, ...asBlocks(reader.blocks(tree))]
  const nodesIn = ({ content = [] }: PageNode) => content.filter(({ type }) => type !== 'text')
  assertShallow(blocks, { most: MAX_DEPTH, told: 'nodes', within: nodesIn })
  return doc(blocks)
}

function containersIn(one: Nodes): readonly Nodes[] {
  if (!('children' in one)) return []
  return (one.children as readonly Nodes[]).filter(({ type }) => CONTAINERS.has(type))
}

/** What blocks stand in. */
const CONTAINERS = new Set(['blockquote', 'list', 'listItem', 'footnoteDefinition'])

class Reader {
  readonly #source: string
  readonly #definitions = new Map<string, Definition>()

  constructor(source: string) {
    this.#source = source
  }

  define(parent: Nodes): void {
    for (const one of 'children' in parent ? parent.children : [])
      if (one.type === 'definition' && !this.#definitions.has(one.identifier))
        this.#definitions.set(one.identifier, one)
    for (const one of containersIn(parent)) this.define(one)
  }

  blocks(parent: Parents): PageNode[] {
    return parent.children.flatMap((child) => this.#block(child as RootContent))
  }

  #block(one: RootContent): PageNode[] {
    switch (one.type) {
      case 'paragraph':
        return this.#textblocks(one, (content) => node('paragraph', content))
      case 'heading':
        return this.#textblocks(one, (content) => node('heading', content, { level: one.depth }))
      case 'code':
        return [code(one.value, one.lang ?? null)]
      case 'thematicBreak':
        return [node('horizontal_rule')]
      case 'blockquote':
        return [this.#quote(one)]
      case 'list':
        return this.#list(one)
      case 'table':
        return [this.#table(one)]
      case 'html':
        return this.#html(one.value)
      case 'definition':
        return []
      case 'footnoteDefinition':
        return begunWith(`[^${one.label ?? one.identifier}]:`, asBlocks(this.blocks(one)))
      default:
        return [node('paragraph', joined(this.#inline([one], [])))]
    }
  }

  #textblocks(one: Parents, make: (content: readonly PageNode[]) => PageNode): PageNode[] {
    const content = this.#content(one)
    // Tags that say nothing stand in a paragraph by themselves now and then.
    return content.length === 0 && one.type === 'paragraph' ? [] : [make(content)]
  }

  #content(one: Parents): PageNode[] {
    const children = one.children as readonly RootContent[]
    const inline = this.#inline(children, [])
    // Around tags white space means as little as in HTML.
    return children.some(({ type }) => type === 'html') ? trimmed(inline) : joined(inline)
  }

  #html(value: string): PageNode[] {
    if (saysNothing(value)) return []
    return (readHtml(value).content ?? []).filter(
      ({ type, content }) => type !== 'paragraph' || content !== undefined,
    )
  }

  #quote(one: Parents): PageNode {
    const [first, ...rest] = one.children as readonly RootContent[]
    const found = first === undefined ? null : /^\[!([A-Z]+)\][ \t]*(?:\r?\n|$)/.exec(this.#raw(first))
    const alert = alerts.find(({ sign }) => sign === found?.[1])
    if (found === null || alert === undefined || first?.type !== 'paragraph')
      return filled('blockquote', asBlocks(this.blocks(one), 'blockquote'))
    const words = this.#afterMarker(first, found[0].trimEnd().length)
    const content = [
      ...(words.length === 0 ? [] : [node('paragraph', words)]),
      ...rest.flatMap((child) => this.#block(child)),
    ]
    return filled('callout', asBlocks(content, 'callout'), { kind: alert.kind })
  }

  #afterMarker(paragraph: Parents, length: number): PageNode[] {
    const inline = this.#content(paragraph)
    const [first, ...rest] = inline
    if (first?.text === undefined) return inline
    const words = first.text.slice(length).replace(/^\s+/, '')
    const kept = words === '' ? rest : [{ ...first, text: words }, ...rest]
    return kept[0]?.type === 'hard_break' ? kept.slice(1) : kept
  }

  #list(one: RootContent & { type: 'list' }): PageNode[] {
    const item = (type: string, child: (typeof one.children)[number]) => {
      const found = asBlocks(this.blocks(child), type)
      // Numbered items have no boxes on a page.
      const isWords = type === 'list_item' && typeof child.checked === 'boolean'
      const content = isWords ? begunWith(child.checked === true ? '[x]' : '[ ]', found) : found
      return filled(type, content, { checked: child.checked === true })
    }
    if (one.ordered === true)
      return [
        node(
          'ordered_list',
          one.children.map((child) => item('list_item', child)),
          { start: one.start ?? 1 },
        ),
      ]
    // Items with boxes and items without are two kinds of list.
    const lists: { isTasks: boolean; items: PageNode[] }[] = []
    for (const child of one.children) {
      const isTasks = typeof child.checked === 'boolean'
      const made = item(isTasks ? 'task_item' : 'list_item', child)
      const last = lists.at(-1)
      if (last?.isTasks === isTasks) last.items.push(made)
      else lists.push({ isTasks, items: [made] })
    }
    return lists.map(({ isTasks, items }) => node(isTasks ? 'task_list' : 'bullet_list', items))
  }

  #table(one: RootContent & { type: 'table' }): PageNode {
    const rows = one.children.map((row, index) =>
      node(
        'table_row',
        row.children.map((cell, column) => {
          const words = this.#content(cell)
          const content = [node('paragraph', words)]
          return node(index === 0 ? 'table_header' : 'table_cell', content, {
            align: one.align?.[column] ?? null,
          })
        }),
      ),
    )
    const [head, ...body] = rows
    const isEmpty = head !== undefined && textOf(head) === '' && !JSON.stringify(head).includes('"image"')
    return node('table', isEmpty && body.length > 0 ? body : rows)
  }

  #inline(children: readonly RootContent[], marks: readonly PageMark[]): PageNode[] {
    const tags = new InlineTags(
      children.map((child) => (child.type === 'html' ? child.value : null)),
      marks,
    )
    return children.flatMap((child, index) => {
      if (child.type === 'html') return tags.read(child.value, index)
      return tags.isHidden ? [] : this.#phrase(child, tags.marks)
    })
  }

  #phrase(one: RootContent, marks: readonly PageMark[]): PageNode[] {
    switch (one.type) {
      case 'text':
        return [textNode(linesAsOne(one.value), marks)]
      case 'inlineCode':
        return one.value === '' ? [] : [textNode(one.value, withMark(marks, 'code'))]
      case 'strong':
        return this.#inline(one.children, withMark(marks, 'bold'))
      case 'emphasis':
        return this.#inline(one.children, withMark(marks, 'italic'))
      case 'delete':
        return this.#inline(one.children, withMark(marks, 'strike'))
      case 'break':
        return [node('hard_break')]
      case 'link':
        return this.#link(one.children, { href: one.url, title: one.title ?? null }, marks)
      case 'linkReference': {
        const found = this.#definitions.get(one.identifier)
        if (found === undefined) return [textNode(this.#raw(one), marks)]
        return this.#link(one.children, { href: found.url, title: found.title ?? null }, marks)
      }
      case 'image':
        return image({ src: one.url, alt: one.alt ?? '', title: one.title ?? null }, marks)
      case 'imageReference': {
        const found = this.#definitions.get(one.identifier)
        return image({ src: found?.url ?? null, alt: one.alt ?? '', title: found?.title ?? null }, marks)
      }
      case 'footnoteReference':
        return [textNode(`[^${one.label ?? one.identifier}]`, marks)]
      default:
        return 'children' in one ? this.#inline(one.children as readonly RootContent[], marks) : []
    }
  }

  #link(
    children: readonly RootContent[],
    given: { href: string; title: string | null },
    marks: readonly PageMark[],
  ): PageNode[] {
    const rule = markRule('link')
    const made = rule === null ? null : mark('link', rule, given)
    if (made?.attrs?.['href'] == null) return this.#inline(children, marks)
    const inner = this.#inline(children, [...marks.filter(({ type }) => type !== 'link'), made])
    const { href } = made.attrs
    return inner.map((one) => (one.type === 'image' ? node('image', [], { ...one.attrs, href }) : one))
  }

  #raw({ position }: Nodes): string {
    return this.#source.slice(position?.start.offset ?? 0, position?.end.offset ?? 0)
  }
}

function image(given: Readonly<Record<string, unknown>>, marks: readonly PageMark[]): PageNode[] {
  const made = node('image', [], given)
  if (made.attrs?.['src'] != null) return [made]
  const alt = String(given['alt'] ?? '')
  return alt === '' ? [] : [textNode(alt, marks)]
}

function code(text: string, language: string | null): PageNode {
  return node('code_block', text === '' ? [] : [textNode(text)], { language })
}

/** These blocks, with words before those of the first. */
function begunWith(words: string, [first, ...rest]: readonly PageNode[]): PageNode[] {
  if (first?.type !== 'paragraph' || first.content === undefined)
    return [node('paragraph', [textNode(words)]), ...(first === undefined ? [] : [first]), ...rest]
  return [node('paragraph', joined([textNode(`${words} `), ...first.content])), ...rest]
}
