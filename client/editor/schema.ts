/**
 * The document schema as ProseMirror needs it: the rules of shared/schema with their DOM forms.
 * Attributes reach a node from other people's browsers without passing a parser, so every form here reads them
 * through their rule again and is safe whatever a node holds.
 */
import { type DOMOutputSpec, type MarkSpec, type Node, type NodeSpec, Schema } from 'prosemirror-model'
import type { Attribute } from '#shared/schema/attribute.ts'
import { type MarkName, marks } from '#shared/schema/marks.ts'
import { type NodeName, type NodeRule, nodes } from '#shared/schema/nodes.ts'
import { markForms, nodeForms } from './forms.ts'

export type { MarkName, NodeName }

/** Stand in a view for what this version does not know. They are never written into a document. */
export const placeholders = { block: 'unknown_block', inline: 'unknown_inline' } as const

const roles: Partial<Record<NodeName, string>> = {
  table: 'table',
  table_row: 'row',
  table_cell: 'cell',
  table_header: 'header_cell',
}

export function createSchema(): Schema {
  const nodeSpecs: Record<string, NodeSpec> = {
    doc: { content: 'block+' },
    text: { group: 'inline' },
  }
  for (const name of Object.keys(nodes) as NodeName[]) nodeSpecs[name] = nodeSpec(name)
  nodeSpecs[placeholders.block] = placeholder(false)
  nodeSpecs[placeholders.inline] = placeholder(true)
  const markSpecs: Record<string, MarkSpec> = {}
  for (const name of Object.keys(marks) as MarkName[]) markSpecs[name] = markSpec(name)
  return new Schema({ nodes: nodeSpecs, marks: markSpecs })
}

function nodeSpec(name: NodeName): NodeSpec {
  const rule: NodeRule = nodes[name]
  const role = roles[name]
  return {
    ...(rule.content === undefined ? {} : { content: rule.content }),
    ...(rule.group === undefined ? {} : { group: rule.group }),
    ...(rule.marks === undefined ? {} : { marks: rule.marks }),
    ...(rule.inline ? { inline: true } : {}),
    ...(role === undefined ? {} : { tableRole: role }),
    ...(role === 'cell' || role === 'header_cell' || role === 'table' ? { isolating: true } : {}),
    ...(name === 'code_block' ? { code: true } : {}),
    ...(definesItself.has(name) ? { defining: true } : {}),
    ...(name === 'hard_break' ? { linebreakReplacement: true, selectable: false } : {}),
    ...(name === 'mention' ? { draggable: true } : {}),
    attrs: attributeSpecs(rule.attributes),
    ...nodeForms[name],
  }
}

/** Pasting into one of these keeps it, even when its whole text is replaced. */
const definesItself: ReadonlySet<NodeName> = new Set([
  'heading',
  'blockquote',
  'code_block',
  'list_item',
  'task_item',
  'callout',
])

function markSpec(name: MarkName): MarkSpec {
  const rule: { excludes?: string; inclusive?: false; attributes: Readonly<Record<string, Attribute>> } =
    marks[name]
  return {
    ...(rule.excludes === undefined ? {} : { excludes: rule.excludes }),
    ...(rule.inclusive === undefined ? {} : { inclusive: rule.inclusive }),
    ...(name === 'code' ? { code: true } : {}),
    attrs: attributeSpecs(rule.attributes),
    ...markForms[name],
  }
}

function attributeSpecs(attributes: Readonly<Record<string, Attribute>>) {
  const specs: Record<string, { default: unknown; validate: (value: unknown) => void }> = {}
  for (const [name, attribute] of Object.entries(attributes)) {
    specs[name] = {
      default: attribute.default,
      validate: (value) => {
        if (JSON.stringify(attribute.read(value)) !== JSON.stringify(value))
          throw new RangeError(`not a value for ${name}: ${JSON.stringify(value)}`)
      },
    }
  }
  return specs
}

function placeholder(inline: boolean): NodeSpec {
  return {
    group: inline ? 'inline' : 'block',
    inline,
    atom: true,
    selectable: false,
    attrs: { text: { default: '' } },
    toDOM: (node: Node): DOMOutputSpec => [
      inline ? 'span' : 'div',
      { class: 'unknown', contenteditable: 'false', title: 'Made by a newer version of Vellum' },
      String(node.attrs['text']) || '…',
    ],
  }
}
