/** A WebSocket channel without a client behind it: sends what it is told to, and keeps what comes. */

import { WebSocket } from 'ws'
import { type Frame, type Unknown, VERSION } from '#shared/frame.ts'
import { epoch, NONE, type SessionId, ZERO } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'

type FrameOf<T extends Frame['type']> = Extract<Frame, { readonly type: T }>

export interface Ending {
  readonly code: number
  readonly reason: string
}

const NO_CLOCKS = Uint8Array.of(0)

export class RawChannel {
  readonly socket: WebSocket
  readonly frames: (Frame | Unknown)[] = []
  readonly closed: Promise<Ending>
  #taken = 0
  #ending: Ending | null = null
  #look: (() => void) | null = null

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      this.frames.push(decodeFrame(new Uint8Array(data)))
      this.#look?.()
    })
    // A reset is an ending like any other here; 'close' follows with 1006.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#ending = { code, reason: reason.toString() }
        resolve(this.#ending)
        this.#look?.()
      })
    })
  }

  /** Resolves once the upgrade is done; rejects where it is refused. */
  static open(
    syncUrl: string,
    document: string,
    protocols: readonly string[] = ['vellum'],
  ): Promise<RawChannel> {
    const socket = new WebSocket(`${syncUrl}/${document}`, [...protocols], { perMessageDeflate: false })
    const channel = new RawChannel(socket)
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(channel))
      socket.once('error', reject)
    })
  }

  send(frame: Frame | Uint8Array): void {
    this.socket.send(frame instanceof Uint8Array ? frame : encodeFrame(frame))
  }

  /** Begins as a client that holds nothing, and names the sessions it will push in; resolves when everything there was has come. */
  async join(sessions: readonly SessionId[] = []): Promise<this> {
    const hello = await this.next('hello')
    this.send({
      type: 'resume',
      version: VERSION,
      epoch: epoch(''),
      seq: ZERO,
      hash: NONE,
      kind: 'any',
      schemaVersion: hello.schemaVersion,
      sessions: sessions.map((session) => ({ session, oldest: 1 })),
      stateVector: NO_CLOCKS,
    })
    await this.next('step2')
    return this
  }

  /** As an older client does it: SyncStep1, then whatever there is. */
  async syncedByHand(): Promise<this> {
    this.send({ type: 'step1', stateVector: NO_CLOCKS })
    await this.next('step2')
    return this
  }

  /** The next frame of this type that was not taken yet. Rejects when the channel ends without one. */
  next<T extends Frame['type']>(type: T): Promise<FrameOf<T>> {
    const isIt = (frame: Frame | Unknown): frame is FrameOf<T> => frame.type === type
    return new Promise((resolve, reject) => {
      this.#look = () => {
        while (this.#taken < this.frames.length) {
          const frame = this.frames[this.#taken++]
          if (frame === undefined || !isIt(frame)) continue
          this.#look = null
          return resolve(frame)
        }
        if (this.#ending === null) return
        this.#look = null
        reject(new Error(`the channel ended with ${this.#ending.code} before a ${type} came`))
      }
      this.#look()
    })
  }

  close(): void {
    this.socket.terminate()
  }
}
