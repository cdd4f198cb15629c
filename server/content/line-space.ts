/** White space around the ends of lines, found without looking at any of it twice. */

/** Line ends, and the blanks at both their sides, as one space each. */
export function linesAsOne(text: string): string {
  if (!text.includes('\n')) return text
  const lines = text.split('\n')
  return lines
    .map((line, index) => {
      const isLast = index === lines.length - 1
      let from = 0
      let to = !isLast && line.endsWith('\r') ? line.length - 1 : line.length
      if (index > 0) while (from < to && isBlank(line, from)) from += 1
      if (!isLast) while (to > from && isBlank(line, to - 1)) to -= 1
      return line.slice(from, to)
    })
    .join(' ')
}

/** Whether HTML is nothing but comments and white space. */
export function saysNothing(html: string): boolean {
  const rest = /\S/g
  for (let at = 0; ; ) {
    rest.lastIndex = at
    const found = rest.exec(html)
    if (found === null) return true
    if (!html.startsWith('<!--', found.index)) return false
    const end = html.indexOf('-->', found.index + 4)
    if (end < 0) return false
    at = end + 3
  }
}

function isBlank(line: string, index: number): boolean {
  const sign = line.charCodeAt(index)
  return sign === 0x20 || sign === 0x09
}
