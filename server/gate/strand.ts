/** One client's structs on their way through the gate. */
import * as Y from 'yjs'
import type { Solid, Struct } from './decode.ts'
import type { List } from './runs.ts'
import type { Shape } from './shape.ts'

/** A struct that may enter, from `offset` on: what lies before is known already. */
export interface Kept {
  readonly struct: Solid
  readonly offset: number
  readonly shape: Shape
  readonly list: List
}

export class Strand {
  readonly client: number
  readonly structs: readonly Struct[]
  /** What the document knew before: clocks below are there. */
  readonly known: number
  /** One past the last clock offered. */
  readonly end: number
  /** One past the last clock that is known or kept. */
  reach: number
  /** Index of the first struct not decided yet. */
  next = 0
  /** What stops it for good, if anything does. */
  stopped: 'no' | 'gap' | 'foreign' = 'no'
  readonly kept: Kept[] = []

  constructor(client: number, structs: readonly Struct[], known: number) {
    this.client = client
    this.structs = structs
    this.known = known
    this.reach = known
    const last = structs[structs.length - 1]
    this.end = last === undefined ? 0 : last.id.clock + last.length
  }

  keep(kept: Kept): void {
    this.kept.push(kept)
    this.reach = kept.struct.id.clock + kept.struct.length
  }

  /** What was kept for a clock that was not known before. */
  keptAt(clock: number): Kept | undefined {
    let low = 0
    let high = this.kept.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const kept = this.kept[middle]
      if (kept !== undefined && kept.struct.id.clock + kept.struct.length <= clock) low = middle + 1
      else high = middle
    }
    const found = this.kept[low]
    return found !== undefined && found.struct.id.clock + found.offset <= clock ? found : undefined
  }
}

/** Whether an item's content is already gone, so that there is nothing in it to compare. */
export function isGone(struct: Struct): boolean {
  return !(struct instanceof Y.Item) || struct.content instanceof Y.ContentDeleted
}
