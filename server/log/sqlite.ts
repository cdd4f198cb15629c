/**
 * The log on SQLite: two threads behind two queues. What writes goes to one, what reads to the other.
 * Both threads answer in the order they were asked, so no message carries a number.
 * Invariant: after `onFatal` nothing resolves or rejects any more but `close`; the process is about to end.
 */

import { type DocumentId, type Epoch, type Seq, seq } from '#shared/id.ts'
import { checkGroup } from './group.ts'
import type { Past } from './past.ts'
import {
  type AskedPushes,
  type AskedStretches,
  type Batch,
  type BatchResult,
  type Checkpoint,
  Damaged,
  type Entry,
  type ListedDocument,
  type ListPlace,
  type Log,
  NotSaved,
  type Outline,
  type Snapshots,
  type Stretch,
} from './port.ts'
import { entriesOfAnswer, listedOf, outlineOf } from './sqlite-answer.ts'
import { packGroup } from './sqlite-journal.ts'
import type {
  CheckpointAnswer,
  ListedAnswer,
  NamesAnswer,
  OutlineAnswer,
  ReadAnswer,
  ReaderAnswer,
  ReaderRequest,
  Refusal,
  StretchesAnswer,
  WriterAnswer,
  WriterRequest,
} from './sqlite-message.ts'
import { SqlitePast } from './sqlite-past-requests.ts'
import { SqliteSnapshots, type Threads } from './sqlite-snapshot-requests.ts'
import { Thread } from './sqlite-thread.ts'

export interface SqliteLogOptions {
  /** The data folder; made when it is not there. */
  readonly folder: string
  /** Called once, when nobody can say any more what is on disk: the process must end without another word. */
  readonly onFatal: (error: Error) => void
  /** Wall-clock milliseconds for entries; Date.now when left out. */
  readonly wall?: () => number
}

/** Rejects with CannotOpen, whose message is meant for the person who started the server. */
export async function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
  const { folder, onFatal } = options
  const writes: Settle<WriterAnswer>[] = []
  const reads: Settle<ReaderAnswer>[] = []
  let over = false
  const end = (error: Error): void => {
    if (over) return
    over = true
    onFatal(error)
  }
  const writer = await Thread.start<WriterRequest, WriterAnswer>({
    file: './sqlite-writer.ts',
    data: { folder },
    onAnswer: (answer) => {
      if (!over) writes.shift()?.(answer)
    },
    onFatal: end,
  })
  try {
    const reader = await Thread.start<readonly ReaderRequest[], readonly ReaderAnswer[]>({
      file: './sqlite-reader.ts',
      data: { folder },
      onAnswer: (answers) => {
        if (!over) for (const answer of answers) reads.shift()?.(answer)
      },
      onFatal: end,
    })
    return new SqliteLog({ writer, writes, reader, reads, wall: options.wall ?? Date.now })
  } catch (error) {
    await writer.close()
    throw error
  }
}

type Settle<Answer> = (answer: Answer) => void

interface Parts {
  readonly writer: Thread<WriterRequest, WriterAnswer>
  /** What is to happen with the answers to come, in the order of the requests. */
  readonly writes: Settle<WriterAnswer>[]
  readonly reader: Thread<readonly ReaderRequest[], readonly ReaderAnswer[]>
  readonly reads: Settle<ReaderAnswer>[]
  readonly wall: () => number
}

