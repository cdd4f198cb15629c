/** The store on disk: its file names, tables and version, and how a row is guarded against bytes that change. */

import { crc32 } from 'node:zlib'

/** History of FORMAT: 1 first format. */
export const FORMAT = 1
/** 'Vell' */
export const APPLICATION_ID = 0x56656c6c

export const files = {
  store: 'vellum.db',
  wal: 'vellum.db-wal',
  lock: 'vellum.lock',
} as const

export const PAGE_BYTES = 4096

/*
 * `heads` is apart from `documents` since every commit writes it: narrow rows make few pages dirty.
 * `changed` counts commits of the whole store: lists are ordered by it, since wall clocks order nothing.
 * `total` is the bytes of all updates of the document up to that position, so that a tail's size is a subtraction.
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
    author INTEGER NOT NULL,
    time INTEGER NOT NULL,
    changed INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE authors (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE entries (
    document INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    first INTEGER NOT NULL,
    author INTEGER NOT NULL,
    time INTEGER NOT NULL,
    session TEXT,
    push INTEGER,
    digest TEXT,
    checksum INTEGER NOT NULL,
    edit BLOB NOT NULL,
    PRIMARY KEY (document, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pushes ON entries (document, session, push) WHERE session IS NOT NULL;
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
`

/** The tables an opening looks through: small, and nothing works without them. */
export const GUARDED_TABLES = ['documents', 'heads', 'authors'] as const

export interface EntryMark {
  readonly document: number
  readonly first: number
  readonly seq: number
  readonly author: number
  readonly time: number
}

/** Guards the bytes and where they belong: a row that turns up in another place does not match either. */
export function entryChecksum(mark: EntryMark, update: Uint8Array): number {
  const place =
    Math.imul(mark.document, 0x9e3779b1) ^
    Math.imul(mark.seq, 0x85ebca6b) ^
    Math.imul(mark.first, 0xc2b2ae35) ^
    Math.imul(mark.author, 0x27d4eb2f) ^
    Math.imul(mark.time % 0x7fffffff, 0x165667b1)
  return crc32(update, place >>> 0)
}

export function checkpointChecksum(
  place: { readonly document: number; readonly seq: number },
  state: Uint8Array,
  knowledge: Uint8Array,
): number {
  const seed = (Math.imul(place.document, 0x9e3779b1) ^ Math.imul(place.seq, 0x85ebca6b)) >>> 0
  return crc32(knowledge, crc32(state, seed))
}
