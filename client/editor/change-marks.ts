/** Marks over what others changed. They stay on their words while the text goes on, until they are taken away. */
import { Plugin, PluginKey, TextSelection } from 'prosemirror-state'
import { Decoration, DecorationSet, type EditorView } from 'prosemirror-view'
import { hear } from './unheard.ts'

/** A place of the text that is another than it was: positions of ProseMirror. */
export interface Change {
  readonly kind: 'inserted' | 'changed' | 'deleted'
  readonly from: number
  /** Equal to `from` where something was deleted. */
  readonly to: number
}

interface Marks {
  readonly places: DecorationSet
  /** Where the place begins that was gone to last; -1 before the first. */
  readonly visited: number
}

const changeMarksKey = new PluginKey<Marks>('vellum-changes')
const none: Marks = { places: DecorationSet.empty, visited: -1 }

/** Marks these places, and takes away what was marked before. */
export function markChanges(view: EditorView, changes: readonly Change[]): void {
  hear(view)
  const places = DecorationSet.create(view.state.doc, changes.map(decoration))
  view.dispatch(view.state.tr.setMeta(changeMarksKey, { places, visited: -1 }))
}

/**
 * Puts the focus and the caret at the next marked place, in the middle of the window; the first comes after the last.
 * False where nothing is marked.
 */
export function goToNextChange(view: EditorView): boolean {
  hear(view)
  const { places, visited } = changeMarksKey.getState(view.state) ?? none
  const begins = places.find().map(({ from }) => from)
  if (begins.length === 0) return false
  const later = begins.filter((from) => from > visited)
  const next = Math.min(...(later.length > 0 ? later : begins))
  const tr = view.state.tr.setSelection(TextSelection.near(view.state.doc.resolve(next)))
  view.dom.focus({ preventScroll: true })
  view.dispatch(tr.setMeta(changeMarksKey, { places, visited: next }))
  const { node } = view.domAtPos(view.state.selection.from)
  const element = node instanceof Element ? node : node.parentElement
  element?.scrollIntoView({ block: 'center' })
  return true
}

export function changeMarks(): Plugin {
  return new Plugin<Marks>({
    key: changeMarksKey,
    state: {
      init: () => none,
      apply: (tr, { places, visited }) =>
        (tr.getMeta(changeMarksKey) as Marks | undefined) ?? {
          places: places.map(tr.mapping, tr.doc),
          visited: visited < 0 ? visited : tr.mapping.map(visited),
        },
    },
    props: { decorations: (state) => changeMarksKey.getState(state)?.places },
  })
}

function decoration({ kind, from, to }: Change): Decoration {
  if (kind === 'inserted') return Decoration.inline(from, to, { class: 'change inserted', role: 'insertion' })
  if (kind === 'changed') return Decoration.node(from, to, { class: 'change changed' })
  return Decoration.widget(from, deletion, { key: 'deletion', side: -1, ignoreSelection: true })
}

function deletion(): HTMLElement {
  const element = document.createElement('span')
  element.className = 'change deleted'
  element.setAttribute('aria-hidden', 'true')
  return element
}
