/**
 * The log in memory, for tests and the simulation: the port's rules and nothing else. No timers, no chance.
 * What a crash takes with it is the simulation's business: the log is what survives one.
 */

import type { Kind } from '#shared/frame.ts'
import { type DocumentId, type Epoch, type Seq, seq, ZERO } from '#shared/id.ts'
import { checkGroup } from './group.ts'
import { after, headOf, isMerged, type MemoryEntry, MemoryPast } from './memory-past.ts'
import { MemorySnapshots } from './memory-snapshots.ts'
import {
  type AskedPushes,
  type AskedStretches,
  type Batch,
  type BatchResult,
  type Checkpoint,
  type Entry,
  type ListedDocument,
  type ListPlace,
  type Log,
  NotSaved,
  type Outline,
  type Stretch,
} from './port.ts'
import { stretchesOf } from './stretches.ts'

export interface MemoryLogOptions {
  /** Wall-clock milliseconds for entries. */
  readonly wall: () => number
  /** Awaited before a group is stored. What it throws is the outcome of the commit; nothing is stored then. */
  readonly before?: (group: readonly Batch[]) => Promise<void>
}

interface Stored {
  readonly epoch: Epoch
  kind: Kind
  title: string
  /** Wall-clock milliseconds; null while it lives. */
  deletedAt: number | null
  /** When it last changed, counted in commits: wall clocks order nothing. */
  changed: number
  entries: MemoryEntry[]
  checkpoints: Checkpoint[]
}

