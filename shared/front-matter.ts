/** What stands between two lines of `---` at the very top of Markdown: a code block of this language on a page. */

export const FRONT_MATTER = 'front-matter'

export interface FrontMatter {
  readonly text: string
  /** What follows it. */
  readonly rest: string
}

const BEGIN = /^\uFEFF?---[ \t]*\r?\n/
/** The first of it names a value: a line of words is a heading, underlined. */
const NAMES = /^(?:[ \t]*(?:#.*)?\r?\n)*["']?[\w.-]+["']?:(?:[ \t]|\r?\n)/

/** Null where there is none. */
export function frontMatterOf(markdown: string): FrontMatter | null {
  const begin = BEGIN.exec(markdown)?.[0].length ?? 0
  if (begin === 0 || !NAMES.test(markdown.slice(begin, begin + 4_096))) return null
  for (let at = begin; at < markdown.length; ) {
    const lineEnd = markdown.indexOf('\n', at)
    const end = lineEnd < 0 ? markdown.length : lineEnd
    const line = markdown.slice(at, end)
    const next = lineEnd < 0 ? end : end + 1
    if (isEnd(line)) return { text: bare(markdown.slice(begin, at)), rest: markdown.slice(next) }
    at = next
  }
  return null
}

/** Whether this comes back as it is when it is written so. */
export function isFrontMatter(text: string): boolean {
  return frontMatterOf(`---\n${text}\n---\n`)?.text === text
}

/** What it says the document is called; null where it does not. */
export function titleIn({ text }: FrontMatter): string | null {
  const found = /^title:[ \t]+(.+)$/m.exec(text)?.[1]?.trim() ?? ''
  const quoted = /^(["'])(.*)\1$/.exec(found)?.[2]
  return (quoted ?? found) || null
}

function isEnd(line: string): boolean {
  return /^(?:---|\.\.\.)[ \t\r]*$/.test(line)
}

function bare(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/\n$/, '')
}
