/** A store in memory, with the rules of the one on disk. What it holds outlives the tabs that write to it. */
import type { DocumentId } from '#shared/id.ts'
import {
  type Facts,
  isCovered,
  nextPosition,
  type Place,
  type Store,
  type StoredPosition,
  type StoredUpdate,
  type Write,
} from './store.ts'

interface Kept {
  facts: Facts
  position: StoredPosition
  readonly log: Map<string, StoredUpdate>
  readonly changes: Map<string, StoredUpdate>
}

export class MemoryStore implements Store {
  readonly #documents = new Map<DocumentId, Kept>()
  readonly #listeners = new Set<() => void>()

  async load(document: DocumentId) {
    const kept = this.#documents.get(document)
    if (kept === undefined) return null
    const { facts, position } = kept
    return { facts, position, log: inOrder(kept.log), changes: inOrder(kept.changes) }
  }

  async write(write: Write) {
    return this.writeNow(write)
  }

  /** The transaction itself, for tests that say when it is complete. */
  writeNow(write: Write): { readonly kind: 'written' } | { readonly kind: 'gone' } {
    const { document, expectsDocument, log, entries, changes, settled, facts } = write
    const before = this.#documents.get(document)
    if (before === undefined && expectsDocument) return { kind: 'gone' }
    const position = nextPosition(before?.position ?? null, write.position)
    const kept: Kept = {
      facts,
      position,
      log: before?.log ?? new Map(),
      changes: before?.changes ?? new Map(),
    }
    for (const { seq, ...record } of entries)
      if (!isCovered(seq, before?.position ?? null, write.position)) kept.log.set(keyOf(record), record)
    for (const record of log) kept.log.set(keyOf(record), record)
    for (const record of changes) kept.changes.set(keyOf(record), record)
    for (const place of settled) kept.changes.delete(keyOf(place))
    this.#documents.set(document, kept)
    return { kind: 'written' }
  }

  async readLog(document: DocumentId, without: readonly Place[]) {
    const kept = this.#documents.get(document)
    const known = new Set(without.map(keyOf))
    return kept === undefined ? [] : inOrder(kept.log).filter((record) => !known.has(keyOf(record)))
  }

  async compact(document: DocumentId, state: StoredUpdate, contained: readonly Place[]) {
    const kept = this.#documents.get(document)
    if (kept === undefined) return
    for (const place of contained) kept.log.delete(keyOf(place))
    kept.log.set(keyOf(state), state)
  }

  async changesOf(document: DocumentId, writer: string) {
    const kept = this.#documents.get(document)
    return kept === undefined ? [] : inOrder(kept.changes).filter((change) => change.writer === writer)
  }

  async list() {
    return [...this.#documents].map(([id, { facts, changes }]) => ({ id, ...facts, waiting: changes.size }))
  }

  async remove(document: DocumentId) {
    this.#documents.delete(document)
  }

  onLost(lost: () => void): () => void {
    this.#listeners.add(lost)
    return () => this.#listeners.delete(lost)
  }

  /** As when somebody clears the browser's storage. */
  clear(): void {
    this.#documents.clear()
    for (const lost of [...this.#listeners]) lost()
  }

  close(): void {
    this.#listeners.clear()
  }
}

function keyOf({ order, writer }: Place): string {
  return `${order} ${writer}`
}

function inOrder(records: ReadonlyMap<string, StoredUpdate>): StoredUpdate[] {
  const copies = [...records.values()].map((record) => ({ ...record, update: record.update.slice() }))
  return copies.sort((a, b) => a.order - b.order || (a.writer < b.writer ? -1 : 1))
}
