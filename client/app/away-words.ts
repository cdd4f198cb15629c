/** What is said of the time away. Pure. */
import type { Meanwhile } from './away.ts'
import { changes } from './saving.ts'

const MOST_NAMES = 3
/** "Back online. 14 of your changes were sent. Ana and others changed 3 paragraphs while you were away." */
export function awayWords(
  { sent, authors, blocks, title }: Omit<Meanwhile, 'since'>,
  names: ReadonlyMap<number, string>,
): string {
  const known = new Set<string>()
  let unknown = authors.size === 0
  for (const client of authors) {
    const name = names.get(client)
    if (name === undefined) unknown = true
    else known.add(name)
  }
  const list = new Intl.ListFormat('en')
  const listed = [...known].sort((a, b) => a.localeCompare(b)).slice(0, MOST_NAMES)
  const others = unknown || known.size > MOST_NAMES
  const who = listed.length === 0 ? 'Others' : list.format(others ? [...listed, 'others'] : listed)
  const what = [
    ...(title ? ['the title'] : []),
    ...(blocks > 0 ? [blocks === 1 ? '1 paragraph' : `${blocks.toLocaleString()} paragraphs`] : []),
  ]
  const yours = sent === 0 ? '' : sent === 1 ? ' Your change was sent.' : ` Your ${changes(sent)} were sent.`
  return `Back online.${yours} ${who} changed ${list.format(what)} while you were away.`
}
