/**
 * The line between people and a server, of any protocol: slow, lossy, cut or silent. Its rules may be changed while
 * connections are open. What a silent line holds back it delivers once it speaks again, as TCP does.
 */
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import type { Chance } from '#shared/time.ts'
import { Connection } from './connection.ts'

export interface LineRules {
  /** Added each way. */
  readonly latencyMs?: number
  /** Ends each connection this long after it began. */
  readonly cutAfterMs?: number
  /** Ends a connection over which nothing went for this long. */
  readonly cutIdleMs?: number
  /** This share of connections is lost, at any of its first bytes. 0 to 1. */
  readonly lossShare?: number
  /** Nobody is there: connections end at once, those there are and those that come. */
  readonly isDown?: boolean
  /** Takes everything, passes nothing on. */
  readonly isBlackHole?: boolean
}

export interface LineOptions {
  /** On 127.0.0.1, where the line leads to. */
  readonly port: number
  readonly chance: Chance
  readonly rules?: LineRules
}

/** A connection that is lost gets no further than this many bytes. */
const LOST_BYTES = 1_500

export class Line {
  readonly port: number
  /** Connections that carried something and were ended by the rules. */
  ended = 0
  readonly #server: Server
  readonly #connections: Set<Connection>
  #rules: LineRules

  private constructor(from: {
    server: Server
    connections: Set<Connection>
    port: number
    rules: LineRules
  }) {
    this.#server = from.server
    this.#connections = from.connections
    this.port = from.port
    this.#rules = from.rules
  }

  static async open({ port, chance, rules = {} }: LineOptions): Promise<Line> {
    const connections = new Set<Connection>()
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const { lossShare = 0 } = line.rules
      const connection = new Connection({
        near,
        far: connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }),
        bytesLeft: chance.fraction() < lossShare ? Math.floor(chance.fraction() * LOST_BYTES) : null,
        onEnded: (byRule) => {
          connections.delete(connection)
          if (byRule) line.ended++
        },
      })
      connections.add(connection)
      connection.follow(line.rules)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const line = new Line({ server, connections, port: address.port, rules })
    return line
  }

  get rules(): LineRules {
    return this.#rules
  }

  set rules(rules: LineRules) {
    this.#rules = rules
    for (const connection of this.#connections) connection.follow(rules)
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Ends every connection there is. */
  cut(): void {
    for (const connection of [...this.#connections]) connection.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }
}
