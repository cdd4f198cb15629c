/** Local steps that were made before others' changes were shown, made again after them. */
import type { Node } from 'prosemirror-model'
import { Mapping, type Step, Transform } from 'prosemirror-transform'
import { narrow } from './narrow.ts'

export interface Undoable {
  readonly step: Step
  readonly inverted: Step
}

export interface Rebased {
  readonly doc: Node
  /** From positions in what was shown to positions in `doc`. */
  readonly mapping: Mapping
}

/** The steps of a transform, each with what takes it back. */
export function undoable({ steps, docs }: Transform): Undoable[] {
  return steps.flatMap((step, index) => {
    const before = docs[index]
    return before === undefined ? [] : [{ step, inverted: step.invert(before) }]
  })
}

/** From `shown`, which `steps` led to, to `target` with the same steps in it. Steps whose place is gone are left out. */
export function rebase(shown: Node, steps: readonly Undoable[], target: Node): Rebased {
  const transform = new Transform(shown)
  for (const { inverted } of [...steps].reverse()) transform.step(inverted)
  narrow(transform, target)
  const mapping = new Mapping(transform.mapping.maps.slice())
  let undone = steps.length
  for (const { step } of steps) {
    const mapped = step.map(mapping.slice(undone))
    undone--
    // The step made again restores the positions that taking it back had dropped.
    if (mapped !== null && transform.maybeStep(mapped).failed === null)
      mapping.appendMap(mapped.getMap(), undone)
  }
  return { doc: transform.doc, mapping }
}
