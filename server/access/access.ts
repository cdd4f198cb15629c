/** Who may do what to which document: the one question every door asks, whatever it opens. */
import type { CodeName } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import { ANONYMOUS, type Principal } from './principal.ts'

/** `list` is asked without a document; `manage` is what only owners do: deleting. */
export type Action = 'list' | 'read' | 'write' | 'create' | 'manage'

export interface Question {
  readonly action: Action
  /** Null for `list`. */
  readonly document: DocumentId | null
  /** A header of the request, by its name in lower case; null where it has none. */
  header(name: string): string | null
  /** A value of the request's query; null where it has none. */
  query(name: string): string | null
}

export type Decision =
  | { readonly kind: 'granted'; readonly principal: Principal }
  | {
      readonly kind: 'refused'
      readonly code: Extract<CodeName, 'unauthenticated' | 'forbidden'>
      readonly reason: string
    }

export interface Access {
  decide(question: Question): Decision | Promise<Decision>
  /** Whether a list shows this document to somebody who may list. */
  shows(principal: Principal, document: DocumentId): boolean
}

/** Open mode: nobody has to say who they are, and everybody may do everything. */
export function openAccess(): Access {
  return { decide: () => ({ kind: 'granted', principal: ANONYMOUS }), shows: () => true }
}
