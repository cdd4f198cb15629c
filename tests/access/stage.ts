/** Guarded rooms behind the three carriers on a real port, tokens for them, and time that passes when told to. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Question } from '#server/access/access.ts'
import type { Audit, AuditLine } from '#server/access/audit.ts'
import { GuardedAccess } from '#server/access/guarded.ts'
import { makeToken, type TokenFor } from '#server/access/making.ts'
import { MemoryAccessStore } from '#server/access/memory-store.ts'
import { guardedSignIn, type SignIn } from '#server/access/sign-in.ts'
import type { AccessStore } from '#server/access/store.ts'
import { Tokens } from '#server/access/token.ts'
import { readConfig } from '#server/config.ts'
import { Door } from '#server/gate/admission.ts'
import { HttpCarriers } from '#server/gate/http.ts'
import { WebSocketCarrier } from '#server/gate/websocket.ts'
import { TALK } from '#server/room/errand.ts'
import { type DocumentId, documentId } from '#shared/id.ts'
import { House } from '#tests/room/house.ts'
import { SeededChance } from '#tests/simulation/chance.ts'

export const SECRET = 'a secret that nobody can guess, of 40 bytes'

export type TokenOf = Partial<Omit<TokenFor, 'secret' | 'issuedAtSeconds'>>

export class AccessStage {
  readonly house = new House()
  readonly lines: AuditLine[] = []
  readonly access: GuardedAccess
  readonly signIn: SignIn
  readonly #server: Server
  readonly #sockets: WebSocketCarrier
  url = ''

  static async open(store: AccessStore = new MemoryAccessStore()): Promise<AccessStage> {
    const house = new House()
    const lines: AuditLine[] = []
    const stage = new AccessStage(
      house,
      lines,
      await accessOf({
        store,
        wall: () => house.clock.wall(),
        audit: { note: (line) => void lines.push(line) },
      }),
    )
    stage.#server.listen(0, '127.0.0.1')
    await once(stage.#server, 'listening')
    stage.url = `http://127.0.0.1:${(stage.#server.address() as AddressInfo).port}`
    return stage
  }

  private constructor(house: House, lines: AuditLine[], access: GuardedAccess) {
    this.house = house
    this.lines = lines
    this.access = access
    this.signIn = guardedSignIn(access)
    const read = readConfig({ AUTH_SECRET: SECRET }, [])
    if (read.kind !== 'config') throw new Error('the settings were refused')
    const { clock, metrics, rooms } = house
    access.onChange(() => rooms.recheck())
    const door = new Door(read.config, { clock, metrics })
    const carriers = new HttpCarriers({
      access,
      door,
      clock,
      metrics,
      rooms,
      maxFrameBytes: 1 << 20,
      maxHeld: 100,
      maxPostedBytes: 64 << 20,
      onFailed: (error) => {
        throw error
      },
    })
    this.#server = createServer((request, response) => carriers.handle(request, response))
    this.#server.on('connection', (socket) => socket.on('error', () => socket.destroy()))
    this.#sockets = new WebSocketCarrier({
      server: this.#server,
      access,
      door,
      clock,
      metrics,
      maxFrameBytes: 1 << 20,
      maxPartialBytes: 1 << 24,
      firstFrameMs: Number.POSITIVE_INFINITY,
      join: (coming) => rooms.enter({ ...coming, errand: TALK }),
    })
  }

  async close(): Promise<void> {
    this.#sockets.close()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
    await this.access.close()
  }

  /** A token of Ana's, for an hour, to write in every document. */
  token(of: TokenOf = {}): Promise<string> {
    const issuedAtSeconds = Math.floor(this.house.clock.wall() / 1_000)
    const given = { sub: 'ana', name: 'Ana', doc: '*', role: 'writer', expiresInSeconds: 3_600 } as const
    return makeToken({ secret: SECRET, issuedAtSeconds, ...given, ...of })
  }

  /** Lets what is due now happen until this has; no time passes. */
  during<T>(promise: Promise<T>): Promise<T> {
    return this.#while(promise, 0)
  }

  /** Lets time pass, a little at a time, until this has happened: polls gather what comes for a moment. */
  passing<T>(promise: Promise<T>): Promise<T> {
    return this.#while(promise, 5)
  }

  async #while<T>(promise: Promise<T>, ms: number): Promise<T> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    promise.then(done, done)
    while (!isDone) await this.house.clock.pass(ms)
    return promise
  }

  /** Seconds, in steps in which answers reach who waits for them. */
  async pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 2; step++) {
      await this.house.clock.pass(500)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
}

export interface AccessOf {
  readonly store: AccessStore
  /** Wall-clock milliseconds. */
  readonly wall: () => number
  readonly secret?: string
  readonly audit?: Audit
}

export function accessOf(options: AccessOf): Promise<GuardedAccess> {
  const { store, wall, secret = SECRET, audit = { note: () => {} } } = options
  return GuardedAccess.open({
    tokens: new Tokens({ secret, keySet: null, audience: null, wall }),
    store,
    chance: new SeededChance(7),
    wall,
    audit,
    onFailed: (error) => {
      throw error
    },
  })
}

export function named(name: string): DocumentId {
  const id = documentId(name)
  if (id === null) throw new Error(`not a name: ${name}`)
  return id
}

/** What somebody asks who shows this. */
export function asking(
  action: Question['action'],
  document: string | null,
  shown: {
    readonly headers?: Readonly<Record<string, string>>
    readonly query?: Readonly<Record<string, string>>
  } = {},
): Question {
  return {
    action,
    document: document === null ? null : named(document),
    header: (name) => shown.headers?.[name] ?? null,
    query: (name) => shown.query?.[name] ?? null,
  }
}

export function bearing(token: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { authorization: `Bearer ${token}` } }
}

export function cookie(secret: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { cookie: `vellum=${secret}` } }
}
