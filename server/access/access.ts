/** Who may do what to which document: the one question every door asks, whatever it opens. */
import type { CodeName } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Action } from './action.ts'
import type { Principal } from './principal.ts'

export interface Question {
  readonly action: Action
  /** Null for `list` and `govern`. */
  readonly document: DocumentId | null
  /** A header of the request, by its name in lower case; null where it has none. */
  header(name: string): string | null
  /** A value of the request's query; null where it has none. */
  query(name: string): string | null
}

/** What somebody who was let in goes on with: what they may now, and a way to ask again. */
export interface Standing {
  readonly principal: Principal
  /** Wall-clock milliseconds; null where it does not end by itself. */
  readonly expiresAtMs: number | null
  /** By what it was let in; null where nobody had to show anything. */
  readonly by: 'header' | 'subprotocol' | 'query' | 'cookie' | null
  /** Asks the same again: rights may have changed. Cheap; the same standing where nothing changed. */
  again(): Decision
  /** Goes on with a new token of the same principal; it must allow what was asked. */
  renew(token: string): Promise<Decision>
  /** Whether a list shows this document to whoever stands here. */
  shows(document: DocumentId): boolean
}

export type Granted = { readonly kind: 'granted'; readonly standing: Standing }

/** `reason` is for a person: a sentence without its first capital and its full stop. */
export type Refused = {
  readonly kind: 'refused'
  /** `restarting` where it cannot be told at the moment. */
  readonly code: Extract<CodeName, 'unauthenticated' | 'forbidden' | 'restarting'>
  readonly reason: string
}

export type Decision = Granted | Refused

export interface Access {
  /** `open`: nobody has to say who they are. */
  readonly mode: 'open' | 'guarded'
  /** At once where nothing has to be verified. Never rejects. */
  decide(question: Question): Decision | Promise<Decision>
  /** Calls back when rights may have changed: who has let somebody in asks `again`. Returns how to stop that. */
  onChange(changed: () => void): () => void
}

/** A standing that stays as it is. */
export function standingOf(principal: Principal): Standing {
  const standing: Standing = {
    principal,
    expiresAtMs: null,
    by: null,
    again: () => granted,
    renew: () => Promise.resolve(granted),
    shows: () => true,
  }
  const granted: Decision = { kind: 'granted', standing }
  return standing
}
