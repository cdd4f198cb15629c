/** Which nodes fit into which, from the content expressions of the schema; and making strays fit. */
import { type NodeRule, nodeRule } from '#shared/schema/nodes.ts'
import { isInline, isText, node, type PageNode, textOf } from './tree.ts'

/** What may stand in a node of this type (`doc` for the whole page): names of nodes, groups, or `text`. */
export function allowedIn(parent: string): readonly string[] {
  const expression = parent === 'doc' ? 'block+' : (nodeRule(parent)?.content ?? '')
  return expression
    .replaceAll(/[()*+]/g, '')
    .split('|')
    .map((name) => name.trim())
    .filter(Boolean)
}

export function fits(parent: string, child: PageNode): boolean {
  const rule: NodeRule | null = nodeRule(child.type)
  return allowedIn(parent).some(
    (name) =>
      name === child.type || (rule !== null && name === rule.group) || (isText(child) && name === 'inline'),
  )
}

export function needsContent(parent: string): boolean {
  return parent === 'doc' || (nodeRule(parent)?.content ?? '').endsWith('+')
}

export function holdsInline(parent: string): boolean {
  return allowedIn(parent).some((name) => name === 'inline' || name === 'text')
}

/** A node with what an empty one of its type must hold. */
export function filled(type: string, content: readonly PageNode[], attrs = {}): PageNode {
  const [first] = allowedIn(type)
  if (content.length > 0 || !needsContent(type) || first === undefined) return node(type, content, attrs)
  return node(type, [filled(first === 'block' ? 'paragraph' : first, [])], attrs)
}

/** Blocks out of whatever a parser found: what is inline gets a paragraph, what needs a parent is unwrapped. */
export function asBlocks(found: readonly PageNode[], parent = 'doc'): PageNode[] {
  const blocks: PageNode[] = []
  let inline: PageNode[] = []
  const flush = () => {
    if (inline.some((one) => !isText(one) || textOf(one).trim() !== ''))
      blocks.push(node('paragraph', inline))
    inline = []
  }
  for (const one of found) {
    if (isInline(one)) {
      inline.push(one)
      continue
    }
    flush()
    if (fits(parent, one)) blocks.push(one)
    else blocks.push(...asBlocks(one.content ?? [], parent))
  }
  flush()
  return blocks
}
