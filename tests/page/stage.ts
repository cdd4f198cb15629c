/**
 * The built page, served by the server's own routes, in front of a server end that plays a part: every state of a
 * document can be brought about, also those a healthy server never shows. Two people meet in tests/page/together.test.ts,
 * on a real server.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type WebSocket, WebSocketServer } from 'ws'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { openAccess } from '#server/access/open.ts'
import { Bodies } from '#server/api/body.ts'
import { listDocuments } from '#server/api/list.ts'
import { Places } from '#server/api/places.ts'
import { ApiProblem } from '#server/api/problem.ts'
import { apiRoutes, NO_DOOR } from '#server/api/router.ts'
import type { ListedDocument, Log } from '#server/log/port.ts'
import { ensurePage } from '#server/ops/build-page.ts'
import { pageRoutes } from '#server/ops/page.ts'
import { type Frame, type Hello, VERSION } from '#shared/frame.ts'
import { documentId, epoch, NONE, seq } from '#shared/id.ts'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The part the server end plays; may be changed while channels are open. */
export interface Part {
  hello: Partial<Hello>
  /** Called for each push; true acknowledges it. */
  acknowledges: boolean
  /** Instead of a hello: the code a channel is closed with. */
  refuses: { readonly code: number; readonly reason: string } | null
  /** What the document holds when it is opened. */
  content: Uint8Array
  people: readonly { readonly name: string; readonly color: number }[]
}

export class Stage {
  readonly url: string
  /** What the list of documents answers with; 'broken' is a server that fails. */
  listed: readonly ListedDocument[] | 'broken' | 'refused' = []
  part: Part = usual()
  /** What `GET /v1/session` answers with. */
  who: object = OPEN
  /** What `GET /v1/documents/ID/shares` answers with. */
  shares: readonly object[] = []
  /** Whether the token of a link is taken. */
  takesLinks = true
  /** False for a server that takes channels and says nothing. */
  answers = true
  readonly channels = new Set<WebSocket>()
  /** What pages sent that could not be acknowledged yet. */
  readonly waiting: Array<() => void> = []
  /** What pages sent to be kept, in order. */
  readonly pushed: Uint8Array[] = []
  /** The states pages told of themselves, in order. */
  readonly presence: Array<{ readonly user?: unknown }> = []
  readonly #close: () => Promise<void>

  constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.#close = close
  }

  /** Acknowledges everything that waits, and from now on everything. */
  acknowledge(): void {
    this.part.acknowledges = true
    for (const settle of this.waiting.splice(0)) settle()
  }

  /** Says hello once more: something about everybody's rights, or the document, is another. */
  greet(hello: Partial<Hello>): void {
    this.send({ ...HELLO, ...hello })
  }

  send(frame: Frame): void {
    for (const channel of this.channels) channel.send(encodeFrame(frame))
  }

  close(): Promise<void> {
    return this.#close()
  }
}

/** Somebody the server knows, where everybody has to be known. */
export function known(
  name: string,
  more: { readonly isGuest?: boolean; readonly grants?: object[] } = {},
): object {
  const { isGuest = false, grants = [] } = more
  return { mode: 'guarded', principal: { key: '00000000000000ab', name, colour: null, isGuest }, grants }
}

export const UNKNOWN = { mode: 'guarded', principal: null, grants: [] }

/** A writer's document that saves at once and holds nothing. */
export function usual(part: Partial<Part> = {}): Part {
  return { hello: {}, acknowledges: true, refuses: null, content: EMPTY, people: [], ...part }
}

export function listedDocument(id: string, more: Partial<ListedDocument> = {}): ListedDocument {
  const document = documentId(id)
  if (document === null) throw new RangeError(`not an id: ${id}`)
  return {
    document,
    head: seq(3),
    kind: 'page',
    title: '',
    author: 'anonymous',
    time: Date.now() - 90_000,
    changed: 1,
    ...more,
  }
}

const EMPTY = new Uint8Array([0, 0])
const OPEN = { mode: 'open', principal: null, grants: [] }
const EPOCH = epoch('0123456789abcdef')

const HELLO: Hello = {
  type: 'hello',
  version: VERSION,
  epoch: EPOCH,
  head: seq(1),
  role: 'writer',
  kind: 'page',
  schemaVersion: SCHEMA_VERSION,
  saving: true,
  maxFrameBytes: 16 << 20,
  heartbeatMs: 60_000,
}

/** The list of documents alone, relative to `/v1`. */
export function listRoutes(list: Log['list']): Hono {
  const access = openAccess()
  return apiRoutes([listDocuments({ log: { list } })], {
    access,
    places: new Places({ maxWaiting: Number.POSITIVE_INFINITY }),
    bodies: new Bodies({ maxBytes: 1 << 20 }),
    door: NO_DOOR,
    onFailed: (error) => {
      throw error
    },
  })
}

