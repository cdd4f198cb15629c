/** In what Markdown that went through a page may differ from what it was, and whether it differs in that alone. */
import type { Nodes, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { type Shown, shownBy } from './shown-words.ts'

/** Every kind of difference there may be, and why. */
export const kinds = {
  reference: 'An address stands where it is used: a page has no list of addresses.',
  comment: 'Comments are nothing that is read.',
  html: 'Raw HTML becomes what it means, as far as a page has it: its words, links and pictures are the same.',
  nesting: 'Marks are a set on a page: they nest in one order, whichever they were nested in.',
  alert: 'A page has four kinds of callouts: what is important is a note.',
  softBreak: 'A line end within a paragraph is a space.',
  looseness: 'Items have an empty line between them where their blocks need it.',
} as const

export type Kind = keyof typeof kinds

interface Block {
  readonly line: number
  readonly form: string
  readonly hasHtml: boolean
  readonly one: RootContent
}

/** One sentence for each difference of no kind, with its place; those of a kind are counted in `counts`. */
export function differences(before: string, after: string, counts: Map<Kind, number>): readonly string[] {
  const from = new Forms(parsed(before), (kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1))
  const to = new Forms(parsed(after), () => undefined)
  const found: string[] = []
  for (const { was, is } of gaps(from.blocks, to.blocks)) {
    const place = `line ${was[0]?.line ?? '?'} (then line ${is[0]?.line ?? '?'})`
    if (!was.some(({ hasHtml }) => hasHtml)) {
      found.push(
        `${place}: ${was.map(({ form }) => form).join('\n  ')}\nbecame ${is.map(({ form }) => form).join('\n  ')}`,
      )
      continue
    }
    const [meant, said] = [shownBy(was.map(from.node)), shownBy(is.map(to.node))]
    for (const part of ['words', 'links', 'pictures'] as const)
      if (JSON.stringify(meant[part]) !== JSON.stringify(said[part]))
        found.push(`${place}: the ${part} ${told(meant, part)} became ${told(said, part)}`)
  }
  return found
}

function told(shown: Shown, part: keyof Shown): string {
  return JSON.stringify(shown[part])
}

function parsed(markdown: string): Nodes & { type: 'root' } {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: gfmFromMarkdown() })
}

type Marks = readonly string[]
type Run = Readonly<Record<string, unknown>> & { readonly text?: string; readonly marks?: Marks }

const ORDER = ['link', 'strong', 'emphasis', 'delete', 'inlineCode']

/** What the blocks of a text are, without what is noted as a difference of a kind. */
class Forms {
  readonly blocks: readonly Block[]
  readonly #note: (kind: Kind) => void
  readonly #addresses = new Map<string, { readonly url: string; readonly title: string | null }>()

  constructor(root: Nodes & { type: 'root' }, note: (kind: Kind) => void) {
    this.#note = note
    this.#define(root)
    this.blocks = root.children.flatMap((one) => {
      const form = this.#block(one)
      if (form === null) return []
      return [
        { line: one.position?.start.line ?? 0, form: JSON.stringify(form), hasHtml: holdsHtml(one), one },
      ]
    })
  }

  /** As it stands, with addresses instead of references. */
  readonly node = ({ one }: Block): RootContent => this.#resolved(one)

  #define(one: Nodes): void {
    if (one.type === 'definition' && !this.#addresses.has(one.identifier))
      this.#addresses.set(one.identifier, { url: one.url, title: one.title ?? null })
    for (const child of childrenOf(one)) this.#define(child)
  }

