/** Where a struct would hang, and whether a page has a place for it there. */

import * as Y from 'yjs'
import { metaKeys, SCHEMA_VERSION } from '#shared/schema/document.ts'
import { parentOf } from './decode.ts'
import { Refusal } from './refusal.ts'
import { areSame, type List, listIn, listInRoot, NO_LIST } from './runs.ts'
import {
  beside,
  isKeyed,
  META_ROOT,
  type Opens,
  opening,
  opens,
  PAGE_ROOT,
  type Shape,
  under,
  underRoot,
  VOID,
  withinOf,
} from './shape.ts'
import type { Stripped } from './verdict.ts'

export interface Place {
  readonly shape: Shape
  readonly list: List
  /** What is wrong with it in a page; null where nothing is. */
  readonly foreign: Stripped | null
  /** The root it names, if it names one. */
  readonly root: string | null
}

/** Where a page says which schema its writers knew. */
const SCHEMA = listInRoot(META_ROOT, metaKeys.schemaVersion)

const NOWHERE: Place = { shape: VOID, list: NO_LIST, foreign: null, root: null }

/** Answers for every id that is known or kept. */
export interface Ground {
  shapeAt(id: Y.ID): Shape
  listAt(id: Y.ID): List
}

/** `cut`: its first clocks are known, so it follows them. Throws Refusal for neighbours that are none. */
export function placeOf(item: Y.Item, cut: Y.ID | null, page: boolean, ground: Ground): Place {
  const { rightOrigin } = item
  const origin = cut ?? item.origin
  const left = origin === null ? null : ground.shapeAt(origin)
  const right = rightOrigin === null ? null : ground.shapeAt(rightOrigin)
  if (left === VOID || right === VOID) return NOWHERE
  let shape: Shape
  let list: List
  let root: string | null = null
  if (left !== null || right !== null) {
    shape = beside(left ?? right ?? VOID)
    list = siblings(origin, rightOrigin, ground)
  } else {
    const parent = parentOf(item)
    const keyed = item.parentSub !== null
    if (parent instanceof Y.ID) {
      shape = under(ground.shapeAt(parent), keyed)
      list = listIn(parent.client, parent.clock, item.parentSub)
    } else if (parent !== null) {
      root = parent
      shape = underRoot(parent, keyed)
      list = listInRoot(parent, item.parentSub)
      if (page && parent !== PAGE_ROOT && parent !== META_ROOT) return { ...NOWHERE, foreign: 'foreign-root' }
    } else return NOWHERE
  }
  if (shape === VOID) return NOWHERE
  if (page && !belongs(item, shape, list)) return { shape, list, foreign: 'foreign-content', root }
  return { shape: opening(shape, openedBy(item)), list, foreign: null, root }
}

/** Neighbours in two lists would tie the lists together: sooner or later every reader's Yjs throws. */
function siblings(origin: Y.ID | null, rightOrigin: Y.ID | null, ground: Ground): List {
  const left = origin === null ? null : ground.listAt(origin)
  const right = rightOrigin === null ? null : ground.listAt(rightOrigin)
  if (left !== null && right !== null && !areSame(left, right))
    throw Refusal.malformed('an item stands between two that are no siblings')
  return left ?? right ?? NO_LIST
}

function openedBy(item: Y.Item): Opens {
  const { content } = item
  if (!(content instanceof Y.ContentType)) return opens.nothing
  const { type } = content
  if (type instanceof Y.XmlText) return opens.text
  if (type instanceof Y.XmlFragment) return opens.nodes
  return opens.other
}

/**
 * Whether a page has a place for this content here: elements and texts among nodes, characters and marks in text,
 * plain values under keys. Anything else makes a binding throw for every reader, or means nothing to it.
 */
function belongs(item: Y.Item, shape: Shape, list: List): boolean {
  const { content } = item
  const within = withinOf(shape)
  if (isKeyed(shape)) {
    if (item.parentSub === '__proto__') return false
    if (content instanceof Y.ContentAny && areSame(list, SCHEMA)) return content.arr.every(isOurSchema)
    // Attributes of the fragment itself and keys of other roots are nobody's.
    return content instanceof Y.ContentDeleted || (content instanceof Y.ContentAny && isPlain(content.arr))
  }
  if (content instanceof Y.ContentDeleted) return true
  if (content instanceof Y.ContentString) return within === opens.text
  if (content instanceof Y.ContentFormat) return within === opens.text && content.key !== '__proto__'
  if (!(content instanceof Y.ContentType)) return false
  const { type } = content
  return within === opens.nodes && (type instanceof Y.XmlText || type instanceof Y.XmlElement)
}

/**
 * Nobody who writes through this server knows a newer schema than it does; who says so would have every page, and the
 * API, keep from writing for good.
 */
function isOurSchema(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= SCHEMA_VERSION
}

/** Bytes inside a value have no place in an attribute. */
function isPlain(value: unknown): boolean {
  if (value instanceof Uint8Array) return false
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isPlain)
}
