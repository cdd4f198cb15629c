/**
 * The store of a browser: one database, three object stores. A write is one transaction over all three, so that the
 * transactions of all tabs stand in one order.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { DocumentId, SessionId } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import {
  type Facts,
  type Failure,
  isCovered,
  type ListedDocument,
  NoAnswer,
  nextPosition,
  type Place,
  type Store,
  type StoredDocument,
  type StoredPosition,
  type StoredUpdate,
  type Write,
  type Written,
} from './store.ts'

type Key = [document: string, order: number, writer: string]

interface Schema extends DBSchema {
  documents: { key: string; value: { id: string; facts: Facts; position: StoredPosition } }
  /** The log of every document; also what is in `changes`. */
  updates: { key: Key; value: Uint8Array }
  /** What the server has not acknowledged. */
  changes: { key: Key; value: Uint8Array }
}

type Database = IDBPDatabase<Schema>

const STORES = ['documents', 'updates', 'changes'] as const
/** History: 1 first layout. */
const VERSION = 1

export interface IndexedDbOptions {
  readonly clock: Clock
  /** Default `vellum`. */
  readonly name?: string
  /** Default 3,000. Opening hangs in some private modes, and while another tab holds an older version open. */
  readonly openMs?: number
}

/** Rejects where the browser has no store, forbids it, or does not answer in time. */
export async function openIndexedDb(options: IndexedDbOptions): Promise<Store> {
  const store = new IndexedDbStore(options)
  await store.open()
  return store
}

class IndexedDbStore implements Store {
  readonly #clock: Clock
  readonly #name: string
  readonly #openMs: number
  readonly #listeners = new Set<() => void>()
  #database: Promise<Database> | null = null
  #closed = false

  constructor({ clock, name = 'vellum', openMs = 3_000 }: IndexedDbOptions) {
    this.#clock = clock
    this.#name = name
    this.#openMs = openMs
  }