  #resolved(one: RootContent): RootContent {
    if (one.type === 'linkReference' || one.type === 'imageReference') {
      const found = this.#addresses.get(one.identifier) ?? { url: '', title: null }
      return one.type === 'imageReference'
        ? { type: 'image', alt: one.alt ?? '', ...found }
        : { type: 'link', ...found, children: one.children.map((child) => this.#resolved(child) as never) }
    }
    if (!('children' in one)) return one
    return { ...one, children: one.children.map((child) => this.#resolved(child)) } as RootContent
  }

  #block(one: RootContent): unknown {
    switch (one.type) {
      case 'definition':
        return this.#noted('reference', null)
      case 'html':
        if (/^\s*(?:<!--[\s\S]*?-->\s*)+$/.test(one.value)) return this.#noted('comment', null)
        return this.#noted('html', { html: one.value })
      case 'paragraph':
        return { paragraph: this.#runs(one) }
      case 'heading':
        return { heading: one.depth, runs: this.#runs(one) }
      case 'code':
        return { code: one.value, language: one.lang, meta: one.meta }
      case 'list':
        if (one.spread === true) this.#note('looseness')
        return {
          list: one.ordered === true ? (one.start ?? 1) : null,
          items: one.children.map((child) => ({ checked: child.checked, blocks: this.#within(child) })),
        }
      case 'table': {
        const rows = one.children.map((row) => row.children.map((cell) => this.#runs(cell)))
        return { table: one.align, rows }
      }
      case 'blockquote':
        return { quote: this.#within(this.#alert(one)) }
      case 'footnoteDefinition':
        return { footnote: one.identifier, blocks: this.#within(one) }
      default:
        return { [one.type]: this.#within(one) }
    }
  }

  #alert(quote: Nodes): Nodes {
    const [first] = childrenOf(quote)
    const [words] = first === undefined ? [] : childrenOf(first)
    if (words?.type !== 'text' || !words.value.startsWith('[!IMPORTANT]')) return quote
    words.value = words.value.replace('[!IMPORTANT]', '[!NOTE]')
    return this.#noted('alert', quote)
  }

  #within(one: Nodes): unknown[] {
    return childrenOf(one).flatMap((child) => {
      const form = this.#block(child as RootContent)
      return form === null ? [] : [form]
    })
  }

  #runs(one: Nodes): Run[] {
    const runs: Run[] = []
    for (const run of childrenOf(one).flatMap((child) => this.#run(child as RootContent, []))) {
      const last = runs.at(-1)
      if (run.text !== undefined && last?.text !== undefined && last.marks?.join() === run.marks?.join())
        runs[runs.length - 1] = { ...last, text: last.text + run.text }
      else runs.push(run)
    }
    return runs
  }

  #run(one: RootContent, marks: Marks): Run[] {
    switch (one.type) {
      case 'text':
        if (one.value.includes('\n')) this.#note('softBreak')
        return [{ text: one.value.replace(/[ \t]*\r?\n[ \t]*/g, ' '), marks }]
      case 'inlineCode':
        return [{ text: one.value, marks: this.#with(marks, 'inlineCode') }]
      case 'strong':
      case 'emphasis':
      case 'delete':
        return this.#each(one, this.#with(marks, one.type))
      case 'link':
        return this.#link(one, one.url, marks)
      case 'linkReference':
        this.#note('reference')
        return this.#link(one, this.#addresses.get(one.identifier)?.url ?? '', marks)
      case 'image':
        return [this.#picture(one.url, one.alt ?? '', marks)]
      case 'imageReference':
        this.#note('reference')
        return [this.#picture(this.#addresses.get(one.identifier)?.url ?? '', one.alt ?? '', marks)]
      case 'footnoteReference':
        return [{ call: one.identifier }]
      case 'html':
        this.#note(one.value.startsWith('<!--') ? 'comment' : 'html')
        return [{ html: one.value }]
      default:
        return [{ [one.type]: true }]
    }
  }

  #each(one: Nodes, marks: Marks): Run[] {
    return childrenOf(one).flatMap((child) => this.#run(child as RootContent, marks))
  }

  #link(one: Nodes, url: string, marks: Marks): Run[] {
    return this.#each(one, this.#with(marks, `link ${url}`))
  }

  #picture(url: string, alt: string, marks: Marks): Run {
    const href = marks.find((one) => one.startsWith('link')) ?? null
    return { image: url, alt, href }
  }

  #with(marks: Marks, added: string): Marks {
    const place = (one: string) => ORDER.indexOf(one.split(' ', 1)[0] ?? '')
    if (marks.some((one) => place(one) >= place(added))) this.#note('nesting')
    return [...new Set([...marks, added])].sort((a, b) => place(a) - place(b))
  }

  #noted<T>(kind: Kind, form: T): T {
    this.#note(kind)
    return form
  }
}

function childrenOf(one: Nodes): readonly Nodes[] {
  return 'children' in one ? one.children : []
}

function holdsHtml(one: Nodes): boolean {
  return one.type === 'html' || childrenOf(one).some(holdsHtml)
}

/** Where two rows of blocks are not the same, by the longest row that both share. */
function* gaps(
  from: readonly Block[],
  to: readonly Block[],
): Generator<{ readonly was: readonly Block[]; readonly is: readonly Block[] }> {
  const shared = Array.from({ length: from.length + 1 }, () => new Uint32Array(to.length + 1))
  const at = (row: number, column: number) => shared[row]?.[column] ?? 0
  const isSame = (row: number, column: number) => from[row]?.form === to[column]?.form
  for (let row = from.length - 1; row >= 0; row--)
    for (let column = to.length - 1; column >= 0; column--) {
      const best = isSame(row, column)
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1))
      shared[row]?.fill(best, column, column + 1)
    }
  let [was, is]: [Block[], Block[]] = [[], []]
  for (let row = 0, column = 0; row < from.length || column < to.length; ) {
    if (row < from.length && column < to.length && isSame(row, column)) {
      if (was.length + is.length > 0) yield { was, is }
      was = []
      is = []
      row += 1
      column += 1
    } else if (row < from.length && at(row + 1, column) >= at(row, column + 1))
      was.push(...from.slice(row, ++row))
    else is.push(...to.slice(column, ++column))
  }
  if (was.length + is.length > 0) yield { was, is }
}
