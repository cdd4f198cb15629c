/** A program that uses the HTTP API of a real server. */
import type { ServerProcess } from '#tests/server-process.ts'

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | null
  readonly signal?: AbortSignal
}

export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly bytes: Uint8Array
  /** The body as JSON; null where it is none. */
  readonly json: Record<string, unknown> | null
}

let documents = 0

/** A name that no other test uses. */
export function freshId(name = 'document'): string {
  documents += 1
  return `${name} ${documents}/ü`
}

export class Program {
  readonly url: string

  constructor(server: Pick<ServerProcess, 'url'>) {
    this.url = `${server.url}/v1`
  }

  /** `path` is what follows `/v1/documents`. */
  async ask(method: string, path: string, ask: Ask = {}): Promise<Told> {
    const response = await fetch(`${this.url}/documents${path}`, {
      method,
      headers: ask.headers ?? {},
      body: ask.body === undefined ? null : (ask.body as BodyInit),
      ...(ask.signal === undefined ? {} : { signal: ask.signal }),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const text = new TextDecoder().decode(bytes)
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return {
      status: response.status,
      headers: response.headers,
      text,
      bytes,
      json: isJson && text !== '' ? JSON.parse(text) : null,
    }
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
    return this.ask('GET', path, { headers })
  }

  /** Makes a document; its path. */
  async make(markdown: string, id = freshId()): Promise<string> {
    const body = JSON.stringify({ title: 'A title', format: 'markdown', content: markdown })
    const told = await this.ask('PUT', pathOf(id), { headers: { 'content-type': 'application/json' }, body })
    if (told.status !== 201) throw new Error(`${told.status}: ${told.text}`)
    return pathOf(id)
  }

  put(
    path: string,
    markdown: string,
    query = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Told> {
    return this.ask('PUT', `${path}/content${query}`, {
      headers: { 'content-type': 'text/markdown', ...headers },
      body: markdown,
    })
  }

  async markdown(path: string): Promise<string> {
    return (await this.get(`${path}/content?format=markdown`)).text
  }

  update(path: string, update: Uint8Array): Promise<Told> {
    return this.ask('POST', `${path}/updates`, {
      headers: { 'content-type': 'application/octet-stream' },
      body: update,
    })
  }

  async log(path: string): Promise<readonly { seq: number; author: string; time: string; update: string }[]> {
    const { json } = await this.get(`${path}/updates`)
    return json?.['updates'] as { seq: number; author: string; time: string; update: string }[]
  }
}

export function pathOf(id: string): string {
  return `/${encodeURIComponent(id)}`
}

/** The name of a problem. */
export function problemIn({ json, status, headers }: Told): string {
  if (headers.get('content-type') !== 'application/problem+json') return `${status} without a problem`
  return String(json?.['type']).replace('/v1/docs#', '')
}
