/** Shared types that say what a tree says. */
import * as Y from 'yjs'
import { newText } from './text-run.ts'
import { isText, type PageNode } from './tree.ts'

export type Written =
  | { readonly kind: 'element'; readonly node: PageNode }
  | { readonly kind: 'run'; readonly nodes: readonly PageNode[] }

/** Texts beside each other are one run. */
export function writtenOf(next: readonly PageNode[]): Written[] {
  const out: Written[] = []
  let run: PageNode[] = []
  for (const one of next) {
    if (isText(one)) {
      run.push(one)
      continue
    }
    if (run.length > 0) out.push({ kind: 'run', nodes: run })
    run = []
    out.push({ kind: 'element', node: one })
  }
  if (run.length > 0) out.push({ kind: 'run', nodes: run })
  return out
}

export function created(written: Written): Y.XmlElement | Y.XmlText {
  if (written.kind === 'run') return newText(written.nodes)
  const element = new Y.XmlElement(written.node.type)
  for (const [name, value] of Object.entries(written.node.attrs ?? {}))
    if (value !== null) setAttribute(element, name, value)
  const inner = writtenOf(written.node.content ?? []).map(created)
  if (inner.length > 0) element.insert(0, inner)
  return element
}

/** Yjs' types say that attributes are text; they hold any value. */
export function setAttribute(element: Y.XmlElement, name: string, value: unknown): void {
  element.setAttribute(name, value as string)
}
