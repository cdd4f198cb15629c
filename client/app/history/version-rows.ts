/** The list of versions as rows: sittings day by day, the named versions among them. Pure: `now` is handed in. */
import type { Life, Sitting, Version } from './life.ts'
import { namedAt, sittingAt } from './life.ts'
import { dayOf, momentIn } from './words.ts'

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly day: string }
  | { readonly kind: 'sitting'; readonly key: string; readonly sitting: Sitting }
  | {
      readonly kind: 'version'
      readonly key: string
      readonly version: Version
      readonly sitting: Sitting | null
    }

/** Newest first. */
export function rowsOf(life: Life, onlyNamed: boolean, now: number): readonly Row[] {
  const rows: Row[] = []
  const versions = life.versions.filter(({ name }) => name !== null)
  let day = ''
  let next = 0
  const add = (row: Row, time: number): void => {
    const its = dayOf(time, now)
    // A clock that was put back makes a day come twice.
    if (its !== day) rows.push({ kind: 'day', key: `day of ${row.key}`, day: its })
    day = its
    rows.push(row)
  }
  const nameUpTo = (from: number, sitting: Sitting | null): void => {
    for (
      let version = versions[next];
      version !== undefined && version.seq >= from;
      version = versions[++next]
    )
      add({ kind: 'version', key: `version ${version.id}`, version, sitting }, sitting?.end ?? version.time)
  }
  for (const sitting of life.sittings.toReversed()) {
    nameUpTo(sitting.from, sitting)
    if (!onlyNamed) add({ kind: 'sitting', key: `sitting ${sitting.from}`, sitting }, sitting.end)
  }
  nameUpTo(0, null)
  return rows
}

/** The key of the row of a position: the named version there, else the sitting around it. Empty where there is none. */
export function keyAt(life: Life, position: number): string {
  const named = namedAt(life, position)
  if (named !== null) return `version ${named.id}`
  const sitting = sittingAt(life, position)
  return sitting === null ? '' : `sitting ${sitting.from}`
}

/** What a position is called among these: its name, or when it was. */
export function titleAt(life: Life, position: number, now: number): string {
  const named = namedAt(life, position)
  if (named?.name) return named.name
  const sitting = sittingAt(life, position)
  return sitting === null ? 'The beginning' : momentIn(sitting, position, now)
}
