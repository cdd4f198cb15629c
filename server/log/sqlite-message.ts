/** What goes between the event loop and the two threads of the SQLite log. Answers come in the order of requests. */

import type { Merge } from './past.ts'
import type { Snapshot, SnapshotAdded, Stretch } from './port.ts'

export interface ThreadData {
  readonly folder: string
}

/** The first message of each thread. */
export type Opening = { readonly kind: 'open' } | { readonly kind: 'cannotOpen'; readonly message: string }

/** A thread's last message: nobody can say any more what is on disk. */
export interface Ending {
  readonly kind: 'fatal'
  readonly message: string
}

/** What both threads are asked last. */
export type Close = 'close'

export type WriterRequest =
  /** A packed group, see sqlite-journal.ts. */
  | ArrayBuffer
  | {
      readonly kind: 'checkpoint'
      readonly document: string
      readonly seq: number
      readonly state: Uint8Array
      readonly knowledge: Uint8Array
    }
  | { readonly kind: 'title'; readonly document: string; readonly title: string }
  /** `time`: wall-clock milliseconds. */
  | { readonly kind: 'delete'; readonly document: string; readonly time: number }
  | { readonly kind: 'erase'; readonly document: string }
  | { readonly kind: 'addSnapshot'; readonly snapshot: Snapshot }
  | {
      readonly kind: 'changeSnapshot'
      readonly document: string
      readonly id: string
      readonly changes: Partial<Pick<Snapshot, 'kind' | 'name' | 'seq'>>
    }
  | { readonly kind: 'removeSnapshot'; readonly document: string; readonly id: string }
  | {
      readonly kind: 'milestone'
      readonly document: string
      readonly seq: number
      readonly state: Uint8Array
    }
  | { readonly kind: 'dropMilestones'; readonly document: string; readonly upTo: number }
  | { readonly kind: 'merge'; readonly document: string; readonly merges: readonly Merge[] }

/** A batch that was not stored: its index in the group, and the log's head then (-1: the document was deleted). */
export type Refusal = readonly [index: number, head: number, epoch: string]

export type WriterAnswer =
  /** Done as asked; for a group: every batch was stored. The common answer is the smallest. */
  | null
  | readonly Refusal[]
  /** To a question with yes or no. */
  | boolean
  | SnapshotAdded
  | { readonly kind: 'notSaved'; readonly message: string }
  | { readonly kind: 'mistake'; readonly message: string }

export type ReaderRequest =
  | readonly [kind: 'outline', document: string]
  | readonly [kind: 'read', document: string, after: number, maxBytes: number]
  | readonly [kind: 'stretches', document: string, after: number, most: number, pauseMs: number]
  | readonly [kind: 'checkpoint', document: string]
  /** The newest at or before `upTo`. */
  | readonly [kind: 'milestone', document: string, upTo: number]
  | readonly [kind: 'milestones' | 'boundaries', document: string]
  | readonly [kind: 'sizes', document: string]
  | readonly [kind: 'pushes', document: string, session: string, oldest: number, most: number]
  /** From behind `changed` and `document` on. */
  | readonly [kind: 'list', limit: number, changed: number, document: string]
  | readonly [kind: 'describe', document: string]
  | readonly [kind: 'erasable', before: number, limit: number]
  | readonly [kind: 'snapshot', document: string, id: string]
  /** From behind `seq` and `id` on. */
  | readonly [kind: 'snapshots', document: string, limit: number, seq: number, id: string]

/** `epoch, head, kind, deleted, checkpointSeq, checkpointBytes, tailBytes` */
export type OutlineAnswer = readonly [string, number, number, number, number, number, number]

export interface ReadAnswer {
  /** Five numbers an entry: from, seq, time, index into `authors`, bytes of its update. */
  readonly numbers: Float64Array<ArrayBuffer>
  readonly authors: readonly string[]
  /** All updates, end to end. */
  readonly updates: ArrayBuffer
}

export interface CheckpointAnswer {
  readonly seq: number
  readonly state: Uint8Array<ArrayBuffer>
  readonly knowledge: Uint8Array<ArrayBuffer>
}

export interface MilestoneAnswer {
  readonly seq: number
  readonly isPacked: boolean
  readonly state: Uint8Array<ArrayBuffer>
}

export interface SeqsAnswer {
  readonly seqs: readonly number[]
}

/** `entries, entryBytes, milestones, milestoneBytes` */
export interface SizesAnswer {
  readonly sizes: readonly [number, number, number, number]
}

/** `document, head, kind, title, author, time, changed` */
export type ListedAnswer = readonly [string, number, number, string, string, number, number]

export interface NamesAnswer {
  readonly names: readonly string[]
}

export interface SnapshotsAnswer {
  readonly snapshots: readonly Snapshot[]
}

export interface StretchesAnswer {
  readonly stretches: readonly Stretch[]
}

export interface ReadFailure {
  readonly failure: 'damaged' | 'failed'
  readonly message: string
}

export type ReaderAnswer =
  | null
  | OutlineAnswer
  | ReadAnswer
  | CheckpointAnswer
  | MilestoneAnswer
  | SizesAnswer
  | SeqsAnswer
  | readonly (readonly [number, string])[]
  | readonly ListedAnswer[]
  | ListedAnswer
  | NamesAnswer
  | SnapshotsAnswer
  | StretchesAnswer
  | ReadFailure
