/** Times as people say them. Pure: `now` is handed in. */

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** "5 minutes ago", "yesterday", "just now". Both in wall-clock milliseconds. */
export function ago(time: number, now: number): string {
  const passed = Math.max(0, now - time)
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
  for (const [unit, ms] of STEPS) if (passed >= ms) return format.format(-Math.floor(passed / ms), unit)
  return 'just now'
}

/** The exact time, for pointing at. */
export function exactly(time: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' }).format(time)
}
