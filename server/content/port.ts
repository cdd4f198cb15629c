/**
 * Content: what a document says, in formats people and programs read, and the edit that makes it say something else.
 *
 * It knows no log, room or request. It is given bytes and gives bytes, on worker threads: every call is a pure
 * function of its arguments.
 */
import type { Foreign } from '#server/gate/foreign.ts'
import type { Kind } from '#shared/frame.ts'

export const formats = ['json', 'html', 'markdown', 'text', 'yjs'] as const
export type Format = (typeof formats)[number]

/** A document up to some position: a checkpoint, and the updates after it, in order. */
export interface Stored {
  readonly kind: Kind
  readonly updates: readonly Uint8Array[]
  /** Which it is, for renders that may go on from one before. */
  readonly going?: Going
  /** On whose behalf it is asked; who does not say so takes turns with all others who do not. */
  readonly asker?: ContentAsker
}

/** Turns go round by person, and of one person by document: nobody waits for what somebody else asks for. */
export interface ContentAsker {
  readonly person: string
  readonly document: string
}

/** `updates` lead from one position of a document to another; from 0 they are all of it. */
export interface Going {
  readonly key: string
  readonly from: number
  readonly to: number
}

export interface RenderOptions {
  readonly format: Format
  /** HTML: a page of its own rather than a fragment. */
  readonly standalone: boolean
}

/** What is written: bytes in a format, and how they stand to what is there. */
export interface Writing {
  /** Null where the text stays as it is. */
  readonly content: { readonly format: Format; readonly bytes: Uint8Array; readonly place: Place } | null
  /** Null where the title stays as it is. */
  readonly title: string | null
  /** Under which Yjs client id, and its next clock in the document as it is now. */
  readonly client: number
  readonly clock: number
  /** Somebody wants back what the document said before, whatever schema it says now that it was written with. */
  readonly isRestoring?: boolean
  /** What was written after `stored`, in order: nothing of it may be lost. */
  readonly since?: readonly Uint8Array[]
  /**
   * An edit that was made on `stored` and stands before `since`: what is written is only what it would lose of that,
   * without the first `seenCount`, which were looked at before.
   */
  readonly follows?: { readonly update: Uint8Array; readonly seenCount: number }
}

export type Place =
  | { readonly kind: 'whole' }
  | { readonly kind: 'end' }
  /** Behind what stands under the first heading with these words, before the next one of its level or a higher one. */
  | { readonly kind: 'heading'; readonly words: string }

export interface Written {
  /** A Yjs update against `stored`; null where nothing changes. */
  readonly update: Uint8Array | null
  /** Whether blocks go with it: what reaches the document in them later is not seen. */
  readonly takesBlocks: boolean
}

/** What came after a document as it was, in order, and who wrote it. */
export interface LaterEntry {
  readonly update: Uint8Array
  readonly author: string
}

/** `page`: the page as ProseMirror writes it, with what was deleted, both marked. */
export const diffFormats = ['json', 'html', 'page'] as const
export type DiffFormat = (typeof diffFormats)[number]

export interface DiffOptions {
  readonly format: DiffFormat
  /** The positions that are compared, as they are told in JSON. */
  readonly ends: { readonly from: number; readonly to: number }
  /** What authors are called, by author; in HTML somebody, where it is not known. */
  readonly names?: ReadonlyMap<string, string>
}

export interface Content {
  /** The position at which a thread holds this document, if that is not behind `upTo`; 0 where none does. */
  holds(key: string, upTo: number): number

  /**
   * Rejects with NotPossible where the kind has no such format, with Unavailable where it cannot be done now, with
   * NotHeld where the updates go on from what no thread holds any more.
   */
  render(stored: Stored, options: RenderOptions): Promise<Uint8Array<ArrayBuffer>>

  /** The smallest edit of `stored` that makes it say what is written. Rejects with InvalidContent, too. */
  write(stored: Stored, writing: Writing): Promise<Written>

  /**
   * What text the later entries inserted and deleted, with authors, as it is answered. Rejects with NotPossible for
   * what is no page.
   */
  diff(before: Stored, later: readonly LaterEntry[], options: DiffOptions): Promise<Uint8Array<ArrayBuffer>>

  /** What of an update no page has. Rejects with InvalidContent for bytes that are no update. */
  foreign(update: Uint8Array, asker?: ContentAsker): Promise<readonly Foreign[]>

  /** Ends the threads; calls under way reject. May be called twice. */
  close(): Promise<void>
}

/** What was given is not content of this format. `where` is a place in it, '' for all of it. */
export class InvalidContent extends Error {
  readonly where: string
  constructor(where: string, what: string) {
    super(what)
    this.name = 'InvalidContent'
    this.where = where
  }
}

/** A document of this kind cannot be read or written so. */
export class NotPossible extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotPossible'
  }
}

/** The document that was to be gone on from is not held: all of it is needed. */
export class NotHeld extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotHeld'
  }
}

/** The heading that was named is not there. */
export class NoSuchHeading extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoSuchHeading'
  }
}

/** No answer: the thread ended (memory, time limit), too much is asked, or content was closed. */
export class ContentUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ContentUnavailable'
  }
}
