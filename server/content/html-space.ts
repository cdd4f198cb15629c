/** White space of HTML, as a browser shows it. */
import { isBlock, joined, type PageNode } from './tree.ts'

/**
 * Without white space at both ends and around breaks, as a browser shows it; white space across texts is one space.
 * In code every space counts.
 */
export function trimmed(found: readonly PageNode[]): PageNode[] {
  const out: PageNode[] = []
  let endsInSpace = true
  for (const child of found) {
    if (isBlock(child) || child.text === undefined) {
      if (child.type === 'hard_break') dropTrailingSpace(out)
      endsInSpace = child.type === 'hard_break' || isBlock(child)
      out.push(child)
      continue
    }
    if (isCode(child)) {
      endsInSpace = false
      out.push(child)
      continue
    }
    const words = endsInSpace ? child.text.replace(/^ +/, '') : child.text
    if (words === '') continue
    endsInSpace = words.endsWith(' ')
    out.push({ ...child, text: words })
  }
  dropTrailingSpace(out)
  return joined(out)
}

function dropTrailingSpace(out: PageNode[]): void {
  const last = out.at(-1)
  if (last?.text === undefined || isCode(last) || !last.text.endsWith(' ')) return
  const words = last.text.replace(/ +$/, '')
  out.pop()
  if (words !== '') out.push({ ...last, text: words })
  else dropTrailingSpace(out)
}

function isCode({ marks = [] }: PageNode): boolean {
  return marks.some(({ type }) => type === 'code')
}
