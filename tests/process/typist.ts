/**
 * Types numbered words over one channel and remembers which of them the server acknowledged. It never sends anything
 * twice and never comes back: what it remembers must be in the log without its help.
 */
import { randomBytes } from 'node:crypto'
import * as Y from 'yjs'
import { type SessionId, sessionId } from '#shared/id.ts'
import { RawChannel } from './raw-channel.ts'

export class Typist {
  readonly channel: RawChannel
  readonly acknowledged = new Set<string>()
  readonly sent: string[] = []
  readonly #name: string
  readonly #session: SessionId
  readonly #doc = new Y.Doc()
  #read = 0
  #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  private constructor(channel: RawChannel, session: SessionId, name: string) {
    this.channel = channel
    this.#session = session
    this.#name = name
    this.#doc.on('update', (update: Uint8Array) => {
      channel.send({ type: 'push', session, number: this.sent.length, update })
    })
    channel.socket.on('message', () => this.#look())
    channel.socket.on('close', () => this.#look())
  }

  static async sit(syncUrl: string, document: string, name: string): Promise<Typist> {
    const channel = await RawChannel.open(syncUrl, document)
    const session = sessionId(randomBytes(8).toString('hex'))
    return new Typist(await channel.join([session]), session, name)
  }

  /** Adds one word to the list of words; returns it. */
  type(): string {
    const word = `${this.#name}-${this.sent.length + 1}`
    this.sent.push(word)
    this.#doc.getArray('words').push([word])
    return word
  }

  /** Resolves when this many words are acknowledged, or when the channel has ended. */
  acknowledgedOr(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve })
      this.#look()
    })
  }

  #look(): void {
    const { frames } = this.channel
    while (this.#read < frames.length) {
      const frame = frames[this.#read++]
      if (frame?.type !== 'ack' || frame.session !== this.#session) continue
      for (const word of this.sent.slice(frame.from - 1, frame.to)) this.acknowledged.add(word)
    }
    const isOver = this.channel.socket.readyState >= this.channel.socket.CLOSING
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.acknowledged.size < count && !isOver) return true
      resolve()
      return false
    })
  }
}

/** Every word of the document, as a client sees it that never saw it before. */
export async function readWords(syncUrl: string, document: string): Promise<string[]> {
  const doc = new Y.Doc()
  const channel = await RawChannel.open(syncUrl, document)
  await channel.join()
  for (const frame of channel.frames) {
    if (frame.type === 'update' || frame.type === 'step2') Y.applyUpdate(doc, frame.update)
    if (frame.type === 'entries') for (const update of frame.updates) Y.applyUpdate(doc, update)
  }
  channel.close()
  return doc.getArray<string>('words').toArray()
}
