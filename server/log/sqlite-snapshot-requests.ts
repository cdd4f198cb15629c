/** Snapshots of the SQLite log as its callers see them: requests to the two threads, and what their answers mean. */

import type { DocumentId } from '#shared/id.ts'
import type { Snapshot, SnapshotAdded, SnapshotPlace, Snapshots } from './port.ts'
import type { ReaderRequest, SnapshotsAnswer, WriterRequest } from './sqlite-message.ts'

export interface Threads {
  write(request: WriterRequest): Promise<unknown>
  read(request: ReaderRequest): Promise<unknown>
}

/** Behind every id. */
const FROM_THE_NEWEST = { seq: Number.MAX_SAFE_INTEGER, id: '' } as const

export class SqliteSnapshots implements Snapshots {
  readonly #threads: Threads

  constructor(threads: Threads) {
    this.#threads = threads
  }

  async add(snapshot: Snapshot): Promise<SnapshotAdded> {
    return (await this.#threads.write({ kind: 'addSnapshot', snapshot })) as SnapshotAdded
  }

  async change(
    document: DocumentId,
    id: string,
    changes: Partial<Pick<Snapshot, 'kind' | 'name' | 'seq'>>,
  ): Promise<boolean> {
    return (await this.#threads.write({ kind: 'changeSnapshot', document, id, changes })) === true
  }

  async remove(document: DocumentId, id: string): Promise<boolean> {
    return (await this.#threads.write({ kind: 'removeSnapshot', document, id })) === true
  }

  async get(document: DocumentId, id: string): Promise<Snapshot | null> {
    const answer = await this.#threads.read(['snapshot', document, id])
    return (answer as SnapshotsAnswer).snapshots[0] ?? null
  }

  async list(
    document: DocumentId,
    limit: number,
    after: SnapshotPlace | null = null,
  ): Promise<readonly Snapshot[]> {
    const { seq, id } = after ?? FROM_THE_NEWEST
    return ((await this.#threads.read(['snapshots', document, limit, seq, id])) as SnapshotsAnswer).snapshots
  }
}
