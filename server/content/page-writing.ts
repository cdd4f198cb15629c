/**
 * The smallest edit that makes a shared page read as a tree: what can go on is kept and changed inside, so that who
 * writes in it at the same time loses nothing. A text that is gone is emptied rather than taken away: somebody may be
 * typing in it.
 */
import * as Y from 'yjs'
import { equalPairs, fillGaps, type Pair } from './align.ts'
import { created, setAttribute, type Written, writtenOf } from './creating.ts'
import { readText, type Sources } from './reading.ts'
import { SaidWords } from './said-words.ts'
import { empty, isPlain, writeRun } from './text-run.ts'
import { isTextblock, joined, type PageNode, textNode, textOf } from './tree.ts'
import { keyOf, type Vocabulary } from './vocabulary.ts'

export interface PageWriting {
  readonly page: PageNode
  readonly sources: Sources
  readonly words: Vocabulary
  /** What was written with what the format cannot say of what is there; null where that cannot go on as it. */
  readonly withUnsaid: (kept: PageNode, written: PageNode) => PageNode | null
  /** How a block reads once it was written in the format and read again: no block, one, or several. */
  readonly asWritten: (block: PageNode) => readonly PageNode[]
}

/** Call it inside of a transaction. */
export function writePage(fragment: Y.XmlFragment, written: PageNode, writing: PageWriting): void {
  const writer = new Writer(writing)
  writer.top(fragment, written.content ?? [])
}

type Kept =
  | { readonly kind: 'element'; readonly element: Y.XmlElement; readonly node: PageNode }
  | { readonly kind: 'run'; readonly texts: readonly Y.XmlText[]; readonly nodes: readonly PageNode[] }

class Writer {
  readonly #format: Vocabulary
  readonly #asWritten: PageWriting['asWritten']
  readonly #withUnsaid: PageWriting['withUnsaid']
  readonly #nodes = new Map<Y.XmlElement, PageNode>()
  readonly #words = new WeakMap<PageNode, SaidWords>()

  constructor({ page, sources, words, asWritten, withUnsaid }: PageWriting) {
    this.#format = words
    this.#asWritten = asWritten
    this.#withUnsaid = withUnsaid
    const walk = (one: PageNode): void => {
      const element = sources.get(one)
      if (element !== undefined) this.#nodes.set(element, one)
      for (const child of one.content ?? []) walk(child)
    }
    walk(page)
  }

