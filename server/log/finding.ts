/** What a check of a store finds wrong. The kinds are told to programs: they never change their meaning. */

export const findingKinds = [
  /** SQLite itself cannot make sense of the file. */
  'file-damaged',
  /** What was committed last and is not in its place yet. */
  'journal-damaged',
  'entries-damaged',
  'entries-missing',
  /** The entries are there, and are no document. */
  'entries-unreadable',
  /** What is noted of a document's end or size is not what its entries say. */
  'head-wrong',
  /** A push that is stored would be stored again. */
  'pushes-wrong',
  'checkpoint-damaged',
  /** It is of entries that the log does not hold. */
  'checkpoint-ahead',
  /** It says something else than the entries it stands for. */
  'checkpoint-differs',
  'milestone-damaged',
  /** It says something else than the entries it stands for, or is of entries that the log does not hold. */
  'milestone-wrong',
  'snapshot-damaged',
  /** It is at a position that the log does not have. */
  'snapshot-wrong',
  /** Rows of a document that is not there. */
  'orphan',
  /** What is kept beside the store of who may do what: sessions, links, names. */
  'access-damaged',
] as const

export type FindingKind = (typeof findingKinds)[number]

export interface Finding {
  readonly kind: FindingKind
  /** Its id; null for what is no single document's. */
  readonly document: string | null
  /** One sentence, without content. */
  readonly what: string
  /** The row that is wrong, where it can be taken away and nothing that was written is lost. */
  readonly row?: RemovableRow
}

export type RemovableRow =
  | { readonly table: 'checkpoints' | 'milestones'; readonly seq: number }
  | { readonly table: 'snapshots'; readonly id: string }
