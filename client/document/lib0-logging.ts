/**
 * What the page has in place of `lib0/logging`, through which Yjs says a handful of warnings: the original colours them,
 * and for that brings a builder of elements, a validator and a random generator, 4 KB of the page's budget.
 */
const style = ''

export { style as BOLD, style as ORANGE, style as RED, style as UNBOLD }

export function print(...words: readonly unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: whoever looks for a fault of Yjs looks there
  console.info(...words.filter((word) => word !== style))
}

export function warn(...words: readonly unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: whoever looks for a fault of Yjs looks there
  console.warn(...words)
}
