/** One operation of the HTTP API: what it takes, what it gives, what it does. The router and the description read it. */
import type { z } from 'zod'
import type { Standing } from '#server/access/access.ts'
import type { Action } from '#server/access/action.ts'
import type { Principal } from '#server/access/principal.ts'
import type { DocumentId } from '#shared/id.ts'
import type { ProblemName } from './problem.ts'

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** What a body is: a schema for JSON, or how it is described. */
export type BodySchema = z.ZodType | 'text' | 'binary' | 'page'

export interface Body {
  /** By media type. */
  readonly content: Readonly<Record<string, BodySchema>>
  readonly required: boolean
  readonly description: string
}

export interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, BodySchema>>
  readonly headers?: readonly string[]
}

/** A request that passed the door and the verdict. */
export interface Asked<Query> {
  /** Throws where the path names none. */
  readonly document: DocumentId
  /** The id of a snapshot, of the right form; '' where the path names none. */
  readonly snapshot: string
  /** The id of a share, as `snapshot`. */
  readonly share: string
  readonly query: Query
  /** Where it comes from, as limits count it. */
  readonly address: string
  readonly principal: Principal
  /** As whom they take turns: themselves, or their address where nobody knows who they are. */
  readonly person: string
  /** Does what content is made for. Rejects with ApiProblem where this person has too much of it waiting. */
  inPlace<T>(work: () => Promise<T>): Promise<T>
  readonly standing: Standing
  /** Whether whoever asks may make one more document; it counts as made. */
  mayMake(): boolean
  readonly headers: Headers
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal
  /** The body. Rejects with ApiProblem when it is larger than `maxBytes`, or compressed. */
  bytes(maxBytes: number): Promise<Uint8Array>
  /**
   * The body as JSON of this shape; of no body, what `absent` says, where there may be none. Rejects with ApiProblem,
   * which says what is wrong with which part.
   */
  json<Schema extends z.ZodType>(schema: Schema, maxBytes: number, absent?: object): Promise<z.infer<Schema>>
}

export interface Operation<QuerySchema extends z.ZodObject = z.ZodObject> {
  readonly id: string
  readonly method: Method
  /** Relative to `/v1`; `{id}` is a document's id, percent-encoded as one segment, `{snapshot}` and `{share}` theirs. */
  readonly path: `/${string}`
  /** `public`: everybody may, whoever they are, and no document is touched. */
  readonly action: Action | 'public'
  /** What is done by it is told by the audit log each time, whoever did it. */
  readonly isAct?: true
  readonly summary: string
  readonly description: string
  readonly query: QuerySchema
  /** Request headers it looks at. */
  readonly headers: readonly RequestHeader[]
  readonly body: Body | null
  readonly answers: Readonly<Record<number, Answer>>
  /** Beyond those every operation may answer with. */
  readonly problems: readonly ProblemName[]
  handle(asked: Asked<z.infer<QuerySchema>>): Promise<Response>
}

export type RequestHeader =
  | 'If-Match'
  | 'If-None-Match'
  | 'Prefer'
  | 'Accept'
  | 'Content-Type'
  | 'Idempotency-Key'

/** Keeps what the handler is given in step with the schema of the query. */
export function operation<QuerySchema extends z.ZodObject>(made: Operation<QuerySchema>): Operation {
  return made as unknown as Operation
}
