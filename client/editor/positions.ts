/** Places in the text that keep their meaning while others write: Yjs relative positions, and back. */
import type { Node } from 'prosemirror-model'
import { type Selection, TextSelection } from 'prosemirror-state'
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition } from 'y-prosemirror'
import type * as Y from 'yjs'
import type { Mapping } from './reading.ts'

export interface Source {
  readonly doc: Y.Doc
  readonly fragment: Y.XmlFragment
  readonly mapping: Mapping
}

export interface Anchored {
  readonly anchor: Y.RelativePosition
  readonly head: Y.RelativePosition
}

/** A text selection as relative positions; null for other selections, or where the document has none to offer. */
export function anchor(source: Source, selection: Selection): Anchored | null {
  if (!(selection instanceof TextSelection)) return null
  try {
    return { anchor: relative(source, selection.anchor), head: relative(source, selection.head) }
  } catch {
    // A place in a part that exists only on the screen (an empty document) has no counterpart.
    return null
  }
}

/** Where `anchored` is now, in a document that was read with `source.mapping`; null when it is gone. */
export function resolve(
  source: Source,
  anchored: Anchored,
  size: number,
): { anchor: number; head: number } | null {
  const anchor = absolute(source, anchored.anchor, size)
  const head = absolute(source, anchored.head, size)
  return anchor === null || head === null ? null : { anchor, head }
}

/** The same, as a selection in `doc`. */
export function selectionAt(source: Source, anchored: Anchored, doc: Node): Selection | null {
  const at = resolve(source, anchored, doc.content.size)
  return at && TextSelection.between(doc.resolve(at.anchor), doc.resolve(at.head))
}

function relative({ fragment, mapping }: Source, position: number): Y.RelativePosition {
  return absolutePositionToRelativePosition(position, fragment, mapping)
}

function absolute({ doc, fragment, mapping }: Source, position: Y.RelativePosition, size: number) {
  try {
    const found = relativePositionToAbsolutePosition(doc, fragment, position, mapping)
    return found === null ? null : Math.min(size, Math.max(0, found))
  } catch {
    // It names a type that is not in the mapping, or an id this document has never seen.
    return null
  }
}
