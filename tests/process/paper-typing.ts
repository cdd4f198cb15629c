/**
 * Types a recorded editing history through a real server: one session of ours types, another reads along, and the
 * server is killed on the way. What a client finds that comes last must be the recording's final text, to the byte.
 */
import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'
import { WebSocketCarrier } from '#client/carriers/websocket.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { Session } from '#client/sync/session.ts'
import { nodeChance, nodeClock } from '#server/ops/time.ts'
import { CONTENT_ROOT, SCHEMA_VERSION } from '#shared/schema/document.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Person, untilDocument } from './people.ts'

/** Where, how many letters are deleted there, what is typed there. */
type Patch = readonly [at: number, deleted: number, inserted: string]

export interface Recording {
  readonly endContent: string
  readonly patches: readonly Patch[]
}

export interface TypingResult {
  readonly edits: number
  readonly kills: number
  /** What a client sees that came after everything, from a server that was started anew. */
  readonly finalText: string
  /** What the one who read along saw in the end. */
  readonly readerText: string
}

const DOCUMENT = 'paper'
/** Keystrokes typed without looking up, and the most that may wait for their acknowledgement. */
const BURST = 40
const MOST_PENDING = 4000

export async function readRecording(path: string | URL): Promise<Recording> {
  const bytes = await readFile(path)
  const { startContent, endContent, txns } = JSON.parse(gunzipSync(bytes).toString()) as {
    startContent: string
    endContent: string
    txns: { patches: Patch[] }[]
  }
  if (startContent !== '') throw new RangeError('a recording must begin with an empty text')
  return { endContent, patches: txns.flatMap(({ patches }) => patches) }
}

export async function typePaper(options: {
  readonly recording: Recording
  readonly kills: number
  readonly onProgress?: (edits: number, kills: number) => void
}): Promise<TypingResult> {
  const { recording, onProgress } = options
  const { patches } = recording
  let server = await startServer({ env: { MAX_UPDATES_PER_SECOND: '0' } })
  const author = new Writer(server.syncUrl)
  const reader = new Writer(server.syncUrl)
  try {
    const text = author.begin()
    let kills = 0
    for (let done = 0; done < patches.length; done += BURST) {
      for (const [at, deleted, inserted] of patches.slice(done, done + BURST)) {
        author.doc.transact(() => {
          if (deleted > 0) text.delete(at, deleted)
          if (inserted !== '') text.insert(at, inserted)
        })
      }
      await setImmediate()
      await author.pendingAtMost(MOST_PENDING)
      onProgress?.(Math.min(done + BURST, patches.length), kills)
      // In the middle of typing, with edits on their way; typing goes on while the server comes back.
      if (kills < options.kills && done > ((kills + 1) * patches.length) / (options.kills + 1)) {
        kills++
        const killed = server
        await killed.kill('SIGKILL')
        server = await killed.restart()
      }
    }
    await author.pendingAtMost(0)
    await untilDocument(reader.doc, () => lengthOf(reader.doc) === recording.endContent.length)
    const again = await stopAndStart(server)
    server = again
    const fresh = await new Person(again.syncUrl, DOCUMENT).synced()
    const finalText = textOf(fresh.doc)
    fresh.leave()
    return { edits: patches.length, kills, finalText, readerText: textOf(reader.doc) }
  } finally {
    author.leave()
    reader.leave()
    await server[Symbol.asyncDispose]()
  }
}

async function stopAndStart(server: ServerProcess): Promise<ServerProcess> {
  await server.kill('SIGTERM')
  return server.restart()
}

/** A session as the page makes one, on Node's clock and Node's WebSocket. */
class Writer {
  readonly doc = new Y.Doc()
  readonly #document: LocalDocument
  readonly #session: Session

  constructor(syncUrl: string) {
    const chance = nodeChance()
    const clock = nodeClock()
    this.#document = new LocalDocument({ doc: this.doc, outbox: new Outbox(newSessionId(chance)) })
    const carrier = new WebSocketCarrier({
      url: () => `${syncUrl}/${DOCUMENT}`,
      connect: (url, protocols) => new WebSocket(url, protocols),
    })
    this.#session = new Session({
      document: this.#document,
      carriers: [carrier],
      clock,
      chance,
      schemaVersion: SCHEMA_VERSION,
    })
    this.#session.start()
  }

  /** An empty block of code: the one place of the schema where line breaks are text. */
  begin(): Y.XmlText {
    const block = new Y.XmlElement('code_block')
    const text = new Y.XmlText()
    block.insert(0, [text])
    this.doc.getXmlFragment(CONTENT_ROOT).insert(0, [block])
    return text
  }

  pendingAtMost(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const { status } = this.#session
        if (status.kind === 'stopped') reject(new Error(`stopped with ${status.code}: ${status.reason}`))
        else if (status.pending <= count) resolve()
        else return false
        return true
      }
      if (look()) return
      const undo = this.#session.subscribe(() => {
        if (look()) undo()
      })
    })
  }

  leave(): void {
    this.#session.close()
    this.#document.close()
    this.#document.awareness.destroy()
    this.doc.destroy()
  }
}

function textNode(doc: Y.Doc): Y.XmlText | null {
  const block = doc.getXmlFragment(CONTENT_ROOT).get(0)
  const text = block instanceof Y.XmlElement ? block.get(0) : null
  return text instanceof Y.XmlText ? text : null
}

function lengthOf(doc: Y.Doc): number {
  return textNode(doc)?.length ?? 0
}

function textOf(doc: Y.Doc): string {
  const delta: { readonly insert: string }[] = textNode(doc)?.toDelta() ?? []
  return delta.map(({ insert }) => insert).join('')
}
