/** An HTTP proxy as people meet them: it may refuse, lose or swallow upgrades, buffer responses, or be a portal. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export interface ProxyRules {
  /** A status refuses them; `strip` passes the request on without its wish; `swallow` takes it and says nothing. */
  readonly upgrades?: 'pass' | 'strip' | 'swallow' | 400 | 403 | 502
  /** Holds each response until it ended or has this many bytes. */
  readonly bufferBytes?: number
  /** Answers everything with a page of its own. */
  readonly isPortal?: boolean
  /** Answers these addresses with 502, upgrades too. */
  readonly refused?: RegExp
  /** Ends the connection after each answer, so that each request comes over a connection of its own. */
  readonly isOneRequestEach?: boolean
}

const PORTAL = '<!doctype html><title>Welcome</title><h1>Please sign in to this network</h1>'
/** An event stream or a held poll. */
const WAITS = /[?&]live=(sse|long-poll)\b/
const HELD_MS = 1_000
/** Between two neighbours, not passed on. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']

type Headers = Record<string, string | string[]>

interface Held {
  readonly method: string
  readonly url: string
  readonly since: number
}

export class HttpProxy {
  readonly port: number
  rules: ProxyRules
  /** Requests that are answered at the moment, first come first. */
  readonly held = new Set<Held>()
  /** The most event streams and held polls there were at one time. */
  mostHeld = 0
  /** Upgrades that were asked for. */
  upgradesAsked = 0
  readonly #server: Server
  readonly #upgraded = new Set<Duplex>()

  private constructor(server: Server, port: number, rules: ProxyRules) {
    this.#server = server
    this.port = port
    this.rules = rules
  }

  /** In front of a server on 127.0.0.1. */
  static async open(target: { readonly port: number }, rules: ProxyRules = {}): Promise<HttpProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const proxy = new HttpProxy(server, address.port, rules)
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) =>
      proxy.#pass(target.port, asked, answer),
    )
    server.on('upgrade', (asked: IncomingMessage, socket: Duplex, head: Buffer) =>
      proxy.#upgrade(target.port, asked, { socket, head }),
    )
    return proxy
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    for (const socket of this.#upgraded) socket.destroy()
    await closed
  }

  #pass(port: number, asked: IncomingMessage, answer: ServerResponse): void {
    const { bufferBytes = 0, isPortal = false, isOneRequestEach = false } = this.rules
    if (isOneRequestEach) answer.setHeader('connection', 'close')
    if (isPortal) {
      answer.writeHead(200, { 'content-type': 'text/html' }).end(PORTAL)
      return
    }
    const { method = 'GET', url = '/' } = asked
    if (this.rules.refused?.test(url) === true) {
      asked.resume()
      answer.writeHead(502).end()
      return
    }
    const held = { method, url, since: performance.now() }
    this.held.add(held)
    // What is given up is heard of a moment later: a request counts as held from the age of a second on.
    const counting = setTimeout(() => setImmediate(() => this.#countHeld()), HELD_MS)
    const onward = request({ port, host: '127.0.0.1', method, path: url, headers: withoutHops(asked) })
    onward.on('error', () => answer.destroy())
    onward.on('response', (response) => {
      const head = (): void => {
        answer.writeHead(response.statusCode ?? 502, withoutHops(response))
        answer.flushHeaders()
      }
      response.on('error', () => answer.destroy())
      if (bufferBytes === 0) {
        head()
        response.pipe(answer)
        return
      }
      let kept: Buffer[] = []
      const release = (): void => {
        if (!answer.headersSent) head()
        for (const bytes of kept) answer.write(bytes)
        kept = []
      }
      response.on('data', (bytes: Buffer) => {
        kept.push(bytes)
        if (kept.reduce((sum, { length }) => sum + length, 0) >= bufferBytes) release()
      })
      response.on('end', () => {
        release()
        answer.end()
      })
    })
    answer.on('close', () => {
      this.held.delete(held)
      clearTimeout(counting)
      onward.destroy()
    })
    asked.pipe(onward)
  }

  #countHeld(): void {
    const oldest = performance.now() - HELD_MS
    const count = [...this.held].filter(({ url, since }) => WAITS.test(url) && since <= oldest).length
    this.mostHeld = Math.max(this.mostHeld, count)
  }

  #upgrade(
    port: number,
    asked: IncomingMessage,
    { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  ): void {
    this.upgradesAsked++
    this.#upgraded.add(socket)
    socket.on('close', () => this.#upgraded.delete(socket))
    const { upgrades: allUpgrades = 'pass', isPortal = false, refused } = this.rules
    const upgrades = refused?.test(asked.url ?? '/') === true ? 502 : allUpgrades
    socket.on('error', () => socket.destroy())
    if (isPortal) {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n${PORTAL}`)
      return
    }
    if (upgrades === 'swallow') return
    if (typeof upgrades === 'number') {
      socket.end(`HTTP/1.1 ${upgrades} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
      return
    }
    const headers = upgrades === 'strip' ? withoutHops(asked) : asked.headers
    const onward = request({ port, host: '127.0.0.1', path: asked.url ?? '/', headers: { ...headers } })
    onward.on('error', () => socket.destroy())
    onward.on('response', (response) => {
      response.on('error', () => socket.destroy())
      socket.write(`HTTP/1.1 ${response.statusCode} \r\nConnection: close\r\n\r\n`)
      response.pipe(socket)
    })
    onward.on('upgrade', (response, far, farHead) => {
      const lines = [`HTTP/1.1 101 ${response.statusMessage}`]
      for (let i = 0; i + 1 < response.rawHeaders.length; i += 2)
        lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`)
      socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      socket.write(farHead)
      far.write(head)
      far.on('error', () => socket.destroy())
      far.on('close', () => socket.destroy())
      socket.on('close', () => far.destroy())
      socket.pipe(far).pipe(socket)
    })
    socket.on('close', () => onward.destroy())
    onward.end()
  }
}

function withoutHops({ headers }: IncomingMessage): Headers {
  const kept: Headers = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !HOP_BY_HOP.includes(name)) kept[name] = value
  return kept
}
