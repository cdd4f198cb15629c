/**
 * A server that is attacked over every carrier. Somebody writes on in another document all the while, the memory it
 * takes is watched, and so is what it writes down.
 */
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import * as Y from 'yjs'
import type { Frame } from '#shared/frame.ts'
import type { SessionId } from '#shared/id.ts'
import { Bystanders, metric } from '#tests/process/bystanders.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { type End, type EndOptions, ends, freshSession } from './end.ts'

export type Carrier = keyof typeof ends
export const carriers = Object.keys(ends) as Carrier[]

/** Garbage is collected when it likes: a third of what one of the claims to need would be seen. */
const GROWTH_BYTES = 128 << 20

/** All attacks come from one address, and at once. */
const UNLIMITED = {
  MAX_CHANNELS_PER_ADDRESS: '0',
  MAX_REQUESTS_PER_SECOND: '0',
  MAX_NEW_DOCUMENTS_PER_HOUR: '0',
  MAX_MALFORMED_PER_MINUTE: '0',
  MAX_CONNECTIONS_PER_SECOND: '0',
}

export type Headers = Readonly<Record<string, string>>

export interface AttackedOptions {
  readonly env?: Readonly<Record<string, string>>
  /** What opens every document, where people have to say who they are. */
  readonly token?: string
}

export class Attacked {
  readonly server: ServerProcess
  readonly bystanders: Bystanders
  readonly #owner: Headers
  #memory = 0
  #stop: (() => Promise<void>) | null = null

  static async open({ env = {}, token }: AttackedOptions = {}): Promise<Attacked> {
    return new Attacked(await startServer({ env: { ...UNLIMITED, ...env } }), token)
  }

  private constructor(server: ServerProcess, token: string | undefined) {
    this.server = server
    this.bystanders = new Bystanders(server, token === undefined ? {} : { token })
    this.#owner = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  get url(): string {
    return this.server.url
  }

  /** Before each attack. */
  async begin(): Promise<void> {
    await this.bystanders.noticeNothing()
    this.#memory = await this.metric('process_resident_memory_bytes')
    this.#stop = this.bystanders.keepWriting()
  }

  /** After each: memory is bounded, and nobody else noticed. */
  async noticedByNobody(): Promise<void> {
    await this.#stop?.()
    expect((await this.metric('process_resident_memory_bytes')) - this.#memory).toBeLessThan(GROWTH_BYTES)
  }

  /** After all: no mistake of the server's own, and nothing in its log of what was attacked. */
  async close(): Promise<void> {
    this.bystanders.leave()
    await this.server.kill('SIGTERM')
    expect(this.server.stderr).not.toMatch(/"level":"(error|fatal)"|Unhandled|attacked/)
    await this.server[Symbol.asyncDispose]()
  }

  metric(name: string): Promise<number> {
    return metric(this.server, name)
  }

  end(carrier: Carrier, document: string, more: Partial<EndOptions> = {}): End {
    return new ends[carrier]({ url: this.url, document, headers: this.#owner, ...more })
  }

  /** What came of these frames: the code their channel ended with, the one they were refused with, or 'stays'. */
  async outcome(
    carrier: Carrier,
    document: string,
    frames: readonly (Frame | Uint8Array)[],
    more: Partial<EndOptions> = {},
  ): Promise<number | 'stays'> {
    const end = this.end(carrier, document, more)
    await end.next('step2')
    end.send(...frames, { type: 'ping', nonce: 7 })
    // It ended before it answered: that is an outcome, too.
    await end.until(() => end.of('pong').length > 0).catch(() => undefined)
    const result = end.code ?? end.of('refused')[0]?.code ?? 'stays'
    end.cut()
    return result
  }

  /** What comes of one update in each way that a channel takes updates. */
  everyWay(
    carrier: Carrier,
    document: string,
    update: Uint8Array,
    more: Partial<EndOptions> = {},
  ): Promise<(number | 'stays')[]> {
    const session = freshSession()
    return Promise.all(
      everyWay(update, session).map((frame) =>
        this.outcome(carrier, document, [frame], { sessions: [session], ...more }),
      ),
    )
  }

  /** By somebody honest; resolves when all of it is stored. */
  async write(document: string, ...updates: readonly Uint8Array[]): Promise<void> {
    const session = freshSession()
    const author = this.end('websocket', document, { sessions: [session] })
    await author.next('step2')
    author.send(...updates.map((update, at): Frame => ({ type: 'push', session, number: at + 1, update })))
    await author.until(() => author.of('ack').at(-1)?.to === updates.length, 'an ack')
    author.cut()
  }

  /** As somebody holds it who comes anew. */
  async read(document: string, carrier: Carrier = 'long-poll'): Promise<Y.Doc> {
    const reader = this.end(carrier, document)
    await reader.next('step2')
    reader.cut()
    return told(reader)
  }

  /** The log, entry by entry. */
  async stored(document: string): Promise<Uint8Array[]> {
    const response = await this.ask(`/v1/documents/${document}/updates?limit=5000`)
    if (response.status === 404) return []
    const { updates } = (await response.json()) as { updates: { update: string }[] }
    return updates.map(({ update }) => new Uint8Array(Buffer.from(update, 'base64')))
  }

  ask(path: string, init: RequestInit = {}): Promise<Response> {
    const type = init.body instanceof Uint8Array ? 'application/octet-stream' : 'application/json'
    const headers = {
      ...this.#owner,
      ...(init.body !== undefined && { 'content-type': type }),
      ...init.headers,
    }
    return fetch(`${this.url}${path}`, { ...init, headers })
  }
}

/** An update as each frame that may carry one. */
export function everyWay(update: Uint8Array, session: SessionId): Frame[] {
  return [
    { type: 'update', update },
    { type: 'step2', update },
    { type: 'push', session, number: 1, update },
  ]
}

/** The document that this end was told. */
export function told(end: End): Y.Doc {
  return loaded(end.of('entries').flatMap(({ updates }) => updates))
}

export function loaded(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

export function hash(doc: Y.Doc): string {
  return createHash('sha256').update(Y.encodeStateAsUpdate(doc)).digest('hex')
}
