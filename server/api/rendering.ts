/**
 * Content as it is read: kept by position, and made on a worker, of a document one render at a time for the person
 * who came first and one for all others. Who asks for the newest content while one is being made shares the next one.
 */
import { type Content, NotHeld, type RenderOptions } from '#server/content/port.ts'
import type { Log, Outline } from '#server/log/port.ts'
import type { Milestones } from '#server/room/milestones.ts'
import type { DocumentId, Seq } from '#shared/id.ts'
import { storedAt } from './stored.ts'

export interface Reading extends RenderOptions {
  /** As whom it takes turns with others. */
  readonly person: string
}

export interface Rendered {
  readonly seq: Seq
  /** Shared with others who ask: to be read only. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface RenderingParts {
  readonly log: Pick<Log, 'outline' | 'past' | 'read'>
  readonly milestones: Milestones
  readonly content: Content
  /** Bytes of rendered content that are kept. */
  readonly cacheBytes: number
}

/** As whom those take turns who share a render. */
const EVERYBODY = 'everybody'

export class Rendering {
  readonly #parts: RenderingParts
  readonly #kept = new Map<string, Uint8Array<ArrayBuffer>>()
  #keptBytes = 0
  /** The last render in each line that has one under way, by document. */
  readonly #lines = new Map<DocumentId, Map<string, Promise<unknown>>>()
  /** Renders of the newest content that have not begun. */
  readonly #next = new Map<string, Promise<Rendered>>()

  constructor(parts: RenderingParts) {
    this.#parts = parts
  }

  /** The newest content; `outline` was read just now. Rejects with what the log and content reject with. */
  async newest(document: DocumentId, outline: Outline, options: Reading): Promise<Rendered> {
    const kept = this.#keptAt(document, outline.epoch, outline.head, options)
    if (kept !== null) return { seq: outline.head, bytes: kept }
    const person = this.#lineOf(document, options.person)
    const key = [document, options.format, options.standalone, person].join('\0')
    const next = this.#next.get(key)
    if (next !== undefined) return next
    const made = this.#inTurn(document, person, async () => {
      this.#next.delete(key)
      const now = await this.#parts.log.outline(document)
      return this.#render(document, now, null, { ...options, person })
    })
    this.#next.set(key, made)
    return made
  }

  /** Content at an older position, or at the end of the merged entry that it lies in. */
  async at(document: DocumentId, outline: Outline, at: Seq, options: Reading): Promise<Rendered> {
    const kept = this.#keptAt(document, outline.epoch, at, options)
    if (kept !== null) return { seq: at, bytes: kept }
    return this.#inTurn(document, options.person, () => this.#render(document, outline, at, options))
  }

  /** Nobody waits for what one person has asked for of the same document: all others have a line of their own. */
  #lineOf(document: DocumentId, person: string): string {
    const lines = this.#lines.get(document)
    return lines === undefined || lines.has(person) ? person : [EVERYBODY, document].join('\0')
  }

  #inTurn(document: DocumentId, person: string, render: () => Promise<Rendered>): Promise<Rendered> {
    const lines = this.#lines.get(document) ?? new Map<string, Promise<unknown>>()
    this.#lines.set(document, lines)
    const made = (lines.get(person) ?? Promise.resolve()).then(render)
    // A render that failed tells who asked for it; the next one does not care.
    const settled = made.then(
      () => {},
      () => {},
    )
    lines.set(person, settled)
    void settled.then(() => {
      if (lines.get(person) === settled) lines.delete(person)
      if (lines.size === 0) this.#lines.delete(document)
    })
    return made
  }

  async #render(
    document: DocumentId,
    outline: Outline,
    at: Seq | null,
    { person, ...options }: Reading,
  ): Promise<Rendered> {
    const upTo = at ?? outline.head
    const kept = this.#keptAt(document, outline.epoch, upTo, options)
    if (kept !== null) return { seq: upTo, bytes: kept }
    const { content, cacheBytes } = this.#parts
    const { kind, epoch, checkpointSeq } = outline
    // A checkpoint may have been healed: from then on it is what is gone on from.
    const key = [document, epoch, checkpointSeq].join('\0')
    const made = async (held: number): Promise<Rendered> => {
      const stored = await storedAt(this.#parts, { document, kind, upTo, held })
      const { from, seq } = stored
      const going = { key, from, to: seq }
      const asked = { ...stored, asker: { person, document } }
      const bytes = await content.render(kind === 'page' ? { ...asked, going } : asked, options)
      return { seq, bytes }
    }
    const { seq, bytes } = await made(content.holds(key, upTo)).catch((error: unknown) => {
      if (error instanceof NotHeld) return made(0)
      throw error
    })
    if (bytes.length <= cacheBytes / 8) this.#keep(keyOf(document, outline.epoch, seq, options), bytes)
    return { seq, bytes }
  }

  #keptAt(
    document: DocumentId,
    epoch: string,
    seq: Seq,
    options: RenderOptions,
  ): Uint8Array<ArrayBuffer> | null {
    const key = keyOf(document, epoch, seq, options)
    const bytes = this.#kept.get(key)
    if (bytes === undefined) return null
    // What was used last goes last.
    this.#kept.delete(key)
    this.#kept.set(key, bytes)
    return bytes
  }

  #keep(key: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.#keptBytes += bytes.length - (this.#kept.get(key)?.length ?? 0)
    this.#kept.set(key, bytes)
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= this.#parts.cacheBytes) return
      this.#kept.delete(oldest)
      this.#keptBytes -= length
    }
  }
}

function keyOf(document: DocumentId, epoch: string, seq: Seq, { format, standalone }: RenderOptions): string {
  return [document, epoch, seq, format, standalone].join('\0')
}
