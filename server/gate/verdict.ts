/** What the gate says of one update. The rules are in docs/protocol.md, numbered G1 and up. */
import type { Code } from '#shared/codes.ts'
import type { Kind } from '#shared/frame.ts'
import type { Delta } from './known.ts'

/** Who sends, and under which limits. */
export interface Admission {
  /** `anonymous` for a channel without identity: such channels share their client ids. */
  readonly author: string
  /** Guests this person was before signing in. */
  readonly also?: readonly string[]
  /** Client ids nobody has written under yet, which are somebody else's all the same. */
  readonly reserved?: readonly number[]
  /** Under which rules: `page` where the document is one, or is to become one; `none` is judged as `any`. */
  readonly kind: Kind
  readonly limits: UpdateLimits
  /**
   * True on the second pass, after a worker found that what overlaps known clocks equals what the log holds:
   * overlaps are then cut off without asking again.
   */
  readonly overlapsEqual: boolean
}

export interface UpdateLimits {
  /** Most client ids one update may name. */
  readonly clients: number
  /** Most client ids a document may have: each costs memory here, and its state vector must fit into a frame. */
  readonly documentClients: number
  /** Deepest nesting of shared types, counted from the root. */
  readonly depth: number
  /** Most distinct root names a document may have. */
  readonly roots: number
  /** Longest node name, attribute name, key or root name, in UTF-16 units. */
  readonly nameLength: number
}

export type Verdict =
  | {
      readonly kind: 'accepted'
      /** Canonical bytes of what is new; null when nothing is. */
      readonly update: Uint8Array | null
      /** What the room knows more once `update` is applied; null when `update` is. */
      readonly delta: Delta | null
      /** Something was left out because it depends on what the log lacks: answer with SyncStep1. */
      readonly gap: boolean
      /** What was stripped, and must be told with a coded frame; empty when nothing was. */
      readonly stripped: readonly Stripped[]
      /** Client ids never seen in this document before. */
      readonly newClients: number
      /** Whether something was written under the root `meta` (where the title is). */
      readonly meta: boolean
    }
  /**
   * These bytes overlap known clocks: compare `overlap` with the log on a worker, then gate again. It is an update of
   * known clocks only, without deletions, without what is deleted already; it may contain Skips.
   */
  | { readonly kind: 'compare'; readonly overlap: Uint8Array }
  /** Whole, for ever: nothing stored, nothing relayed. */
  | { readonly kind: 'refused'; readonly code: Code; readonly reason: string }

export type Stripped =
  /** Structs under a client id that belongs to somebody else, or that depend on such. */
  | 'foreign-client'
  /** In a page document: a root other than `prosemirror` and `meta`. */
  | 'foreign-root'
  /** In a page document: content that Vellum's schema has no place for (subdocuments, binary, embeds, …). */
  | 'foreign-content'
