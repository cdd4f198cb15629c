/** What the page asks of a document's history over HTTP. Rejects with Refusal, or AbortError where it was given up. */
import type { DocumentId } from '#shared/id.ts'
import { cleanName } from '../person.ts'
import { ask, Refusal } from '../refusal.ts'
import type { Sitting, Version } from './life.ts'

/** The page as ProseMirror writes it. Whoever shows it holds it against the schema. */
export interface Shot {
  /** The position it is the text of. */
  readonly at: number
  readonly content: unknown
}

export interface Me {
  readonly author: string
  readonly name: string
}

/** As many as a whole life mostly has; more come page by page. */
const SITTINGS = 5_000
/** A life of more pages than this is shown from its newest part on. */
const MAX_PAGES = 10
const VERSIONS = 500

export class HistoryApi {
  readonly #path: string

  constructor(id: DocumentId) {
    this.#path = `/v1/documents/${encodeURIComponent(id)}`
  }

  /** Who asks, as edits are attributed; null where nobody is known. */
  async me(signal: AbortSignal): Promise<Me | null> {
    const { principal } = record(await (await ask('/v1/session', { signal })).json())
    const { id, name } = record(principal)
    return typeof id === 'string' && typeof name === 'string' ? { author: id, name: cleanName(name) } : null
  }

  /** Oldest first. `limit`: only so many of the newest. */
  async sittings(signal: AbortSignal, limit?: number): Promise<readonly Sitting[]> {
    const found = await this.#pages(`history?limit=${limit ?? SITTINGS}`, 'sittings', {
      signal,
      parse: parseSitting,
      pages: limit === undefined ? MAX_PAGES : 1,
    })
    return found.reverse()
  }

  versions(signal: AbortSignal): Promise<readonly Version[]> {
    return this.#pages(`snapshots?limit=${VERSIONS}`, 'snapshots', {
      signal,
      parse: parseVersion,
      pages: MAX_PAGES,
    })
  }

  async content(at: number, signal: AbortSignal): Promise<Shot> {
    const answer = await ask(`${this.#path}/content?format=json&at=${at}`, { signal })
    const tag = /^"(\d+)"$/.exec(answer.headers.get('etag') ?? '')?.[1]
    return { at: tag === undefined ? at : Number(tag), content: await answer.json() }
  }

  /** The text at `to`, in which what changed since `from` is marked. */
  async changes(from: number, to: number, signal: AbortSignal): Promise<Shot> {
    const answer = await ask(`${this.#path}/diff?format=page&from=${from}&to=${to}`, { signal })
    const said = record(await answer.json())
    return { at: typeof said['to'] === 'number' ? said['to'] : to, content: said['content'] }
  }

  async name(seq: number, name: string | null): Promise<Version> {
    return this.#version(await this.#send('POST', 'snapshots', { seq, ...(name === null ? {} : { name }) }))
  }

  async rename(id: string, name: string | null): Promise<Version> {
    return this.#version(await this.#send('PATCH', `snapshots/${id}`, { name }))
  }

  async remove(id: string): Promise<void> {
    await this.#send('DELETE', `snapshots/${id}`)
  }

  /** The id of the snapshot of what was there: restoring it undoes this. Null where nothing changed. */
  async restore(id: string): Promise<string | null> {
    const said = record(await (await this.#send('POST', `snapshots/${id}/restore`)).json())
    const { kept } = said
    if (kept === null) return null
    if (typeof kept !== 'string') throw new Refusal('failed', 'The server did not answer as it should.')
    return kept
  }

  #send(method: string, path: string, body?: unknown): Promise<Response> {
    return ask(`${this.#path}/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
  }

  async #version(answer: Response): Promise<Version> {
    const version = parseVersion(await answer.json())
    if (version === null) throw new Refusal('failed', 'The server did not answer as it should.')
    return version
  }

  async #pages<T>(
    path: string,
    list: string,
    { signal, parse, pages }: { signal: AbortSignal; parse: (one: unknown) => T | null; pages: number },
  ): Promise<T[]> {
    const out: T[] = []
    let cursor = ''
    for (let page = 0; page < pages; page++) {
      const said = record(await (await ask(`${this.#path}/${path}${cursor}`, { signal })).json())
      const { [list]: found, next } = said
      if (!Array.isArray(found)) throw new Refusal('failed', 'The server did not answer as it should.')
      for (const one of found) {
        const parsed = parse(one)
        if (parsed !== null) out.push(parsed)
      }
      if (typeof next !== 'string') break
      cursor = `&cursor=${encodeURIComponent(next)}`
    }
    return out
  }
}

function parseSitting(value: unknown): Sitting | null {
  const { from, to, begin, end, authors } = record(value)
  if (typeof from !== 'number' || typeof to !== 'number' || !Array.isArray(authors)) return null
  return {
    from,
    to,
    begin: timeIn(begin),
    end: timeIn(end),
    authors: authors.map((one: unknown) => {
      const { author, name, edits } = record(one)
      return {
        author: String(author ?? ''),
        name: typeof name === 'string' ? cleanName(name) : null,
        edits: typeof edits === 'number' ? edits : 0,
      }
    }),
  }
}

function parseVersion(value: unknown): Version | null {
  const { id, name, seq, time } = record(value)
  if (typeof id !== 'string' || typeof seq !== 'number') return null
  return { id, name: typeof name === 'string' ? name : null, seq, time: timeIn(time) }
}

function timeIn(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) || 0 : 0
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
