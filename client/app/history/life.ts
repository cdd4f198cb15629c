/** The life of a document as its panel shows it: sittings, and the versions that have a name. Pure. */

/** Positions `from` to `to`, in which these wrote without a pause. */
export interface Sitting {
  readonly from: number
  readonly to: number
  /** Wall-clock milliseconds of its first and its last edit. */
  readonly begin: number
  readonly end: number
  /** In the order they came. */
  readonly authors: readonly Share[]
}

export interface Share {
  readonly author: string
  /** What they are called; null where nobody knows. */
  readonly name: string | null
  readonly edits: number
}

/** A snapshot. */
export interface Version {
  readonly id: string
  readonly name: string | null
  readonly seq: number
  /** Wall-clock milliseconds of when it was made: its text may be older. */
  readonly time: number
}

export interface Life {
  /** Oldest first, without a gap. */
  readonly sittings: readonly Sitting[]
  /** Newest position first. */
  readonly versions: readonly Version[]
}

export const NO_LIFE: Life = { sittings: [], versions: [] }

/** The newest position; 0 before anything was written. */
export function headOf({ sittings }: Life): number {
  return sittings.at(-1)?.to ?? 0
}

/** The sitting a position lies in; null for 0 and what is ahead. */
export function sittingAt({ sittings }: Life, position: number): Sitting | null {
  let low = 0
  let high = sittings.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const sitting = sittings[middle]
    if (sitting === undefined) return null
    if (position < sitting.from) high = middle - 1
    else if (position > sitting.to) low = middle + 1
    else return sitting
  }
  return null
}

/** Where the sitting before, or after, ends: the next place worth a stop; the ends of life where there is none. */
export function stopBefore(life: Life, position: number): number {
  const sitting = sittingAt(life, position)
  return sitting === null ? 0 : sitting.from - 1
}

export function stopAfter(life: Life, position: number): number {
  const sitting = sittingAt(life, position + 1)
  return sitting === null ? headOf(life) : sitting.to
}

/** The named version at exactly this position; the newest of several. */
export function namedAt({ versions }: Life, position: number): Version | null {
  return versions.find(({ seq, name }) => seq === position && name !== null) ?? null
}

/** A life with its newest part read again: `newest` begins at a sitting that may have grown. */
export function grown(sittings: readonly Sitting[], newest: readonly Sitting[]): readonly Sitting[] {
  const [first] = newest
  if (first === undefined) return sittings
  const kept = sittings.filter(({ from }) => from < first.from)
  // Between the two there may be what was not read: then there is only the newer part to go by.
  return (kept.at(-1)?.to ?? 0) + 1 === first.from ? [...kept, ...newest] : newest
}
