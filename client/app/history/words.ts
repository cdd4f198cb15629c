/** Times and counts in a history, as people say them. Pure: `now` is handed in. */
import type { Sitting } from './life.ts'

const DAY_MS = 86_400_000

/** "Today", "Yesterday", "Tuesday, November 17"; with the year where it is another. */
export function dayOf(time: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return format(time, { weekday: 'long', month: 'long', day: 'numeric', ...yearIfOther(time, now) })
}

/** "Today 14:03", "Tue 14:03" within a week, else with the date. */
export function moment(time: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS)
  if (days < 2) return `${days === 1 ? 'Yesterday' : 'Today'} ${clock(time)}`
  if (days < 7) return `${format(time, { weekday: 'short' })} ${clock(time)}`
  return `${format(time, { month: 'short', day: 'numeric', ...yearIfOther(time, now) })}, ${clock(time)}`
}

/** "14:03", or "14:03–14:25" where it took longer than a minute. */
export function span({ begin, end }: Pick<Sitting, 'begin' | 'end'>): string {
  if (clock(begin) === clock(end)) return clock(begin)
  return new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' }).formatRange(begin, end)
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
  return format(time, { dateStyle: 'medium', timeStyle: 'short' })
}

export function clock(time: number): string {
  return format(time, { hour: 'numeric', minute: '2-digit' })
}

export function count(many: number, one: string): string {
  return `${new Intl.NumberFormat().format(many)} ${one}${many === 1 ? '' : 's'}`
}

function yearIfOther(time: number, now: number): Intl.DateTimeFormatOptions {
  return new Date(time).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }
}

function startOfDay(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0)
}

function format(time: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(undefined, options).format(time)
}
