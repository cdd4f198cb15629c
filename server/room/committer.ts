/**
 * Group commit: what all rooms wait to have stored goes to the log together, one group at a time.
 *
 * The next group fills while the last one commits. A group that the disk refuses is given back to its rooms and tried
 * again, with a growing pause, until the disk takes it: nothing is dropped and nothing is acknowledged meanwhile.
 */
import { type Batch, type BatchResult, type Log, NotSaved } from '#server/log/port.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { Window } from './window.ts'

/** A room, as the committer sees it. */
export interface Source {
  /** Everything that waits, as one batch, or null; what was taken is in flight until `settle` or `giveBack`. */
  take(): Batch | null
  settle(result: BatchResult): void
  /** The group was rolled back: what was in flight waits again. */
  giveBack(): void
}

const RETRY_MIN_MS = 250
const RETRY_MAX_MS = 4_000

type State =
  | { readonly kind: 'idle' }
  /** A group is open; `urgent` once it goes at the end of this turn. */
  | { readonly kind: 'filling'; readonly cancel: Cancel; readonly urgent: boolean }
  | { readonly kind: 'committing' }
  /** The disk refused the last group. */
  | { readonly kind: 'pausing'; readonly cancel: Cancel }

export interface CommitterOptions {
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  /** Told when commits begin to fail, and when they work again. */
  readonly onSaving: (saving: boolean) => void
  /** A commit ended in a way that is our mistake: the process must not go on. */
  readonly onFatal: (error: unknown) => void
}

export class Committer {
  readonly #options: CommitterOptions
  readonly #window: Window
  #dirty = new Set<Source>()
  #state: State = { kind: 'idle' }
  /** What the open group holds. */
  #entries = 0
  #bytes = 0
  #lastCommitMs = 0
  #failures = 0
  #idle: (() => void)[] = []

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#window = new Window(options.clock)
  }

  /** False from the first refused group until one was stored. */
  get saving(): boolean {
    return this.#failures === 0
  }

  /** One more entry of this source waits. */
  wake(source: Source, bytes: number): void {
    this.#dirty.add(source)
    this.#entries += 1
    this.#bytes += bytes
    this.#options.metrics.levels.waitingEntries += 1
    this.#options.metrics.levels.waitingBytes += bytes
    const state = this.#state
    if (state.kind === 'idle') this.#open()
    else if (state.kind === 'filling' && !state.urgent && this.#window.isFull(this.#entries, this.#bytes)) {
      state.cancel()
      this.#open()
    }
  }

  /** Entries of these sizes that wait will not be committed after all. */
  withdraw(sizes: readonly number[]): void {
    const { levels } = this.#options.metrics
    levels.waitingEntries -= sizes.length
    for (const bytes of sizes) levels.waitingBytes -= bytes
  }

  /** Resolves once nothing waits and nothing is in flight. */
  whenIdle(): Promise<void> {
    if (this.#state.kind === 'idle') return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Ends a pause after a refusal: the next try is now. */
  retryNow(): void {
    if (this.#state.kind !== 'pausing') return
    this.#state.cancel()
    void this.#commit()
  }

  #open(): void {
    const full = this.#window.isFull(this.#entries, this.#bytes)
    const waitMs = full ? 0 : this.#window.wait(this.#lastCommitMs)
    // Even without a wait the group goes after this turn: what one read of the sockets brought belongs together.
    const cancel = this.#options.clock.after(waitMs, () => void this.#commit())
    this.#state = { kind: 'filling', cancel, urgent: waitMs === 0 }
  }

  async #commit(): Promise<void> {
    this.#state = { kind: 'committing' }
    const { clock, log, metrics } = this.#options
    const sources: Source[] = []
    const group: Batch[] = []
    let entries = 0
    let bytes = 0
    for (const source of this.#dirty) {
      const batch = source.take()
      if (batch === null) continue
      sources.push(source)
      group.push(batch)
      entries += batch.entries.length
      for (const entry of batch.entries) bytes += entry.update.length
    }
    this.#dirty.clear()
    this.#entries = 0
    this.#bytes = 0
    const started = clock.now()
    try {
      const results = group.length === 0 ? [] : await log.commit(group)
      this.#lastCommitMs = clock.now() - started
      this.#window.committed(entries)
      metrics.levels.waitingEntries -= entries
      metrics.levels.waitingBytes -= bytes
      metrics.committed({ entries, bytes, durationMs: this.#lastCommitMs })
      if (this.#failures > 0) {
        this.#failures = 0
        metrics.levels.notSaving = 0
        this.#options.onSaving(true)
      }
      for (const [index, source] of sources.entries()) {
        const result = results[index]
        if (result === undefined) throw new RangeError('the log left a batch unanswered')
        source.settle(result)
      }
    } catch (error) {
      if (error instanceof NotSaved) this.#refused(sources)
      else this.#options.onFatal(error)
      return
    }
    if (this.#dirty.size > 0) return this.#open()
    this.#state = { kind: 'idle' }
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** The next try can differ because somebody frees the disk. It goes on for as long as the process lives. */
  #refused(sources: readonly Source[]): void {
    for (const source of sources) {
      source.giveBack()
      this.#dirty.add(source)
    }
    this.#failures += 1
    this.#options.metrics.counts.failedCommits += 1
    this.#options.metrics.levels.notSaving = 1
    const pauseMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(this.#failures - 1, 10))
    this.#state = {
      kind: 'pausing',
      cancel: this.#options.clock.after(pauseMs, () => void this.#commit()),
    }
    if (this.#failures === 1) this.#options.onSaving(false)
  }
}
