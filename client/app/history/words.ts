/** Times and counts in a history, as people say them. Pure: `now` is handed in. */
import type { Sitting } from './life.ts'

const DAY_MS = 86_400_000

// Making one costs a hundred times what using it does, and hundreds are drawn while a hand is on the slider.
const DAY = form({ weekday: 'long', month: 'long', day: 'numeric' })
const DAY_OF_YEAR = form({ weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' })
const WEEKDAY = form({ weekday: 'short' })
const DATE = form({ month: 'short', day: 'numeric' })
const DATE_OF_YEAR = form({ month: 'short', day: 'numeric', year: 'numeric' })
const STAMP = form({ dateStyle: 'medium', timeStyle: 'short' })
const CLOCK = form({ hour: 'numeric', minute: '2-digit' })
const NUMBER = new Intl.NumberFormat()

/** "Today", "Yesterday", "Tuesday, November 17"; with the year where it is another. */
export function dayOf(time: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return (isThisYear(time, now) ? DAY : DAY_OF_YEAR).format(time)
}

/** "Today 14:03", "Tue 14:03" within a week, else with the date. */
export function moment(time: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS)
  if (days < 2) return `${days === 1 ? 'Yesterday' : 'Today'} ${clock(time)}`
  if (days < 7) return `${WEEKDAY.format(time)} ${clock(time)}`
  return `${(isThisYear(time, now) ? DATE : DATE_OF_YEAR).format(time)}, ${clock(time)}`
}

/** "14:03", or "14:03–14:25" where it took longer than a minute. */
export function span({ begin, end }: Pick<Sitting, 'begin' | 'end'>): string {
  if (clock(begin) === clock(end)) return clock(begin)
  return CLOCK.formatRange(begin, end)
}

/** When a position was written, as closely as its sitting says. */
export function momentIn(sitting: Sitting, position: number, now: number): string {
  if (position === sitting.to) return moment(sitting.end, now)
  if (position === sitting.from) return moment(sitting.begin, now)
  const [begin, end] = [moment(sitting.begin, now), clock(sitting.end)]
  return clock(sitting.begin) === end ? begin : `${begin} to ${end}`
}

/** For names, which are read years later: "Nov 17, 2026, 14:03". */
export function stamp(time: number): string {
  return STAMP.format(time)
}

export function clock(time: number): string {
  return CLOCK.format(time)
}

export function count(many: number, one: string): string {
  return `${number(many)} ${one}${many === 1 ? '' : 's'}`
}

export function number(many: number): string {
  return NUMBER.format(many)
}

function isThisYear(time: number, now: number): boolean {
  return new Date(time).getFullYear() === new Date(now).getFullYear()
}

function startOfDay(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0)
}

function form(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(undefined, options)
}
