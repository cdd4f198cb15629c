/** Documents as a program sees them: the operations of /v1 that commands need, over whatever carries a request. */
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import {
  DocumentInfo,
  DocumentList,
  Position,
  Restored,
  SnapshotInfo,
  SnapshotList,
} from '#server/api/schemas.ts'
import type { Format } from '#server/content/port.ts'
import { Failed } from './command.ts'

export type Document = z.infer<typeof DocumentInfo>
export type Snapshot = z.infer<typeof SnapshotInfo>

export interface Asking {
  readonly method: string
  /** What follows `/v1`, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | null
}

/** Sends one request. Rejects with Failed where no server answers. */
export type Carry = (asking: Asking) => Promise<Response>

/** Documents, and how to let go of them. */
export interface Reached {
  readonly documents: Documents
  close(): Promise<void>
}

export interface Wanted {
  readonly format: Format
  readonly at: number | null
  readonly snapshot: string | null
  readonly isStandalone: boolean
}

export interface Made {
  /** Of a document for another editor there is none to give. */
  readonly kind: 'page' | 'any'
  readonly title: string
  readonly format: Format
  readonly content: Uint8Array<ArrayBuffer>
}

/** The server said no; `status` is HTTP's, `problem` the name of the problem, '' where it named none. */
export class Refused extends Failed {
  readonly status: number
  readonly problem: string
  /** When to come back; null where that would not help. */
  readonly afterSeconds: number | null
  constructor(status: number, problem: string, detail: string, afterSeconds: number | null = null) {
    super(detail)
    this.status = status
    this.problem = problem
    this.afterSeconds = afterSeconds
  }
}

const PAGE = 500
/** How often what may be sent again is sent again where the server is too busy, or has been asked too much. */
const TRIES = 30
/** Where the server does not say how long to wait, and the longest it is believed. */
const PAUSE_S = 1
const MAX_PAUSE_S = 60

const Problem = z.object({ detail: z.string(), type: z.string().optional() })

const types: Readonly<Record<Format, string>> = {
  json: 'application/json',
  html: 'text/html',
  markdown: 'text/markdown',
  text: 'text/plain',
  yjs: 'application/octet-stream',
}

export class Documents {
  /** Whether a server is asked that serves others, too. */
  readonly isShared: boolean
  readonly #carry: Carry

  constructor(carry: Carry, { isShared = false } = {}) {
    this.#carry = carry
    this.isShared = isShared
  }

