/** Blocks that one wrote in and another left out: they are put back where they were, without what stood beside them. */
import * as Y from 'yjs'
import { Replica } from '#server/history/replica.ts'
import { CONTENT_ROOT } from '#shared/schema/document.ts'
import { created } from './creating.ts'
import { blockOf } from './meeting.ts'
import { readPage } from './reading.ts'
import type { PageNode } from './tree.ts'

/** Where each is, outermost element first. */
export type Path = readonly Y.XmlElement[]

/**
 * Puts blocks of text back into `root` which are gone from it, as they are in the document that `updates` make. Call it
 * inside of a transaction.
 */
export function keepBlocks(
  root: Y.XmlFragment,
  paths: readonly Path[],
  updates: readonly Uint8Array[],
): void {
  if (paths.length === 0) return
  const nodes = nodesIn(updates)
  const nodeOf = (element: Y.XmlElement | null) => nodes.get(keyOf(element)) ?? null
  const byTop = new Map<Y.XmlElement, { parent: Y.XmlFragment; blocks: Set<PageNode> }>()
  for (const path of paths) {
    const first = path.findIndex(({ _item }) => _item?.deleted === true)
    const top = path[first]
    const block = nodeOf(blockOf(path))
    if (top === undefined || block === null) continue
    const found = byTop.get(top) ?? { parent: path[first - 1] ?? root, blocks: new Set() }
    found.blocks.add(block)
    byTop.set(top, found)
  }
  for (const [top, { parent, blocks }] of byTop) {
    const node = nodeOf(top)
    const kept = node === null ? null : pruned(node, blocks)
    if (kept !== null) parent.insert(placeOf(top, parent), [created({ kind: 'element', node: kept })])
  }
}

function nodesIn(updates: readonly Uint8Array[]): ReadonlyMap<string, PageNode> {
  const replica = new Replica(null)
  replica.apply(updates.map((update) => ({ update })))
  const { page, sources } = readPage(replica.doc.getXmlFragment(CONTENT_ROOT))
  const out = new Map<string, PageNode>()
  const learn = (node: PageNode): void => {
    const element = sources.get(node)
    if (element !== undefined) out.set(keyOf(element), node)
    for (const child of node.content ?? []) learn(child)
  }
  learn(page)
  return out
}

/** The same in every copy of a document. */
function keyOf(element: Y.XmlElement | null): string {
  const id = element?._item?.id
  return id === undefined ? '' : `${id.client}:${id.clock}`
}

/** A node with these blocks alone; null where it has none. */
function pruned(node: PageNode, blocks: ReadonlySet<PageNode>): PageNode | null {
  if (blocks.has(node)) return node
  const content = (node.content ?? []).flatMap((child) => pruned(child, blocks) ?? [])
  return content.length === 0 ? null : { ...node, content }
}

/** Behind what stands before it and is still there. */
function placeOf(gone: Y.XmlElement, parent: Y.XmlFragment): number {
  let item = gone._item?.left ?? null
  while (item?.deleted) item = item.left
  const before = item?.content instanceof Y.ContentType ? item.content.type : null
  return before === null ? 0 : (parent.toArray() as readonly unknown[]).indexOf(before) + 1
}
