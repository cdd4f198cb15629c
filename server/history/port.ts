/**
 * What must understand a document runs here, on worker threads: checkpoints, diffs, comparisons, large updates.
 *
 * History knows no log, room or channel. It is given bytes and gives bytes: every call is a pure function of its
 * arguments. The caller keeps channel order.
 */
import type { Admission, Verdict } from '#server/gate/verdict.ts'
import type { Window } from './window.ts'

export type { MergeRange, Window } from './window.ts'

/** One entry of a log, as far as history needs it. */
export interface ReplayedEntry {
  readonly update: Uint8Array
  readonly author: string
}

/**
 * A document as the log holds it: the newest checkpoint (if any), then the entries after it, in order.
 * Entries are given in pieces, so that a long log needs no more memory than a piece; the worker asks for the next
 * when it is done with one.
 */
export interface Replay {
  readonly checkpoint: { readonly state: Uint8Array; readonly knowledge: Uint8Array } | null
  readonly entries: AsyncIterable<readonly ReplayedEntry[]>
}

export interface BuiltCheckpoint {
  readonly state: Uint8Array
  /** Encoded Knowledge (server/gate/knowledge.ts) of everything replayed. */
  readonly knowledge: Uint8Array
  /** True when replay and reload differed: the reload is the truth, the state was taken from the fixed point. */
  readonly healed: boolean
  /** The string at `title` in the map `meta`, cut to `maxTitleLength` UTF-16 units; null when there is none. */
  readonly title: string | null
}

/**
 * On whose behalf something is asked. Turns go round by document, and within one by channel, so that nobody waits for
 * what a crowd elsewhere asks for.
 */
export interface Asker {
  readonly document: string
  /** Compared by identity. */
  readonly channel: object
  /** Told, while it goes on, how many milliseconds of a worker were spent. */
  spent(ms: number): void
}

/** What is to be judged: the update as it came, and who sends it under which limits. */
export interface Question {
  readonly update: Uint8Array
  readonly admission: Admission
}

/** Each question may say on whose behalf it is asked; those that do not take turns as one. */
export interface History {
  /**
   * Loads a document from its log, encodes it, loads that again and encodes once more; the SHA-256 of both must be
   * equal, else the reload is repeated to its fixed point and `healed` is true. Rejects with Unbuildable when there
   * is none: the caller keeps the log and the older checkpoint.
   */
  build(replay: Replay, asker?: Asker): Promise<BuiltCheckpoint>

  /** The document as one update. Rejects with Unbuildable. */
  state(replay: Replay, asker?: Asker): Promise<Uint8Array>

  /**
   * Entries as one update each range, of a window whose entries come after `lead` others; null where a document loaded
   * with them would not be the one loaded with the entries. Rejects with Unbuildable.
   */
  merge(replay: Replay, window: Window, asker?: Asker): Promise<readonly Uint8Array[] | null>

  /** What a replica with this state vector lacks, as one update (with the whole delete set). */
  diff(replay: Replay, stateVector: Uint8Array, asker?: Asker): Promise<Uint8Array>

  /** Whether what `overlap` says of clocks the document holds is what the document holds (merged or deleted counts as equal). */
  compare(replay: Replay, overlap: Uint8Array, asker?: Asker): Promise<'same' | 'different'>

  /**
   * The gate's verdict for an update too large for the event loop, against what the checkpoint's knowledge and the
   * entries after it say. The checkpoint's state is not looked at.
   */
  judge(known: Replay, question: Question, asker?: Asker): Promise<Verdict>

  /** Ends the worker threads; calls under way reject. May be called twice. */
  close(): Promise<void>
}

export class Unbuildable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unbuildable'
  }
}

/**
 * No answer, and nothing known against the document: the thread ended (memory, time limit), the queue is full, or
 * history was closed. Trying again may help; a document for which it happens twice is best left alone for a while.
 */
export class Unavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unavailable'
  }
}
