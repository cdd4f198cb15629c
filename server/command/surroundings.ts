/** What a command sees of the world: handed in by main.ts, so that nothing is read at import. */

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly out: Out
  readonly progress: ProgressLine
  /** Milliseconds on a clock that only goes forward. */
  now(): number
  /** Runs when the process is told to end in the middle of it; what it returns takes that back. */
  onInterrupted(clean: () => void): () => void
}

/** Standard output: what programs read, and nothing else. */
export interface Out {
  /** Resolves when more can be taken. */
  write(bytes: string | Uint8Array): Promise<void>
}

/** Standard error: what people read while it goes on. */
export interface ProgressLine {
  /** Whether a person watches: then the line is written over. */
  readonly isWatched: boolean
  /** Writes over the line before, if somebody watches. */
  over(line: string): void
  /** A line that stays. */
  say(line: string): void
}

/** Text of others as it may be shown on a terminal: without what would move its cursor or change its colours. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}