export class MemoryLog implements Log {
  /** While this says something, commits reject with NotSaved in these words. */
  notSaved: string | null = null
  readonly #options: MemoryLogOptions
  readonly #documents = new Map<string, Stored>()
  readonly snapshots = new MemorySnapshots({
    headOf: (document) => {
      const stored = this.#documents.get(document)
      return stored === undefined || stored.deletedAt !== null ? null : headOf(stored.entries)
    },
    isMerged: (document, at) => isMerged(this.#documents.get(document)?.entries ?? [], at),
    check: (isWrite) => {
      this.#check()
      if (isWrite) this.#checkDisk()
    },
  })
  readonly past = new MemoryPast({
    find: (document) => {
      const stored = this.#documents.get(document)
      return stored === undefined || stored.deletedAt !== null ? null : stored
    },
    snapshotsOf: (document) => this.snapshots.positionsOf(document),
    check: (isWrite) => {
      this.#check()
      if (isWrite) this.#checkDisk()
    },
  })
  #commits = 0
  #closed = false

  constructor(options: MemoryLogOptions) {
    this.#options = options
  }

  async commit(group: readonly Batch[]): Promise<readonly BatchResult[]> {
    this.#check()
    checkGroup(group)
    await this.#options.before?.(group)
    this.#checkDisk()
    const time = this.#options.wall()
    this.#commits += 1
    const results = group.map((batch) => this.#append(batch, time))
    if (results.every(({ kind }) => kind !== 'committed')) this.#commits -= 1
    return results
  }

  #append(batch: Batch, time: number): BatchResult {
    const stored = this.#documents.get(batch.document) ?? null
    if (stored !== null && stored.deletedAt !== null) return { kind: 'deleted' }
    const head = headOf(stored?.entries ?? [])
    if (head !== batch.head || (stored !== null && stored.epoch !== batch.epoch))
      return { kind: 'moved', head, epoch: stored?.epoch ?? ('' as Epoch) }
    const target = stored ?? fresh(batch)
    this.#documents.set(batch.document, target)
    if (target.kind === 'none') target.kind = batch.kind
    target.changed = this.#commits
    for (const { update, author, push } of batch.entries) {
      const position = seq(headOf(target.entries) + 1)
      const own = { from: position, seq: position, update: update.slice(), author, time }
      target.entries.push({ ...own, begin: time, push })
    }
    return { kind: 'committed', from: seq(head + 1), to: headOf(target.entries), time }
  }

  async outline(document: DocumentId): Promise<Outline> {
    this.#check()
    const stored = this.#documents.get(document)
    const checkpoint = stored?.checkpoints.at(-1)
    const checkpointSeq = checkpoint?.seq ?? ZERO
    return {
      epoch: stored?.epoch ?? ('' as Epoch),
      head: headOf(stored?.entries ?? []),
      kind: stored?.kind ?? 'none',
      deleted: (stored?.deletedAt ?? null) !== null,
      checkpointSeq,
      checkpointBytes: checkpoint?.state.length ?? 0,
      tailBytes: after(stored?.entries ?? [], checkpointSeq).reduce(
        (sum, { update }) => sum + update.length,
        0,
      ),
    }
  }

  async read(document: DocumentId, position: Seq, maxBytes: number): Promise<readonly Entry[]> {
    this.#check()
    const found: Entry[] = []
    let bytes = 0
    for (const one of after(this.#documents.get(document)?.entries ?? [], position)) {
      const { from, seq: to, update, author, time } = one
      found.push({ from, seq: to, update, author, time })
      bytes += update.length
      if (bytes > maxBytes) break
    }
    return found
  }

  async stretches(document: DocumentId, asked: AskedStretches): Promise<readonly Stretch[]> {
    this.#check()
    return stretchesOf(after(this.#documents.get(document)?.entries ?? [], asked.after), asked)
  }

  async checkpoint(document: DocumentId): Promise<Checkpoint | null> {
    this.#check()
    return this.#documents.get(document)?.checkpoints.at(-1) ?? null
  }

  async putCheckpoint(document: DocumentId, checkpoint: Checkpoint): Promise<void> {
    this.#check()
    this.#checkDisk()
    const stored = this.#documents.get(document)
    const head = headOf(stored?.entries ?? [])
    if (stored === undefined || checkpoint.seq > head)
      throw new RangeError(`a checkpoint at ${checkpoint.seq} of a log that ends at ${head}`)
    if (stored.deletedAt !== null) return
    stored.checkpoints = [...stored.checkpoints.filter((old) => old.seq !== checkpoint.seq), checkpoint]
      .sort((a, b) => a.seq - b.seq)
      .slice(-2)
  }

  async pushes(
    document: DocumentId,
    { session, oldest, most }: AskedPushes,
  ): Promise<ReadonlyMap<number, string>> {
    this.#check()
    const found = new Map<number, string>()
    for (const { push } of this.#documents.get(document)?.entries ?? [])
      if (push !== null && push.session === session && push.number >= oldest)
        found.set(push.number, push.digest)
    return new Map([...found].sort(([a], [b]) => a - b).slice(0, most))
  }

  async list(limit: number, after: ListPlace | null = null): Promise<readonly ListedDocument[]> {
    this.#check()
    return [...this.#documents]
      .filter(([, { deletedAt }]) => deletedAt === null)
      .map(([document, stored]) => listed(document as DocumentId, stored))
      .sort(inOrder)
      .filter((one) => after === null || inOrder(after, one) < 0)
      .slice(0, limit)
  }

  async describe(document: DocumentId): Promise<ListedDocument | null> {
    this.#check()
    const stored = this.#documents.get(document)
    return stored === undefined || stored.deletedAt !== null ? null : listed(document, stored)
  }

  async putTitle(document: DocumentId, title: string): Promise<void> {
    this.#check()
    this.#checkDisk()
    const stored = this.#documents.get(document)
    if (stored !== undefined && stored.deletedAt === null) stored.title = title
  }

  async delete(document: DocumentId): Promise<boolean> {
    this.#check()
    this.#checkDisk()
    const stored = this.#documents.get(document)
    if (stored === undefined || stored.deletedAt !== null) return false
    stored.deletedAt = this.#options.wall()
    return true
  }

  async erasable(before: number, limit: number): Promise<readonly DocumentId[]> {
    this.#check()
    return [...this.#documents]
      .filter(([, { deletedAt, entries }]) => deletedAt !== null && deletedAt < before && entries.length > 0)
      .slice(0, limit)
      .map(([document]) => document as DocumentId)
  }

  async erase(document: DocumentId): Promise<boolean> {
    this.#check()
    this.#checkDisk()
    const stored = this.#documents.get(document)
    if (stored === undefined || stored.deletedAt === null)
      throw new RangeError('what a document holds that is not deleted is not erased')
    stored.title = ''
    stored.checkpoints = []
    this.snapshots.erase(document)
    this.past.erase(document)
    stored.entries = []
    return false
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** Loses everything after `head`, as a disk does onto which an older backup was put back. */
  forgetAfter(document: DocumentId, head: Seq): void {
    const stored = this.#documents.get(document)
    if (stored !== undefined) stored.entries = stored.entries.filter((one) => one.seq <= head)
  }

  /** Opens it again after `close`, with everything it holds: a server that starts over on the same disk. */
  reopen(): void {
    this.#closed = false
  }

  #check(): void {
    if (this.#closed) throw new Error('the log is closed')
  }

  #checkDisk(): void {
    if (this.notSaved !== null) throw new NotSaved(this.notSaved)
  }
}

function fresh({ epoch, kind }: Batch): Stored {
  return { epoch, kind, title: '', deletedAt: null, changed: 0, entries: [], checkpoints: [] }
}

function listed(document: DocumentId, { entries, kind, title, changed }: Stored): ListedDocument {
  const last = entries.at(-1)
  const head = headOf(entries)
  return { document, head, kind, title, author: last?.author ?? '', time: last?.time ?? 0, changed }
}

/** Newest change first, then by name. */
function inOrder(a: ListPlace, b: ListPlace): number {
  return b.changed - a.changed || (a.document < b.document ? -1 : a.document > b.document ? 1 : 0)
}
