/** The tree as plain text: blocks with an empty line between them, lines within; and plain text as paragraphs. */
import { asBlocks } from './rules.ts'
import { doc, isTextblock, joined, node, type PageNode, textNode, textOf } from './tree.ts'

export function writeText(page: PageNode): string {
  const blocks = (page.content ?? []).map(lines).filter((text) => text !== '')
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`
}

function lines(block: PageNode): string {
  if (isTextblock(block))
    return textOf(block)
      .replace(/\n{2,}/g, '\n\n')
      .replace(/^\n+|\n+$/g, '')
  if (block.type === 'table_row') return (block.content ?? []).map(lines).join('\t')
  return (block.content ?? [])
    .map(lines)
    .filter((text) => text !== '')
    .join('\n')
}

/** Empty lines part paragraphs; other line feeds are breaks in them. */
export function readText(text: string): PageNode {
  const paragraphs = text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/^\n+|\n+$/g, ''))
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) =>
      node(
        'paragraph',
        joined(
          paragraph
            .split('\n')
            .flatMap((line, index) => [...(index === 0 ? [] : [node('hard_break')]), textNode(line)]),
        ),
      ),
    )
  return doc(asBlocks(paragraphs))
}