  top(fragment: Y.XmlFragment, next: readonly PageNode[]): void {
    const kept = this.#keptIn(fragment)
    const written = writtenOf(next)
    const now = written.map((one) => this.#key(one))
    const said = new Set(now)
    // A block may read as several in this format, or as none; one that is there as it is has not been read otherwise.
    const pieces = kept.map((one) => {
      const own = this.#key(one)
      if (one.kind === 'run' || said.has(own)) return [own]
      return this.#asWritten(one.node).map((block) => this.#key({ kind: 'element', node: block }))
    })
    // A format that says nothing of any block says nothing against them.
    const [only, ...others] = next
    if (
      pieces.length > 0 &&
      pieces.every(({ length }) => length === 0) &&
      others.length === 0 &&
      isBlank(only)
    )
      return
    const units = pieces.flatMap((keys, block) => keys.map((key, index) => ({ key, block, index })))
    const found = equalPairs(
      units.map(({ key }) => key),
      now,
    )
    const byBlock = new Map<number, Pair[]>()
    for (const pair of found) {
      const block = units[pair.old]?.block ?? -1
      byBlock.set(block, [...(byBlock.get(block) ?? []), pair])
    }
    const anchors: Pair[] = []
    const taken = new Set<number>()
    for (const [block, pairs] of byBlock) {
      const first = pairs[0]?.new ?? 0
      const isWhole =
        pairs.length === pieces[block]?.length && pairs.every((pair, index) => pair.new === first + index)
      if (!isWhole) continue
      for (const pair of pairs) taken.add(pair.new)
      anchors.push({ old: block, new: first, same: true })
    }
    const silent = new Set(pieces.flatMap((keys, block) => (keys.length === 0 ? [block] : [])))
    this.#write(fragment, { kept, written, anchors, silent, taken, isTop: true })
  }

  #children(parent: Y.XmlFragment, next: readonly PageNode[]): void {
    const kept = this.#keptIn(parent)
    const written = writtenOf(next)
    const anchors = equalPairs(
      kept.map((one) => this.#key(one)),
      written.map((one) => this.#key(one)),
    )
    const taken = new Set(anchors.map((pair) => pair.new))
    this.#write(parent, { kept, written, anchors, silent: new Set(), taken, isTop: false })
  }

  #write(
    parent: Y.XmlFragment,
    plan: {
      readonly kept: readonly Kept[]
      readonly written: readonly Written[]
      readonly anchors: readonly Pair[]
      /** Blocks the format says nothing of: they stay beside what stays. */
      readonly silent: ReadonlySet<number>
      /** What of `written` is there already. */
      readonly taken: ReadonlySet<number>
      readonly isTop: boolean
    },
  ): void {
    const { kept, written, anchors, silent, taken, isTop } = plan
    const likeness = (old: number, now: number) =>
      silent.has(old) || taken.has(now) ? 0 : this.#likeness(kept[old], written[now])
    const signs = {
      old: (index: number) => (silent.has(index) ? [] : this.#said(kept[index]).signs()),
      now: (index: number) => (taken.has(index) ? [] : this.#said(written[index]).signs()),
    }
    const found = fillGaps({ old: kept.length, new: written.length }, anchors, { likeness, signs })
    const pairs = found.filter(
      ({ old, new: now, same }) => same || this.#goesOn(kept[old], written[now], isTop),
    )
    const staying = new Set(pairs.map(({ old }) => old))
    const stays = (index: number) =>
      staying.has(index) || (silent.has(index) && isBeside(index, kept.length, silent, staying))
    for (let index = kept.length - 1; index >= 0; index--)
      if (!stays(index)) this.#remove(parent, kept[index])
    // In order of the new: each is put behind the one that stays before it.
    const keptBy = new Map(pairs.map(({ old, new: now }) => [now, old]))
    let behind = -1
    let run: Written[] = []
    const flush = () => {
      if (run.length > 0) parent.insert(placeBehind(parent, kept[behind]), run.map(created))
      run = []
    }
    for (const [index, one] of written.entries()) {
      const old = keptBy.get(index)
      if (old === undefined && !taken.has(index)) run.push(one)
      else if (old !== undefined) {
        flush()
        behind = old
      }
    }
    flush()
  }

  #keptIn(parent: Y.XmlFragment): Kept[] {
    const out: Kept[] = []
    let run: Y.XmlText[] = []
    let emptied: Y.XmlText[] = []
    const flush = () => {
      const nodes = joined(run.flatMap(readText))
      if (nodes.length > 0) out.push({ kind: 'run', texts: run, nodes })
      else if (run.length > 0) emptied = run
      run = []
    }
    for (const child of parent.toArray() as readonly unknown[]) {
      if (child instanceof Y.XmlText && isPlain(child)) run.push(child)
      else {
        flush()
        const node = child instanceof Y.XmlElement ? this.#nodes.get(child) : undefined
        // What this version does not know is left alone.
        if (child instanceof Y.XmlElement && node !== undefined)
          out.push({ kind: 'element', element: child, node })
      }
    }
    flush()
    // Texts that were emptied are there and not seen; they are used again where text is all there is.
    if (out.length === 0 && emptied.length > 0) out.push({ kind: 'run', texts: emptied, nodes: [] })
    return out
  }

  #key(one: Kept | Written): string {
    if (one.kind === 'element') return keyOf(one.node, this.#format)
    return keyOf({ type: 'run', content: one.nodes }, this.#format)
  }

  #likeness(kept: Kept | undefined, written: Written | undefined): number {
    if (kept === undefined || written === undefined || kept.kind !== written.kind) return 0
    if (kept.kind === 'run' || written.kind === 'run') return 1
    if (!this.#format.isAlike(kept.node, written.node)) return 0
    // A little for the kind alone: what is rewritten whole goes on in its place.
    return 0.1 + this.#said(kept).sharedWith(this.#said(written))
  }

  #said(one: Kept | Written | undefined): SaidWords {
    const nodes = one === undefined ? [] : one.kind === 'run' ? one.nodes : [one.node]
    const [first] = nodes
    const known = first === undefined ? undefined : this.#words.get(first)
    const said = known ?? new SaidWords(nodes.map(textOf).join(''))
    if (first !== undefined) this.#words.set(first, said)
    return said
  }

  /** Changes one into the other, where it can be. */
  #goesOn(kept: Kept | undefined, written: Written | undefined, isTop: boolean): boolean {
    if (!isTop || kept?.kind !== 'element' || written?.kind !== 'element') {
      this.#pair(kept, written)
      return true
    }
    const node = this.#withUnsaid(kept.node, written.node)
    // It stands only where it is read again as what was written.
    const isSaid = node !== null && (node === written.node || this.#says(node, written.node))
    if (!isSaid && !isTextblock(kept.node) && kept.node.type !== written.node.type) return false
    this.#pair(kept, { kind: 'element', node: isSaid ? node : written.node })
    return true
  }

  #says(node: PageNode, written: PageNode): boolean {
    const [only, ...others] = this.#asWritten(node)
    if (only === undefined || others.length > 0) return false
    return this.#key({ kind: 'element', node: only }) === this.#key({ kind: 'element', node: written })
  }

  #pair(kept: Kept | undefined, written: Written | undefined): void {
    if (kept?.kind === 'run' && written?.kind === 'run') writeRun(kept.texts, written.nodes, this.#format)
    if (kept?.kind !== 'element' || written?.kind !== 'element') return
    const { element, node } = kept
    for (const [name, value] of Object.entries(written.node.attrs ?? {})) {
      if (node.type !== written.node.type || !this.#format.saysAttribute(node.type, name)) continue
      if (JSON.stringify(node.attrs?.[name]) === JSON.stringify(value)) continue
      if (value === null) element.removeAttribute(name)
      else setAttribute(element, name, value)
    }
    const isSame =
      this.#key({ kind: 'element', node: { type: '', content: node.content ?? [] } }) ===
      this.#key({ kind: 'element', node: { type: '', content: written.node.content ?? [] } })
    if (isSame) return
    // Lines of plain text that go on as code are lines of code.
    const isCode = node.type === 'code_block' && written.node.type !== 'code_block'
    const text = textOf(written.node)
    this.#children(element, isCode ? (text === '' ? [] : [textNode(text)]) : (written.node.content ?? []))
  }

  #remove(parent: Y.XmlFragment, kept: Kept | undefined): void {
    if (kept?.kind === 'run') empty(kept.texts)
    else if (kept !== undefined) {
      const index = (parent.toArray() as readonly unknown[]).indexOf(kept.element)
      if (index >= 0) parent.delete(index, 1)
    }
  }
}

function isBlank(one: PageNode | undefined): boolean {
  return one === undefined || (one.type === 'paragraph' && one.content === undefined)
}

function isBeside(
  index: number,
  length: number,
  silent: ReadonlySet<number>,
  staying: ReadonlySet<number>,
): boolean {
  for (let left = index - 1; left >= 0; left--)
    if (!silent.has(left)) {
      if (staying.has(left)) return true
      break
    }
  for (let right = index + 1; right < length; right++) if (!silent.has(right)) return staying.has(right)
  return false
}

function placeBehind(parent: Y.XmlFragment, kept: Kept | undefined): number {
  if (kept === undefined) return 0
  const last = kept.kind === 'run' ? kept.texts.at(-1) : kept.element
  return (parent.toArray() as readonly unknown[]).indexOf(last) + 1
}
