/** Where in a text somebody reads, and where that is in the text that comes in its place. */
import type { Node } from 'prosemirror-model'
import type { Mappable } from 'prosemirror-transform'
import type { EditorView } from 'prosemirror-view'

/** The first line on the screen. */
export interface ReadingPlace {
  /** A position of ProseMirror. */
  readonly position: number
  /** How far it is from the top of the window, in pixels. */
  readonly top: number
}

/** As much of the text as tells a place from others. */
const LETTERS = 48
/** Less than this is found anywhere. */
const FEW = 12

/** What is read at `top` pixels from the top of the window; null where the text begins below: there it stays in sight. */
export function readingPlace(view: EditorView, top: number): ReadingPlace | null {
  const box = view.dom.getBoundingClientRect()
  if (box.top >= top || box.bottom <= top) return null
  const found = view.posAtCoords({ left: box.left + 1, top: top + 1 })
  return found === null ? null : { position: found.pos, top: view.coordsAtPos(found.pos).top }
}

/** The same place after the steps that made `before` into `after`; null where nothing says where it is. */
export function foundAgain(
  position: number,
  { before, after, mapping }: { readonly before: Node; readonly after: Node; readonly mapping: Mappable },
): number | null {
  const mapped = mapping.mapResult(position)
  return mapped.deletedAcross ? nearest(after, wordsAt(before, position), mapped.pos) : mapped.pos
}

function wordsAt(doc: Node, position: number): string {
  const { parent, parentOffset } = doc.resolve(position)
  return lettersOf(parent).slice(parentOffset, parentOffset + LETTERS)
}

/** Where these words stand, closest to `position`. */
function nearest(doc: Node, words: string, position: number): number | null {
  if (words.length < FEW) return null
  let best: number | null = null
  doc.descendants((node, at) => {
    if (!node.isTextblock) return true
    const letters = lettersOf(node)
    for (let found = letters.indexOf(words); found >= 0; found = letters.indexOf(words, found + 1)) {
      const place = at + 1 + found
      if (best === null || Math.abs(place - position) < Math.abs(best - position)) best = place
    }
    return false
  })
  return best
}

/** One letter a position. */
function lettersOf(node: Node): string {
  return node.isTextblock ? node.textBetween(0, node.content.size, undefined, '\ufffc') : ''
}
