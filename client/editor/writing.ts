/** From what the editor shows to the shared document: the difference, and nothing else. */
import type { Node } from 'prosemirror-model'
import { updateYFragment } from 'y-prosemirror'
import type * as Y from 'yjs'
import type { Mapping } from './reading.ts'

/** Makes `fragment` hold what `doc` holds. Call it inside a transaction, with the mapping `doc` grew from. */
export function writeFragment(fragment: Y.XmlFragment, doc: Node, mapping: Mapping): void {
  if (fragment.doc === null) throw new RangeError('the fragment belongs to no document')
  updateYFragment(fragment.doc, fragment, doc, { mapping, isOMark: new Map() })
}