class SqliteLog implements Log {
  readonly snapshots: Snapshots
  readonly past: Past
  readonly #parts: Parts
  #closing: Promise<void> | null = null
  /** Reads asked for in this turn of the event loop: they go over in one message. */
  #requests: ReaderRequest[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    const threads: Threads = {
      write: (request) => this.#write(request, []),
      read: (request) => this.#read(request),
    }
    this.snapshots = new SqliteSnapshots(threads)
    this.past = new SqlitePast(threads)
  }

  async commit(group: readonly Batch[]): Promise<readonly BatchResult[]> {
    checkGroup(group)
    const time = this.#parts.wall()
    const bytes = packGroup(group, time)
    const refused = refusals(await this.#write(bytes, [bytes]))
    return group.map((batch, index) =>
      result(
        batch,
        time,
        refused?.find(([at]) => at === index),
      ),
    )
  }

  async outline(document: DocumentId): Promise<Outline> {
    return outlineOf(await this.#read<OutlineAnswer | null>(['outline', document]))
  }

  async read(document: DocumentId, after: Seq, maxBytes: number): Promise<readonly Entry[]> {
    const answer = await this.#read<ReadAnswer | null>(['read', document, after, maxBytes])
    return answer === null ? [] : entriesOfAnswer(answer)
  }

  async stretches(document: DocumentId, asked: AskedStretches): Promise<readonly Stretch[]> {
    const request = ['stretches', document, asked.after, asked.most, asked.pauseMs] as const
    return (await this.#read<StretchesAnswer>(request)).stretches
  }

  async checkpoint(document: DocumentId): Promise<Checkpoint | null> {
    const answer = await this.#read<CheckpointAnswer | null>(['checkpoint', document])
    if (answer === null) return null
    return { seq: answer.seq as Seq, state: answer.state, knowledge: answer.knowledge }
  }

  async putCheckpoint(document: DocumentId, checkpoint: Checkpoint): Promise<void> {
    // Copies that own their buffers: a view would be sent with everything that lies beside it.
    const state = checkpoint.state.slice()
    const knowledge = checkpoint.knowledge.slice()
    const request = { kind: 'checkpoint', document, seq: checkpoint.seq, state, knowledge } as const
    await this.#write(request, [state.buffer, knowledge.buffer])
  }

  async pushes(
    document: DocumentId,
    { session, oldest, most }: AskedPushes,
  ): Promise<ReadonlyMap<number, string>> {
    const answer = await this.#read<readonly (readonly [number, string])[] | null>([
      'pushes',
      document,
      session,
      oldest,
      most,
    ])
    return new Map(answer)
  }

  async list(limit: number, after: ListPlace | null = null): Promise<readonly ListedDocument[]> {
    const { changed, document } = after ?? { changed: Number.MAX_SAFE_INTEGER, document: '' }
    const answer = await this.#read<readonly ListedAnswer[]>(['list', limit, changed, document])
    return answer.map(listedOf)
  }

  async describe(document: DocumentId): Promise<ListedDocument | null> {
    const answer = await this.#read<ListedAnswer | null>(['describe', document])
    return answer === null ? null : listedOf(answer)
  }

  async putTitle(document: DocumentId, title: string): Promise<void> {
    await this.#write({ kind: 'title', document, title }, [])
  }

  async delete(document: DocumentId): Promise<boolean> {
    return (await this.#write({ kind: 'delete', document, time: this.#parts.wall() }, [])) === true
  }

  async erasable(before: number, limit: number): Promise<readonly DocumentId[]> {
    const { names } = await this.#read<NamesAnswer>(['erasable', before, limit])
    return names.map((name) => name as DocumentId)
  }

  async erase(document: DocumentId): Promise<boolean> {
    return (await this.#write({ kind: 'erase', document }, [])) === true
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#sendReads()
    // The writer is the last to let go: it leaves one file, without a WAL beside it.
    await this.#parts.reader.close()
    await this.#parts.writer.close()
  }

  #write(request: WriterRequest, transfer: readonly ArrayBuffer[]): Promise<Done> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== null) throw new Error('the log is closed')
      this.#parts.writes.push((answer) => {
        if (answer === null || typeof answer !== 'object' || !('kind' in answer)) return resolve(answer)
        reject(answer.kind === 'notSaved' ? new NotSaved(answer.message) : new RangeError(answer.message))
      })
      this.#parts.writer.post(request, transfer)
    })
  }

  #read<Answer extends ReaderAnswer>(request: ReaderRequest): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== null) throw new Error('the log is closed')
      if (this.#requests.length === 0) setImmediate(() => this.#sendReads())
      this.#requests.push(request)
      this.#parts.reads.push((answer) => {
        if (answer === null || !('failure' in answer)) return resolve(answer as Answer)
        reject(answer.failure === 'damaged' ? new Damaged(answer.message) : new Error(answer.message))
      })
    })
  }

  #sendReads(): void {
    if (this.#requests.length === 0) return
    const requests = this.#requests
    this.#requests = []
    this.#parts.reader.post(requests, [])
  }
}

/** What the writer answers where nothing went wrong. */
type Done = Exclude<WriterAnswer, { readonly kind: string }>

function refusals(done: Done): readonly Refusal[] | null {
  return typeof done === 'object' ? done : null
}

function result(batch: Batch, time: number, refusal: Refusal | undefined): BatchResult {
  if (refusal === undefined) {
    const to = seq(batch.head + batch.entries.length)
    return { kind: 'committed', from: seq(batch.head + 1), to, time }
  }
  const [, head, epoch] = refusal
  if (head < 0) return { kind: 'deleted' }
  return { kind: 'moved', head: seq(head), epoch: epoch as Epoch }
}
