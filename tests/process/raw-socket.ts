/** A TCP connection that says exactly these bytes: for what no well-behaved client sends. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export class RawSocket {
  readonly socket: Socket
  /** Resolves when the server has ended the connection, with everything it had said. */
  readonly ended: Promise<Buffer>
  #received: Buffer[] = []

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#received.push(bytes))
    // A reset is an ending like any other here.
    socket.on('error', () => {})
    this.ended = new Promise((resolve) => {
      socket.on('close', () => resolve(this.received))
      // The server's end comes first where it closes politely; ours follows.
      socket.on('end', () => socket.end())
    })
  }

  static async connect(port: number): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new RawSocket(socket)
  }

  /** Connected and upgraded to a WebSocket. */
  static async upgrade(port: number, path: string, headers: readonly string[] = []): Promise<RawSocket> {
    const raw = await RawSocket.connect(port)
    raw.say(upgradeRequest(path, headers))
    await raw.until((text) => text.includes('\r\n\r\n'))
    return raw
  }

  get received(): Buffer {
    return Buffer.concat(this.#received)
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received.toString('latin1'))?.[1] ?? 0)
  }

  say(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Resolves as soon as what came looks so, or the connection has ended. */
  until(holds: (text: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.socket.destroyed && !holds(this.received.toString('latin1'))) return
        this.socket.off('data', look).off('close', look)
        resolve()
      }
      this.socket.on('data', look).on('close', look)
      look()
    })
  }

  /** The code of the close frame among what the server said; 1006 without one. */
  async closeCode(): Promise<number> {
    const all = await this.ended
    const frames = all.subarray(all.indexOf('\r\n\r\n') + 4)
    for (let at = 0; at + 1 < frames.length; ) {
      const opcode = (frames[at] ?? 0) & 0x0f
      const short = frames[at + 1] ?? 0
      const [length, header] =
        short < 126
          ? [short, 2]
          : short === 126
            ? [frames.readUInt16BE(at + 2), 4]
            : [Number(frames.readBigUInt64BE(at + 2)), 10]
      if (opcode === 8) return length >= 2 ? frames.readUInt16BE(at + header) : 1005
      at += header + length
    }
    return 1006
  }
}

export function upgradeRequest(path: string, headers: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...headers,
    '',
    '',
  ].join('\r\n')
}

/** A client's WebSocket frame; masked with zeros, so that the payload reads as it is. */
export function clientFrame(options: {
  readonly first: number
  readonly payload?: Uint8Array
  readonly declaredLength?: bigint
  readonly isMasked?: boolean
}): Buffer {
  const payload = options.payload ?? new Uint8Array()
  const mask = options.isMasked === false ? 0 : 0x80
  const length = options.declaredLength ?? BigInt(payload.length)
  const header = length < 126n ? Buffer.alloc(2) : length < 65_536n ? Buffer.alloc(4) : Buffer.alloc(10)
  header[0] = options.first
  if (header.length === 2) header[1] = mask | Number(length)
  else if (header.length === 4) header.writeUInt16BE(Number(length), 2)
  else header.writeBigUInt64BE(length, 2)
  if (header.length === 4) header[1] = mask | 126
  if (header.length === 10) header[1] = mask | 127
  return Buffer.concat([header, mask === 0 ? Buffer.alloc(0) : Buffer.alloc(4), payload])
}
