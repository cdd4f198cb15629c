/**
 * A tab with an editor on a y-websocket client: no outbox, no acknowledgements, a sync by state vector on each
 * connection. Tabs of one browser share edits before the server sees them, and now and then miss one.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as sync from 'y-protocols/sync'
import * as Y from 'yjs'
import type { Channel } from '#client/carriers/port.ts'
import { isFinal } from '#shared/codes.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { edit } from './edits.ts'
import type { Person, Surroundings } from './people.ts'

const CHECK_MS = 3_000
const SILENCE_MS = 30_000
const MAX_BACKOFF_MS = 2_500
/** How much of what a tab says another one misses. */
const MISSED = 0.05

/** Tabs of one browser: what one publishes the others hear a moment later, most of the time. */
export class Tabs {
  readonly members = new Set<YjsPerson>()
  /** Client ids of documents that were closed: what of them was told to nobody but in parts is lost, honestly. */
  readonly gone = new Set<number>()
}

export class YjsPerson implements Person {
  readonly name: string
  readonly #around: Surroundings
  readonly #tabs: Tabs
  doc: Y.Doc
  #channel: Channel | null = null
  #isOpen = false
  #isSynced = false
  #failures = 0
  #heardAt = 0
  #life = {}
  #ended: string | null = null
  #words = 0

  constructor(around: Surroundings, tabs: Tabs) {
    this.name = around.name
    this.#around = around
    this.#tabs = tabs
    this.doc = this.#newDoc()
  }

  start(): void {
    this.#tabs.members.add(this)
    const life = this.#life
    const check = (): void => {
      if (this.#life !== life) return
      if (this.#channel !== null && this.#around.clock.now() - this.#heardAt > SILENCE_MS) this.#lost(true)
      this.#around.clock.after(CHECK_MS, check)
    }
    this.#around.clock.after(CHECK_MS, check)
    this.#publish((out) => sync.writeSyncStep1(out, this.doc))
    this.#connect()
  }

  edit(): void {
    edit(this.doc, this.#around.chance, `${this.name}${this.#words++} `)
  }

  reload(): void {
    this.close()
    this.doc = this.#newDoc()
    this.#life = {}
    this.start()
  }

  wake(): void {
    if (this.#channel === null) this.#connect()
  }

  look(): void {}

  offline(): void {
    // This client learns of a network only by its silence.
  }

  unrest(): string | null {
    if (this.#ended !== null) return this.#ended
    if (!this.#isSynced) return 'not synced'
    return this.isParked ? 'has parked structs' : null
  }

  /** Whether something is held back for want of an edit that somebody still has. */
  get isParked(): boolean {
    const { pendingStructs, pendingDs } = this.doc.store
    const missing = [...(pendingStructs?.missing.keys() ?? [])]
    return (
      missing.some((client) => !this.#tabs.gone.has(client)) ||
      (pendingDs !== null && this.#tabs.gone.size === 0)
    )
  }

  close(): void {
    this.#life = {}
    this.#tabs.members.delete(this)
    this.#tabs.gone.add(this.doc.clientID)
    this.#channel?.close()
    this.#channel = null
    this.#isOpen = false
    this.doc.destroy()
  }

  #newDoc(): Y.Doc {
    const doc = new Y.Doc()
    doc.clientID = 1 + this.#around.chance.below(2 ** 31)
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      // As y-websocket does: what came from the server or from another tab is passed on to neither.
      if (origin === 'server' || origin === 'tab') return
      this.#send(update)
      this.#publish((out) => sync.writeUpdate(out, update))
    })
    return doc
  }

  #connect(): void {
    if (this.#channel !== null || this.#ended !== null) return
    this.#heardAt = this.#around.clock.now()
    const isCurrent = (): boolean => this.#channel === channel
    const channel: Channel = this.#around.network.connect(this, 'yjs', {
      answer: () => undefined,
      heard: () => undefined,
      opened: () => {
        if (!isCurrent()) return
        this.#isOpen = true
        channel.send(encodeFrame({ type: 'step1', stateVector: Y.encodeStateVector(this.doc) }))
      },
      frame: (bytes) => {
        if (isCurrent()) this.#frame(bytes)
      },
      closed: (code, reason) => {
        if (!isCurrent()) return
        if (isFinal(code)) this.#ended = `closed with ${code} ${reason}`
        this.#lost(false)
      },
    })
    this.#channel = channel
  }

  #lost(close: boolean): void {
    if (close) this.#channel?.close()
    this.#channel = null
    this.#isOpen = false
    this.#isSynced = false
    const life = this.#life
    const delayMs = Math.min(MAX_BACKOFF_MS, 100 * 2 ** this.#failures++)
    this.#around.clock.after(delayMs, () => {
      if (this.#life === life) this.#connect()
    })
  }

  #frame(bytes: Uint8Array): void {
    this.#heardAt = this.#around.clock.now()
    const frame = decodeFrame(bytes)
    if (frame.type === 'denied') {
      this.#ended = `denied: ${frame.reason}`
      return
    }
    if (frame.type !== 'step1' && frame.type !== 'step2' && frame.type !== 'update') return
    const input = decoding.createDecoder(bytes)
    decoding.readVarUint(input)
    const out = encoding.createEncoder()
    encoding.writeVarUint(out, 0)
    sync.readSyncMessage(input, out, this.doc, 'server')
    if (encoding.length(out) > 1) this.#channel?.send(encoding.toUint8Array(out))
    if (frame.type === 'step2') {
      this.#isSynced = true
      this.#failures = 0
    }
  }

  #send(update: Uint8Array): void {
    if (this.#isOpen) this.#channel?.send(encodeFrame({ type: 'update', update }))
  }

  #publish(write: (out: encoding.Encoder) => void): void {
    const out = encoding.createEncoder()
    write(out)
    const bytes = encoding.toUint8Array(out)
    const { chance, clock } = this.#around
    for (const tab of this.#tabs.members) {
      // A background tab that is frozen for a moment misses what was said: then it holds parts that depend on it.
      if (tab === this || chance.is(MISSED)) continue
      clock.after(chance.between(0, 5), () => tab.#heard(bytes, this))
    }
  }

  #heard(bytes: Uint8Array, from: YjsPerson): void {
    if (!this.#tabs.members.has(this)) return
    const out = encoding.createEncoder()
    sync.readSyncMessage(decoding.createDecoder(bytes), out, this.doc, 'tab')
    if (encoding.length(out) === 0) return
    const answer = encoding.toUint8Array(out)
    this.#around.clock.after(1, () => from.#heard(answer, this))
  }
}
