/** A page with marks of what changed, taken apart: the page itself, and where in it something came or went. */
import { Node, type Schema } from 'prosemirror-model'
import { nodeRule } from '#shared/schema/nodes.ts'

export interface MarkedChange {
  readonly kind: 'inserted' | 'deleted'
  readonly author: string
  /** Positions of ProseMirror. */
  readonly from: number
  readonly to: number
  /** A node of its own rather than text in one. */
  readonly isNode: boolean
}

export interface Marked {
  readonly doc: Node
  /** In the order of the text. */
  readonly changes: readonly MarkedChange[]
}

interface Json {
  readonly type?: unknown
  readonly text?: unknown
  readonly content?: readonly Json[]
  readonly marks?: readonly { readonly type?: unknown; readonly attrs?: { readonly author?: unknown } }[]
}

/** Throws RangeError for what this page does not know. */
export function readMarked(schema: Schema, content: unknown): Marked {
  const changes: MarkedChange[] = []
  const plain = strip((content ?? {}) as Json, { at: -1, changes })
  return { doc: Node.fromJSON(schema, plain.json), changes: joined(changes) }
}

interface Walk {
  /** Where the node begins; the page itself begins before its first position. */
  readonly at: number
  readonly changes: MarkedChange[]
}

function strip(node: Json, { at, changes }: Walk): { readonly json: Json; readonly size: number } {
  const change = node.marks?.find(({ type }) => type === 'inserted' || type === 'deleted')
  const marks = node.marks?.filter((mark) => mark.type !== 'inserted' && mark.type !== 'deleted')
  const isText = typeof node.text === 'string'
  const mine = changes.length
  let size = isText ? String(node.text).length : 1
  const content: Json[] = []
  for (const child of node.content ?? []) {
    const inner = strip(child, { at: at + size, changes })
    content.push(inner.json)
    size += inner.size
  }
  if (!isText && (node.content !== undefined || !isLeaf(node))) size += 1
  if (change !== undefined)
    changes.splice(mine, 0, {
      kind: change.type === 'inserted' ? 'inserted' : 'deleted',
      author: String(change.attrs?.author ?? ''),
      from: at,
      to: at + size,
      isNode: !isText,
    })
  const { marks: _, content: __, ...rest } = node
  return {
    json: {
      ...rest,
      ...(node.content === undefined ? {} : { content }),
      ...(marks === undefined || marks.length === 0 ? {} : { marks }),
    },
    size,
  }
}

function isLeaf({ type }: Json): boolean {
  return typeof type === 'string' && nodeRule(type) !== null && nodeRule(type)?.content === undefined
}

/** Pieces of text beside each other that one author wrote, however they are styled. */
function joined(changes: readonly MarkedChange[]): readonly MarkedChange[] {
  const out: MarkedChange[] = []
  for (const change of changes) {
    const last = out.at(-1)
    const goesOn = last !== undefined && !last.isNode && !change.isNode && last.to === change.from
    if (goesOn && last.kind === change.kind && last.author === change.author)
      out[out.length - 1] = { ...last, to: change.to }
    else out.push(change)
  }
  return out
}
