/**
 * How a document is read: the newest checkpoint, then the entries after it, as they lie in the log.
 *
 * A page holds consecutive pieces and says of each which positions it stands for; the first piece of a reading from
 * the start may be a checkpoint (1–N). A page is framed once for each dialect, however many channels it goes to.
 */
import type { Checkpoint, Entry, Log } from '#server/log/port.ts'
import { type DocumentId, type Epoch, NONE, type Seq, seq, ZERO } from '#shared/id.ts'
import type { Dialect } from './channel.ts'
import { digest } from './digest.ts'
import { pieceFrames } from './frames.ts'
import { Packet } from './packet.ts'
import type { Piece } from './piece.ts'

export class Page {
  readonly pieces: readonly Piece[]
  /** Whether the last piece is an entry as stored, whose digest may stand for its position. */
  readonly #endsWithEntry: boolean
  #packets: Partial<Record<Dialect, Packet>> = {}

  private constructor(pieces: readonly Piece[], endsWithEntry: boolean) {
    this.pieces = pieces
    this.#endsWithEntry = endsWithEntry
  }

  /** Entries as the log holds them. */
  static ofEntries(pieces: readonly Piece[]): Page {
    return new Page(pieces, true)
  }

  /** One update that stands for everything up to `to`, made for whoever gets it. */
  static ofWhole(to: Seq, update: Uint8Array): Page {
    return new Page([{ from: seq(1), to, update, author: '' }], false)
  }

  static ofCheckpoint({ seq, state }: Checkpoint): Page {
    return Page.ofWhole(seq, state)
  }

  get to(): Seq {
    return this.pieces.at(-1)?.to ?? ZERO
  }

  /** `epoch`: of the log it was read from, the same at each call. */
  packet(dialect: Dialect, epoch: Epoch): Packet {
    const made = this.#packets[dialect]
    if (made !== undefined) return made
    const last = this.#endsWithEntry && dialect === 'vellum' ? this.pieces.at(-1) : undefined
    const hash = last === undefined ? NONE : digest(last.update)
    const packet = new Packet(pieceFrames(dialect, this.pieces, hash), { epoch, seq: this.to, hash })
    this.#packets[dialect] = packet
    return packet
  }
}

/** Entries after `after`, up to and including `upTo`, in pages of about `pageBytes`. */
export async function* pages(options: {
  log: Log
  document: DocumentId
  after: Seq
  upTo: Seq
  pageBytes: number
}): AsyncGenerator<Page> {
  const { log, document, upTo, pageBytes } = options
  let at = options.after
  while (at < upTo) {
    const entries = await log.read(document, at, pageBytes)
    const pieces: Piece[] = []
    for (const entry of entries) {
      if (entry.seq > upTo) break
      pieces.push({ from: entry.from, to: entry.seq, update: entry.update, author: entry.author })
      at = entry.seq
    }
    // The log said it holds `upTo`; less than that is a hole, and a hole must not pass for an end.
    if (pieces.length === 0) throw new RangeError(`the log ends at ${at}, before ${upTo}`)
    yield Page.ofEntries(pieces)
  }
}

/** A whole document from the start: the checkpoint, if there is one, then the pages after it. */
export async function* wholeDocument(options: {
  log: Log
  document: DocumentId
  /** The newest checkpoint as a page, or null where there is none. */
  checkpoint: () => Promise<Page | null>
  upTo: Seq
  pageBytes: number
}): AsyncGenerator<Page> {
  const checkpoint = options.upTo === 0 ? null : await options.checkpoint()
  const usable = checkpoint !== null && checkpoint.to <= options.upTo ? checkpoint : null
  if (usable !== null) yield usable
  yield* pages({ ...options, after: usable?.to ?? ZERO })
}

/** One stored entry, or null when the log does not hold it. */
export async function entryAt(log: Log, document: DocumentId, position: Seq): Promise<Entry | null> {
  if (position === 0) return null
  const [entry] = await log.read(document, seq(position - 1), 1)
  return entry ?? null
}

/** Pages as history wants them. */
export async function* entriesOf(source: AsyncIterable<Page>): AsyncGenerator<readonly Piece[]> {
  for await (const page of source) yield page.pieces
}
