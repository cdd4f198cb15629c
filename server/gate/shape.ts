/**
 * Where a struct hangs, in one number: how deep, in what kind of list, and what it opens itself.
 * 0 is VOID: garbage, or something that hangs from garbage; Yjs turns whatever refers to it into garbage too.
 */
export type Shape = number

export const VOID: Shape = 0

const SOLID = 1
const KEYED = 2
const META = 4
const WITHIN = 3
const OWN = 5
const DEPTH = 128

/** What a struct opens for others to hang from: nothing, children (element, fragment), text, or another shared type. */
export const opens = { nothing: 0, nodes: 1, text: 2, other: 3 } as const
export type Opens = (typeof opens)[keyof typeof opens]

/** The root that holds a page's text, and the one that holds its title. */
export const PAGE_ROOT = 'prosemirror'
export const META_ROOT = 'meta'

/** Of a struct directly under a root. */
export function underRoot(name: string, keyed: boolean): Shape {
  const within = name === PAGE_ROOT ? opens.nodes : opens.other
  return SOLID | (keyed ? KEYED : 0) | (name === META_ROOT ? META : 0) | (within << WITHIN)
}

/** Of a struct whose parent is the shared type with this shape; VOID when that opens nothing. */
export function under(parent: Shape, keyed: boolean): Shape {
  const within = (parent >> OWN) & 3
  if (parent === VOID || within === opens.nothing) return VOID
  return SOLID | (keyed ? KEYED : 0) | (parent & META) | (within << WITHIN) | ((depthOf(parent) + 1) * DEPTH)
}

/** Of a struct that stands beside one with this shape. */
export function beside(neighbour: Shape): Shape {
  return neighbour & ~(3 << OWN)
}

export function opening(shape: Shape, what: Opens): Shape {
  return shape | (what << OWN)
}

/** Nesting of shared types above it; 0 directly under a root. */
export function depthOf(shape: Shape): number {
  return shape >> 7
}

export function isKeyed(shape: Shape): boolean {
  return (shape & KEYED) !== 0
}

export function isMeta(shape: Shape): boolean {
  return (shape & META) !== 0
}

/** The kind of list or map it stands in. */
export function withinOf(shape: Shape): number {
  return (shape >> WITHIN) & 3
}
