/** Footnotes are words on a page, as they are written: `[^1]` where one is called, `[^1]: …` where it stands. */

/** Labels that are written without a backslash. */
const LABEL = String.raw`\[\^([^\s[\]\\^]{1,100})\]`
const CALL = new RegExp(`(?<!!)${LABEL}(?!:)`, 'g')

/** What words of a footnote follow, and a footnote without any. */
export const FOOTNOTE = new RegExp(`^${LABEL}: `)
export const EMPTY_FOOTNOTE = new RegExp(`^${LABEL}:$`)

/** Where footnotes are called in words, and the words between. */
export function callsIn(words: string): readonly ({ readonly words: string } | { readonly label: string })[] {
  const out: ({ readonly words: string } | { readonly label: string })[] = []
  let at = 0
  for (const found of words.matchAll(CALL)) {
    if (found.index > at) out.push({ words: words.slice(at, found.index) })
    out.push({ label: found[1] ?? '' })
    at = found.index + found[0].length
  }
  if (at < words.length) out.push({ words: words.slice(at) })
  return out
}