export async function openStage(): Promise<Stage> {
  const app = new Hono()
  app.get('/v1/session', (context) => context.json(stage.who))
  app.post('/v1/session', (context) => {
    if (stage.takesLinks) return context.json(stage.who)
    const problem = { status: 401, title: 'Who are you?', detail: 'The link has ended.', code: 4401 }
    return context.json(problem, 401, { 'Content-Type': 'application/problem+json' })
  })
  app.get('/v1/documents/:id/shares', (context) => context.json({ shares: stage.shares }))
  app.route(
    '/v1',
    listRoutes(async (limit) => list(limit)),
  )
  app.route('/', await pageRoutes({ dist: await ensurePage({ root: ROOT }) }))
  const server = createServer(getRequestListener(app.fetch))
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'vellum' })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const stage = new Stage(`http://127.0.0.1:${address.port}`, async () => {
    for (const socket of sockets.clients) socket.terminate()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const list = (limit: number): readonly ListedDocument[] => {
    if (stage.listed === 'refused') throw new ApiProblem('unauthenticated', 'Who are you?')
    if (stage.listed === 'broken') throw new Error('the list is broken')
    return stage.listed.slice(0, limit)
  }
  sockets.on('connection', (socket) => play(stage, socket))
  return stage
}

function play(stage: Stage, socket: WebSocket): void {
  const { part } = stage
  const send = (frame: Frame): void => socket.send(encodeFrame(frame))
  if (part.refuses !== null) {
    socket.close(part.refuses.code, part.refuses.reason)
    return
  }
  if (!stage.answers) return
  stage.channels.add(socket)
  socket.on('close', () => stage.channels.delete(socket))
  send({ ...HELLO, ...part.hello })
  socket.on('message', (data: Buffer) => {
    const frame = decodeFrame(new Uint8Array(data))
    if (frame.type === 'resume') {
      send({ type: 'resumed', seq: seq(0) })
      send({ type: 'entries', from: seq(1), to: seq(1), hash: NONE, updates: [part.content] })
      send({ type: 'step2', update: EMPTY })
      if (part.people.length > 0) send({ type: 'presence', presence: presenceOf(part.people) })
    } else if (frame.type === 'push') {
      const { session, number, update } = frame
      stage.pushed.push(update)
      const settle = (): void => send({ type: 'ack', session, from: number, to: number })
      if (stage.part.acknowledges) settle()
      else stage.waiting.push(settle)
    } else if (frame.type === 'presence') stage.presence.push(...statesIn(frame.presence))
    else if (frame.type === 'ping') send({ type: 'pong', nonce: frame.nonce })
  })
}

/** One presence frame's bytes for people who are somewhere else. */
export function presenceOf(people: Part['people'], present = true): Uint8Array {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  awareness.setLocalState(null)
  const ids = people.map((_, index) => 1_000 + index)
  for (const [index, user] of people.entries()) {
    const id = 1_000 + index
    if (present) awareness.states.set(id, { user })
    awareness.meta.set(id, { clock: present ? 1 : 2, lastUpdated: Date.now() })
  }
  const bytes = encodeAwarenessUpdate(awareness, ids)
  awareness.destroy()
  doc.destroy()
  return bytes
}

/** The states in a presence frame; farewells are left out. */
function statesIn(presence: Uint8Array): readonly { readonly user?: unknown }[] {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  awareness.setLocalState(null)
  applyAwarenessUpdate(awareness, presence, null)
  const states = [...awareness.getStates().values()]
  awareness.destroy()
  doc.destroy()
  return states
}

/** A document's content as one update. */
export function written(title: string, paragraphs: readonly string[] = []): Uint8Array {
  const doc = new Y.Doc()
  doc.transact(() => {
    if (title !== '') doc.getMap('meta').set('title', title)
    const root = doc.getXmlFragment('prosemirror')
    for (const [index, text] of paragraphs.entries()) {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(text)])
      root.insert(index, [paragraph])
    }
  })
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}

export interface Look {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
  readonly touch?: boolean
  /** Whether the page may put itself on the device. Default: no, which leaves more of the machine to what is tested. */
  readonly keeps?: boolean
}

/** A page of its own (own storage), and everything it and others beside it complained about. */
export async function newPage(browser: Browser, look: Look = {}): Promise<Visit> {
  const { width = 1280, height = 800, scheme = 'light', touch = false, keeps = false } = look
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    hasTouch: touch,
    isMobile: touch,
    reducedMotion: 'reduce',
    serviceWorkers: keeps ? 'allow' : 'block',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (!message.text().startsWith('Service Worker registration blocked by')) complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  return { context, page, complaints }
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: readonly string[]
}
