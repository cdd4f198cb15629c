/** The text of a version, to be read: shown by the editor's own schema, moved on by the smallest steps. */
import type { Node } from 'prosemirror-model'
import { EditorState, Plugin, PluginKey } from 'prosemirror-state'
import { Decoration, DecorationSet, EditorView } from 'prosemirror-view'
import { allowedPictures } from '#client/app/pictures.ts'
import { content } from '#client/editor/content.css.ts'
import { lists } from '#client/editor/lists.css.ts'
import { pictureView } from '#client/editor/picture.ts'
import { createSchema } from '#client/editor/schema.ts'
import { showing } from '#client/editor/showing.ts'
import { tables } from '#client/editor/tables.css.ts'
import { TaskItem } from '#client/editor/task-item.ts'
import { type Author, hueOf } from './authors.ts'
import { type Marked, type MarkedChange, readMarked } from './marked.ts'
import { foundAgain, readingPlace } from './reading-place.ts'

/** Changes without a letter between them are one place to look at. */
interface Place {
  readonly from: number
  readonly to: number
}

interface Marks {
  readonly drawn: DecorationSet
  readonly visited: DecorationSet
}

const marksKey = new PluginKey<Marks>('vellum-version')
const NONE: Marks = { drawn: DecorationSet.empty, visited: DecorationSet.empty }

export class VersionView {
  readonly #view: EditorView
  readonly #top: () => number
  readonly #schema = createSchema()
  #places: readonly Place[] = []
  #visited = -1

  /** Draws into `mount` until it is closed. `top`: where the text comes into sight, in pixels from the window's top. */
  constructor(mount: HTMLElement, top: () => number) {
    this.#top = top
    for (const { styleSheet } of [content, lists, tables])
      if (styleSheet !== undefined && !document.adoptedStyleSheets.includes(styleSheet))
        document.adoptedStyleSheets.push(styleSheet)
    const marks = new Plugin<Marks>({
      key: marksKey,
      state: {
        init: () => NONE,
        apply: (tr, now) => (tr.getMeta(marksKey) as Marks | undefined) ?? now,
      },
      props: {
        decorations(state) {
          const { drawn, visited } = marksKey.getState(state) ?? NONE
          return drawn.add(state.doc, visited.find())
        },
      },
    })
    this.#view = new EditorView(
      { mount },
      {
        state: EditorState.create({ schema: this.#schema, plugins: [marks] }),
        editable: () => false,
        attributes: { role: 'document', 'aria-label': 'Text of this version', tabindex: '0' },
        nodeViews: {
          task_item: (node, view, position) => new TaskItem(node, view, position),
          image: pictureView(allowedPictures()),
        },
      },
    )
  }

  /** How many places changed. Throws RangeError for content this page does not know. */
  show(content: unknown, authorOf: (author: string) => Author): number {
    const marked = readMarked(this.#schema, content)
    const { state } = this.#view
    const tr = this.#leading(marked.doc)
    const drawn = DecorationSet.create(marked.doc, decorations(marked, authorOf))
    tr.setMeta(marksKey, { drawn, visited: DecorationSet.empty })
    const read = readingPlace(this.#view, this.#top())
    this.#view.updateState(state.apply(tr))
    const position =
      read && foundAgain(read.position, { before: state.doc, after: tr.doc, mapping: tr.mapping })
    // What is read stays where it is while the text above it changes.
    if (read !== null && position !== null)
      window.scrollBy(0, this.#view.coordsAtPos(position).top - read.top)
    this.#places = placesOf(marked.changes)
    this.#visited = -1
    return this.#places.length
  }

  /** Scrolls the next place that changed, or the one before, into the middle; goes round at the ends. */
  visit(step: 1 | -1): number {
    const count = this.#places.length
    if (count === 0) return -1
    const from = this.#visited < 0 && step < 0 ? 0 : this.#visited
    this.#visited = (from + step + count) % count
    const place = this.#places[this.#visited]
    if (place === undefined) return -1
    const { state } = this.#view
    const here = Decoration.inline(place.from, place.to, { class: 'visited' })
    const marks = marksKey.getState(state) ?? NONE
    const visited = DecorationSet.create(state.doc, [here])
    this.#view.updateState(state.apply(state.tr.setMeta(marksKey, { drawn: marks.drawn, visited })))
    this.#elementAt(place.from)?.scrollIntoView({ block: 'center' })
    return this.#visited
  }

  /** Whether some place that changed is on the screen. */
  get showsChange(): boolean {
    return [...this.#view.dom.querySelectorAll('.came, .went')].some((element) => {
      const { top, bottom } = element.getBoundingClientRect()
      return bottom > 0 && top < window.innerHeight
    })
  }

  focus(): void {
    this.#view.dom.focus({ preventScroll: true })
  }

  close(): void {
    this.#view.destroy()
  }

  #leading(doc: Node) {
    const { state } = this.#view
    try {
      return showing(state, doc, () => null)
    } catch {
      // No small steps lead there, as where something stands in a place of its own: all of it is shown anew.
      return state.tr.replaceWith(0, state.doc.content.size, doc.content)
    }
  }

  #elementAt(position: number): Element | null {
    const { node, offset } = this.#view.domAtPos(position)
    const found = node.childNodes[offset] ?? node
    return found instanceof Element ? found : found.parentElement
  }
}

function decorations({ doc, changes }: Marked, authorOf: (author: string) => Author): Decoration[] {
  return changes.flatMap((change) => {
    const author = authorOf(change.author)
    const look = {
      class: `${change.kind === 'inserted' ? 'came' : 'went'} ${hueOf(author)}`,
      title: titleOf(change, author),
    }
    const isBlock = change.isNode && doc.nodeAt(change.from)?.isBlock === true
    if (isBlock) return Decoration.node(change.from, change.to, { ...look, class: `${look.class} whole` })
    return Decoration.inline(change.from, change.to, {
      ...look,
      nodeName: change.kind === 'inserted' ? 'ins' : 'del',
    })
  })
}

function titleOf({ kind }: MarkedChange, { name }: Author): string {
  return kind === 'inserted' ? `Written by ${name}` : `Deleted by ${name}`
}

function placesOf(changes: readonly MarkedChange[]): readonly Place[] {
  const out: Place[] = []
  for (const { from, to } of changes) {
    const last = out.at(-1)
    // From the end of one block to the beginning of the next are two positions.
    if (last !== undefined && from <= last.to + 2)
      out[out.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else out.push({ from, to })
  }
  return out
}
