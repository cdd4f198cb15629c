/** Where one client's structs hang, run by run from clock 0: a long text is one run. */
import { type Shape, VOID } from './shape.ts'

/**
 * The list of siblings a struct stands in: the children of a shared type, or the values one key of it had.
 * A type is named by its struct; a root by its name, and client -1.
 */
export interface List {
  readonly client: number
  readonly clock: number
  /** The key, '' for children; of a root the length of its name, a colon, its name, and the key. */
  readonly name: string
}

export const NO_LIST: List = { client: -1, clock: 0, name: '' }

/** Keys are told from children by what stands before them. */
export function listIn(client: number, clock: number, key: string | null): List {
  return { client, clock, name: key === null ? '' : `=${key}` }
}

export function listInRoot(root: string, key: string | null): List {
  return { client: -1, clock: 0, name: `${root.length}:${root}${key === null ? '' : `=${key}`}` }
}

export function areSame(a: List, b: List): boolean {
  return a === b || (a.client === b.client && a.clock === b.clock && a.name === b.name)
}

export class Runs {
  readonly starts: number[]
  readonly shapes: Shape[]
  readonly lists: List[]

  constructor(starts: number[] = [], shapes: Shape[] = [], lists: List[] = []) {
    this.starts = starts
    this.shapes = shapes
    this.lists = lists
  }

  /** `clock` must not be below what was pushed before. */
  push(clock: number, shape: Shape, list: List): void {
    const last = this.shapes.length - 1
    if (this.shapes[last] === shape && areSame(this.lists[last] ?? NO_LIST, list)) return
    this.starts.push(clock)
    this.shapes.push(shape)
    this.lists.push(list)
  }

  shapeAt(clock: number): Shape {
    return this.shapes[this.#index(clock)] ?? VOID
  }

  listAt(clock: number): List {
    return this.lists[this.#index(clock)] ?? NO_LIST
  }

  #index(clock: number): number {
    const { starts } = this
    let high = starts.length - 1
    if ((starts[high] ?? 0) <= clock) return high
    let low = 0
    while (low < high - 1) {
      const middle = (low + high) >>> 1
      if ((starts[middle] ?? 0) <= clock) low = middle
      else high = middle
    }
    return low
  }
}