  /** The one connection; a new one where the browser ended it. */
  open(): Promise<Database> {
    this.#database ??= this.#connect().catch((error: unknown) => {
      this.#database = null
      throw error
    })
    return this.#database
  }

  async load(document: DocumentId): Promise<StoredDocument | null> {
    const tx = await this.#reading()
    const range = within(document)
    const [found, places, updates, changePlaces, changes] = await Promise.all([
      tx.objectStore('documents').get(document),
      tx.objectStore('updates').getAllKeys(range),
      tx.objectStore('updates').getAll(range),
      tx.objectStore('changes').getAllKeys(range),
      tx.objectStore('changes').getAll(range),
      tx.done,
    ])
    if (found === undefined) return null
    const { facts, position } = found
    return { facts, position, log: records(places, updates), changes: records(changePlaces, changes) }
  }

  async write(write: Write): Promise<Written> {
    try {
      return await this.#write(write)
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) }
    }
  }

  async readLog(document: DocumentId, without: readonly Place[]): Promise<readonly StoredUpdate[]> {
    const tx = await this.#reading()
    const known = new Set(without.map(({ order, writer }) => `${order} ${writer}`))
    const log = tx.objectStore('updates')
    const keys = await log.getAllKeys(within(document))
    const unknown = keys.filter(([, order, writer]) => !known.has(`${order} ${writer}`))
    const updates = await Promise.all(unknown.map((key) => log.get(key)))
    return unknown.flatMap((key, at) => {
      const update = updates[at]
      return update === undefined ? [] : records([key], [update])
    })
  }

  async compact(document: DocumentId, state: StoredUpdate, contained: readonly Place[]): Promise<void> {
    const tx = await this.#writing('relaxed')
    const log = tx.objectStore('updates')
    const found = await tx.objectStore('documents').getKey(document)
    const requests =
      found === undefined
        ? []
        : [
            log.put(state.update, keyOf(document, state)),
            ...contained.map((place) => log.delete(keyOf(document, place))),
          ]
    await complete(requests, tx.done)
  }

  async changesOf(document: DocumentId, writer: SessionId): Promise<readonly StoredUpdate[]> {
    const tx = await this.#reading()
    const store = tx.objectStore('changes')
    const range = within(document)
    const [places, updates] = await Promise.all([store.getAllKeys(range), store.getAll(range)])
    return records(places, updates).filter((change) => change.writer === writer)
  }

  async list(): Promise<readonly ListedDocument[]> {
    const tx = await this.#reading()
    const documents = await tx.objectStore('documents').getAll()
    const changes = tx.objectStore('changes')
    const counts = await Promise.all(documents.map(({ id }) => changes.count(within(id))))
    return documents.map(({ id, facts }, at) => ({
      ...facts,
      id: id as DocumentId,
      waiting: counts[at] ?? 0,
    }))
  }

  async remove(document: DocumentId): Promise<void> {
    const tx = await this.#writing('relaxed')
    const requests = [
      tx.objectStore('documents').delete(document),
      tx.objectStore('updates').delete(within(document)),
      tx.objectStore('changes').delete(within(document)),
    ]
    await complete(requests, tx.done)
  }

  onLost(lost: () => void): () => void {
    this.#listeners.add(lost)
    return () => this.#listeners.delete(lost)
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
    void this.#database?.then((database) => database.close()).catch(() => undefined)
  }

  async #write({ document, expectsDocument, isDurable, ...write }: Write): Promise<Written> {
    // Without `strict` a browser calls a transaction complete that only the operating system has: what nobody else has
    // must be on the disk before it is called kept. What the server has may come back from there.
    const tx = await this.#writing(isDurable ? 'strict' : 'relaxed')
    const documents = tx.objectStore('documents')
    const before = (await documents.get(document)) ?? null
    if (before === null && expectsDocument) {
      await tx.done
      return { kind: 'gone' }
    }
    const log = tx.objectStore('updates')
    const changes = tx.objectStore('changes')
    const position = nextPosition(before?.position ?? null, write.position)
    const entries = write.entries.filter(
      ({ seq }) => !isCovered(seq, before?.position ?? null, write.position),
    )
    await complete(
      [
        documents.put({ id: document, facts: write.facts, position }),
        ...[...write.log, ...entries].map((record) => log.put(record.update, keyOf(document, record))),
        ...write.changes.map((record) => changes.put(record.update, keyOf(document, record))),
        ...write.settled.map((place) => changes.delete(keyOf(document, place))),
      ],
      tx.done,
    )
    return { kind: 'written' }
  }

  async #reading() {
    return this.#transaction((database) => database.transaction(STORES, 'readonly'))
  }

  async #writing(durability: 'strict' | 'relaxed') {
    return this.#transaction((database) => database.transaction(STORES, 'readwrite', { durability }))
  }

  /** A browser may end the connection at any time: then it begins over a new one, once. */
  async #transaction<Tx>(begin: (database: Database) => Tx): Promise<Tx> {
    const opening = this.open()
    const database = await opening
    try {
      return begin(database)
    } catch {
      // The connection was ended under us (InvalidStateError).
      if (this.#database === opening) this.#database = null
      return begin(await this.open())
    }
  }

  #connect(): Promise<Database> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('the store is closed'))
      let isLate = false
      const late = this.#clock.after(this.#openMs, () => {
        isLate = true
        reject(new NoAnswer('IndexedDB does not answer'))
      })
      openDB<Schema>(this.#name, VERSION, {
        upgrade: (database) => {
          for (const name of STORES)
            if (name === 'documents') database.createObjectStore(name, { keyPath: 'id' })
            else database.createObjectStore(name)
        },
        // A newer page wants to change the layout, or somebody deletes the database: neither waits for this tab.
        blocking: () => this.#end(),
        terminated: () => this.#end(),
      }).then(
        (database) => {
          late()
          if (isLate || this.#closed) database.close()
          resolve(database)
        },
        (error: unknown) => {
          late()
          reject(error)
        },
      )
    })
  }

  /** The connection is of no use any more, and what was stored is probably gone. */
  #end(): void {
    const ended = this.#database
    this.#database = null
    void ended?.then((database) => database.close()).catch(() => undefined)
    for (const lost of [...this.#listeners]) lost()
  }
}

/** A transaction that is complete: its requests alone are not. Rejects with what ended it. */
async function complete(requests: readonly Promise<unknown>[], done: Promise<void>): Promise<void> {
  // Where a transaction fails its requests fail with it, and less is said there about why.
  for (const request of requests) request.catch(() => undefined)
  await done
}

function within(document: string): IDBKeyRange {
  return IDBKeyRange.bound([document], [document, []])
}

function keyOf(document: DocumentId, { order, writer }: Place): Key {
  return [document, order, writer]
}

/** Keys ascend by order, then by writer: the causal order. */
function records(keys: readonly Key[], updates: readonly Uint8Array[]): readonly StoredUpdate[] {
  return keys.flatMap(([, order, writer], at) => {
    const update = updates[at]
    return update === undefined ? [] : [{ order, writer: writer as SessionId, update }]
  })
}

function reasonOf(error: unknown): Failure {
  return error instanceof Error && error.name === 'QuotaExceededError' ? 'quota' : 'error'
}
