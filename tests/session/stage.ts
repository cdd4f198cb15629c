/** A session whose server is played by the test, frame by frame, in virtual time. */
import * as Y from 'yjs'
import type { Carrier, CarrierName, ChannelEvents, Join, Memory } from '#client/carriers/port.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { Session } from '#client/sync/session.ts'
import type { Status } from '#client/sync/status.ts'
import { type Frame, type Hello, VERSION } from '#shared/frame.ts'
import { epoch, NONE, type Seq, seq } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { SeededChance } from '#tests/simulation/chance.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

export const EPOCH = epoch('00000000000000e1')
export const HASH = '00000000000000aa'
export const EMPTY = Uint8Array.of(0, 0)

/** One channel the session opened, from the server's side. */
export class Line {
  readonly received: Frame[] = []
  /** False once the session closed it or the test cut it. */
  open = true
  readonly name: CarrierName
  readonly join: Join
  readonly #events: ChannelEvents

  constructor(name: CarrierName, events: ChannelEvents, join: Join) {
    this.name = name
    this.#events = events
    this.join = join
  }

  take(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    if (frame.type !== 'unknown') this.received.push(frame)
  }

  say(...frames: readonly Frame[]): void {
    for (const frame of frames) if (this.open) this.#events.frame(encodeFrame(frame))
  }

  /** Frames that answer what was sent. */
  answer(...frames: readonly Frame[]): void {
    for (const frame of frames) if (this.open) this.#events.answer(encodeFrame(frame))
  }

  /** A sign of life that is no frame. */
  heard(): void {
    if (this.open) this.#events.heard()
  }

  bytes(bytes: Uint8Array): void {
    if (this.open) this.#events.frame(bytes)
  }

  cut(code = 1006, reason = '', afterMs?: number): void {
    if (!this.open) return
    this.open = false
    this.#events.closed(code, reason, afterMs)
  }

  of<T extends Frame['type']>(type: T): Extract<Frame, { type: T }>[] {
    return this.received.filter((frame): frame is Extract<Frame, { type: T }> => frame.type === type)
  }

  get pushes(): number[] {
    return this.of('push').map(({ number }) => number)
  }
}

export interface StageOptions {
  readonly seed?: number
  /** Default: a WebSocket alone. */
  readonly rungs?: readonly CarrierName[]
  readonly memory?: Memory
}

export const LADDER: readonly CarrierName[] = ['websocket', 'event-stream', 'long-poll']

export class Stage implements Disposable {
  readonly clock = new VirtualClock()
  readonly lines: Line[] = []
  readonly statuses: Status['kind'][] = []
  readonly document: LocalDocument
  readonly session: Session
  readonly text: Y.Text

  constructor({ seed = 1, rungs = ['websocket'], memory }: StageOptions = {}) {
    const chance = new SeededChance(seed)
    const doc = new Y.Doc()
    this.document = new LocalDocument({ doc, outbox: new Outbox(newSessionId(chance)) })
    this.session = new Session({
      document: this.document,
      carriers: rungs.map((name) => this.#carrier(name)),
      ...(memory === undefined ? {} : { memory }),
      clock: this.clock,
      chance,
      schemaVersion: 1,
    })
    this.session.subscribe(({ kind }) => {
      if (this.statuses.at(-1) !== kind) this.statuses.push(kind)
    })
    this.text = doc.getText('t')
  }

  #carrier(name: CarrierName): Carrier {
    return {
      name,
      joinsBy: name === 'websocket' ? 'resume' : 'offset',
      quietMs: name === 'websocket' ? null : 11_000,
      open: (events, join) => {
        const line = new Line(name, events, join)
        this.lines.push(line)
        return {
          send: (bytes) => line.take(bytes),
          probe: () => false,
          leave: () => undefined,
          close: () => {
            line.open = false
          },
        }
      },
    }
  }

  [Symbol.dispose](): void {
    this.session.close()
    this.document.doc.destroy()
  }

  get line(): Line {
    const line = this.lines.at(-1)
    if (line === undefined) throw new Error('the session has not opened a channel')
    return line
  }

  /** Channels that are open at the moment. */
  get open(): number {
    return this.lines.filter((line) => line.open).length
  }

  write(text: string): void {
    this.text.insert(this.text.length, text)
  }

  greet(hello: Partial<Hello> = {}): void {
    this.line.say({
      type: 'hello',
      version: VERSION,
      epoch: EPOCH,
      head: seq(0),
      role: 'writer',
      kind: 'page',
      schemaVersion: 1,
      saving: true,
      maxFrameBytes: 1 << 20,
      heartbeatMs: 5_000,
      ...hello,
    })
  }

  /** Everything up to live: the server has nothing to tell beyond `position`. */
  welcome(position = this.document.position.seq, hello: Partial<Hello> = {}): void {
    this.greet(hello)
    this.line.say({ type: 'resumed', seq: position }, { type: 'step2', update: EMPTY })
  }

  start(): void {
    this.session.start()
    this.welcome()
  }

  ack(from: number, to = from): void {
    this.line.say({ type: 'ack', session: this.document.outbox.session, from, to })
  }

  entries(from: number, to: number, updates: readonly Uint8Array[], hash = HASH): void {
    this.line.say({ type: 'entries', from: seq(from), to: seq(to), hash, updates })
  }
}

/** What somebody else wrote at the end of `text`, as one update. */
export function writtenElsewhere(client: number, text: string): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.getText('t').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

export const noPosition: { readonly seq: Seq; readonly hash: string } = { seq: seq(0), hash: NONE }
