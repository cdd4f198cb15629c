/** The carets and selections of others, and one's own in presence. */
import { type EditorState, Plugin, PluginKey } from 'prosemirror-state'
import { Decoration, DecorationSet, type EditorView } from 'prosemirror-view'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { anchor, resolve, type Source } from './positions.ts'
import { readCursor, readPerson, writeCursor } from './presence.ts'
import { FROM_DOCUMENT } from './showing.ts'
import { hear } from './unheard.ts'

export interface CaretOptions {
  readonly awareness: Awareness
  readonly source: Source
  /** How long a name stays beside a caret that has moved. */
  readonly nameMs: number
}

/** More carets than this are not drawn: each costs every keystroke a little. */
const MAX_CARETS = 50

const caretsKey = new PluginKey<DecorationSet>('vellum-carets')

export function carets(options: CaretOptions): Plugin {
  const { awareness, source } = options
  /** When each person's caret last moved, and where it was: a fact of the screen, not of the document. */
  const moved = new Map<number, { at: string; until: number }>()

  const draw = (state: EditorState): DecorationSet => {
    const decorations: Decoration[] = []
    for (const [client, presence] of awareness.getStates()) {
      if (client === awareness.clientID || decorations.length >= 2 * MAX_CARETS) continue
      const cursor = readCursor(presence)
      const place = cursor && resolve(source, cursor, state.doc.content.size)
      if (!place) continue
      const person = readPerson(presence)
      const named = (moved.get(client)?.until ?? 0) > performance.now()
      decorations.push(
        Decoration.widget(place.head, () => caret(person.name, person.color, named), {
          key: `${client} ${person.color} ${named} ${person.name}`,
          side: 10,
          ignoreSelection: true,
        }),
      )
      if (place.anchor !== place.head)
        decorations.push(
          Decoration.inline(Math.min(place.anchor, place.head), Math.max(place.anchor, place.head), {
            class: `person-selection person-${person.color}`,
          }),
        )
    }
    return DecorationSet.create(state.doc, decorations)
  }

  return new Plugin<DecorationSet>({
    key: caretsKey,
    state: {
      init: (_, state) => draw(state),
      apply: (tr, old, _, state) =>
        tr.getMeta(caretsKey) === true || tr.getMeta(FROM_DOCUMENT) === true
          ? draw(state)
          : old.map(tr.mapping, tr.doc),
    },
    props: { decorations: (state) => caretsKey.getState(state) },
    view: (view) => follow(view, { ...options, moved }),
  })
}

interface Follow extends CaretOptions {
  readonly moved: Map<number, { at: string; until: number }>
}

function follow(view: EditorView, { awareness, source, nameMs, moved }: Follow) {
  let drawing: ReturnType<typeof setTimeout> | null = null
  const draw = () => {
    if (view.isDestroyed) return
    hear(view)
    view.dispatch(view.state.tr.setMeta(caretsKey, true))
  }
  const redraw = () => {
    drawing = null
    draw()
  }
  const redrawIn = (ms: number) => {
    if (drawing !== null) clearTimeout(drawing)
    drawing = setTimeout(redraw, ms)
  }
  const onPresence = ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>) => {
    for (const client of removed) moved.delete(client)
    for (const client of [...added, ...updated]) {
      if (client === awareness.clientID) continue
      const at = JSON.stringify(writeCursor(readCursor(awareness.getStates().get(client))))
      if (moved.get(client)?.at !== at) moved.set(client, { at, until: performance.now() + nameMs })
    }
    if ([...added, ...updated, ...removed].every((client) => client === awareness.clientID)) return
    draw()
    redrawIn(nameMs + 50)
  }
  const say = () => {
    // Focus in the toolbar is not leaving: the caret stays where others saw it.
    if (!view.hasFocus()) return
    const cursor = anchor(source, view.state.selection)
    const said = readCursor(awareness.getLocalState())
    if (cursor === null || (said !== null && equal(said, cursor))) return
    awareness.setLocalStateField('cursor', writeCursor(cursor))
  }
  awareness.on('change', onPresence)
  view.dom.addEventListener('focus', say)
  // The view may have got other plugins, which ends all of them and begins them anew.
  say()
  return {
    update: say,
    destroy: () => {
      if (drawing !== null) clearTimeout(drawing)
      awareness.off('change', onPresence)
      view.dom.removeEventListener('focus', say)
      if (awareness.getLocalState()?.['cursor']) awareness.setLocalStateField('cursor', null)
    },
  }
}

function equal(
  a: { anchor: Y.RelativePosition; head: Y.RelativePosition },
  b: { anchor: Y.RelativePosition; head: Y.RelativePosition },
): boolean {
  return Y.compareRelativePositions(a.anchor, b.anchor) && Y.compareRelativePositions(a.head, b.head)
}

function caret(name: string, color: number, named: boolean): HTMLElement {
  const element = document.createElement('span')
  element.className = `person-caret person-${color}${named ? ' named' : ''}`
  element.setAttribute('aria-hidden', 'true')
  const label = document.createElement('span')
  label.className = 'person-name'
  label.textContent = name
  element.append(label)
  return element
}
