/** The store on disk: its file names, tables and version, and how a row is guarded against bytes that change. */

import { crc32 } from 'node:zlib'

/** History of FORMAT: 1 first format; 2 snapshots; 3 milestones, merged entries. */
export const FORMAT = 3
/** 'Vell' */
export const APPLICATION_ID = 0x56656c6c

export const files = {
  store: 'vellum.db',
  wal: 'vellum.db-wal',
  lock: 'vellum.lock',
} as const

export const PAGE_BYTES = 4096

/*
 * A commit writes one row of `journal`; what lies there is newer than all other tables, see sqlite-journal.ts.
 * `refused` names the batches of that row that were not stored, by their index.
 * `heads` is apart from `documents` since it is written often: narrow rows make few pages dirty.
 * `changed` is the `id` the commit had in the journal: lists are ordered by it, since wall clocks order nothing.
 * `total` is the bytes of all updates of the document up to that position, so that a tail's size is a subtraction.
 * `runs` has rowids so that what is folded together lies together, whatever documents it is of.
 * `pushes` names the runs in which a session's pushes are, by the highest number in each.
 * Blobs come last in their rows: what stands before them is read without following their pages.
 */
export const SCHEMA = `
  CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    kind INTEGER NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    deleted_at INTEGER
  ) STRICT;
  CREATE TABLE heads (
    document INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    total INTEGER NOT NULL,
    time INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    author TEXT NOT NULL
  ) STRICT;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    first INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    total INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (document, seq)
  ) STRICT;
  CREATE TABLE pushes (
    document INTEGER NOT NULL,
    session TEXT NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (document, session, number, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    total INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    state BLOB NOT NULL,
    knowledge BLOB NOT NULL,
    UNIQUE (document, seq)
  ) STRICT;
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    refused TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
`

/** Of a snapshot `document` is its name: one of a document that lies in the journal alone needs no fold. */
const SNAPSHOTS = `
  CREATE TABLE snapshots (
    document TEXT NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    name TEXT,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (document, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX snapshots_by_seq ON snapshots (document, seq, id);
`

/** `merged` is how many positions of a document have no entry of their own: its entries are `seq` less that. */
const PAST = `
  CREATE TABLE milestones (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (document, seq)
  ) STRICT;
  ALTER TABLE heads ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;
`

/** What leads to a format from the one before it; to be run in one transaction with the version's change. */
export const MIGRATIONS: Readonly<Record<number, string>> = { 2: SNAPSHOTS, 3: PAST }

/** The tables an opening looks through: small, and nothing works without them. */
export const GUARDED_TABLES = ['documents', 'heads', 'journal'] as const

export interface RunPlace {
  readonly document: number
  readonly first: number
  readonly seq: number
}

/** Guards the bytes and where they belong: a row that turns up in another place does not match either. */
export function runChecksum({ document, first, seq }: RunPlace, body: Uint8Array): number {
  return crc32(body, mixed(document, first, seq))
}

export function checkpointChecksum(
  { document, seq }: { readonly document: number; readonly seq: number },
  state: Uint8Array,
  knowledge: Uint8Array,
): number {
  return crc32(knowledge, crc32(state, mixed(document, 0, seq)))
}

export function milestoneChecksum(
  { document, seq }: { readonly document: number; readonly seq: number },
  state: Uint8Array,
): number {
  return crc32(state, mixed(document, 1, seq))
}

export function journalChecksum(id: number, refused: string, body: Uint8Array): number {
  return crc32(body, crc32(refused, mixed(id, 0, 0)))
}

/** Indexes of batches as text; '' for none. */
export function refusedText(refused: readonly number[]): string {
  return refused.join(' ')
}

export function refusedIndexes(text: string): ReadonlySet<number> {
  return new Set(text === '' ? [] : text.split(' ').map(Number))
}

function mixed(a: number, b: number, c: number): number {
  return (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35)) >>> 0
}