  /** One page after the other, newest change first. What changes meanwhile may be passed over. */
  async *list(): AsyncGenerator<readonly Document[], void> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: z.infer<typeof DocumentList> = await this.#json(
        DocumentList,
        'GET',
        `?limit=${PAGE}${query}`,
      )
      yield page.documents
      cursor = page.next
    }
  }

  /** All that there were when it began. What changes moves to the front of the list: it is gone through again. */
  async all(onFound: (count: number) => void): Promise<readonly Document[]> {
    const found = new Map<string, Document>()
    for (let before = -1; before < found.size; ) {
      before = found.size
      for await (const page of this.list()) {
        for (const one of page) found.set(one.id, one)
        onFound(found.size)
      }
    }
    return [...found.values()]
  }

  get(id: string): Promise<Document> {
    return this.#json(DocumentInfo, 'GET', pathOf(id))
  }

  async content(id: string, { format, at, snapshot, isStandalone }: Wanted): Promise<Uint8Array> {
    const query = new URLSearchParams({ format })
    if (at !== null) query.set('at', String(at))
    if (isStandalone) query.set('standalone', 'true')
    const where = snapshot === null ? '' : `/snapshots/${encodeURIComponent(snapshot)}`
    const response = await this.#ask({
      method: 'GET',
      path: `${pathOf(id)}${where}/content?${query}`,
      headers: {},
      body: null,
    })
    return new Uint8Array(await response.arrayBuffer())
  }

  /** False where there was one already, which stays as it is. */
  async make(id: string, { kind, title, format, content }: Made): Promise<boolean> {
    const response = await this.#ask({
      method: 'PUT',
      path: pathOf(id),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...(kind === 'any' ? { kind } : { title }),
        format,
        content: inJson(format, content),
      }),
    })
    await response.arrayBuffer()
    return response.status === 201
  }

  /** Makes a document that is there say this instead. */
  async write(id: string, { kind, title, format, content }: Made): Promise<void> {
    if (kind === 'any') {
      // Adds what the document lacks; there is nothing that could be taken from it.
      const path = `${pathOf(id)}/updates`
      const headers = { 'content-type': types.yjs }
      await parsed(Position, await this.#ask({ method: 'POST', path, headers, body: content }))
      return
    }
    const headers = { 'content-type': types[format] }
    const path = `${pathOf(id)}/content?format=${format}`
    await parsed(Position, await this.#ask({ method: 'PUT', path, headers, body: content }))
    await this.#json(DocumentInfo, 'PATCH', pathOf(id), { title })
  }

  snapshot(id: string, what: { readonly name?: string; readonly seq?: number }): Promise<Snapshot> {
    // The same key where it is sent again: one snapshot comes of it.
    const key = { 'idempotency-key': crypto.randomUUID() }
    return this.#json(SnapshotInfo, 'POST', `${pathOf(id)}/snapshots`, what, key)
  }

  async *snapshots(id: string): AsyncGenerator<Snapshot, void> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const path = `${pathOf(id)}/snapshots?limit=${PAGE}${query}`
      const page: z.infer<typeof SnapshotList> = await this.#json(SnapshotList, 'GET', path)
      yield* page.snapshots
      cursor = page.next
    }
  }

  async restore(id: string, snapshot: string): Promise<z.infer<typeof Restored>> {
    const path = `${pathOf(id)}/snapshots/${encodeURIComponent(snapshot)}/restore`
    return parsed(Restored, await this.#answered({ method: 'POST', path, headers: {}, body: null }))
  }

  async #json<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body: unknown = null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<z.infer<Schema>> {
    const type = body === null ? {} : { 'content-type': 'application/json' }
    const response = await this.#ask({
      method,
      path,
      headers: { ...type, ...headers },
      body: body === null ? null : JSON.stringify(body),
    })
    return parsed(schema, response)
  }

  /** For what may be sent again. Rejects with Refused. */
  async #ask(asking: Asking): Promise<Response> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#answered(asking)
      } catch (error) {
        if (!(error instanceof Refused) || error.afterSeconds === null || tries === TRIES) throw error
        await setTimeout(error.afterSeconds * 1_000)
      }
    }
  }

  #answered(asking: Asking): Promise<Response> {
    return answered(this.#carry, { ...asking, path: `/v1/documents${asking.path}` })
  }
}

/** Asks for a path from the root. Rejects with Refused. */
export async function answered(carry: Carry, asking: Asking): Promise<Response> {
  const response = await carry(asking)
  if (response.ok) return response
  throw refusedBy(response, await response.text())
}

function pathOf(id: string): string {
  return `/${encodeURIComponent(id)}`
}

function inJson(format: Format, content: Uint8Array): unknown {
  if (format === 'yjs') return Buffer.from(content).toString('base64')
  const text = utf8(content)
  if (format !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    throw new Failed('It is not JSON.')
  }
}

function utf8(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    // The decoder says no more than that.
    throw new Failed('It is not UTF-8.')
  }
}

function refusedBy({ status, headers }: Response, text: string): Refused {
  const problem = Problem.safeParse(jsonOf(text)).data
  const name = problem?.type?.split('#')[1] ?? ''
  if (status === 401) {
    const detail = 'The server wants to know who asks: give a token (--token, VELLUM_TOKEN).'
    return new Refused(status, name, detail)
  }
  const isBusy = status === 429 || status === 503
  const seconds = Number(headers.get('retry-after') ?? PAUSE_S)
  const after = isBusy && seconds > 0 ? Math.min(seconds, MAX_PAUSE_S) : null
  return new Refused(
    status,
    name,
    problem?.detail ?? `The server answered ${status}, as no Vellum does.`,
    after,
  )
}

/** Rejects with Failed where it is not what a server answers. */
export async function parsed<Schema extends z.ZodType>(
  schema: Schema,
  response: Response,
): Promise<z.infer<Schema>> {
  const result = schema.safeParse(jsonOf(await response.text()))
  if (result.success) return result.data
  throw new Failed('What answered is not a Vellum server, or another version of it.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Something else answered: what is then missing is told by whoever looks into it.
    return null
  }
}
