/**
 * One document on this device: loaded before anybody writes into it, kept from then on, shared with the other tabs of
 * this browser. Changes of a tab that is gone are taken over by one that is there.
 *
 * Who takes over is decided by locks that the browser frees when a tab ends. Nothing depends on them for safety: what two
 * tabs took over is sent twice, and the server takes it once.
 */
import { type Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import type { Change } from '#client/document/elsewhere.ts'
import type { LocalDocument, Recorder } from '#client/document/local-document.ts'
import { checkedPresence } from '#client/document/presence-check.ts'
import { codes } from '#shared/codes.ts'
import type { DocumentId, SessionId } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { absentStore } from './absent.ts'
import { Keeping } from './keeping.ts'
import { type Locks, outboxLock } from './locks.ts'
import { type DeviceStatus, sameDeviceStatus } from './status.ts'
import type { Ended, Facts, Store, StoredDocument, StoredUpdate } from './store.ts'
import { type JoinTabs, type Message, messageOf, type Tabs } from './tabs.ts'

export interface DeviceDocumentOptions {
  readonly id: DocumentId
  readonly document: LocalDocument
  /** Rejects where there is none. */
  readonly store: Promise<Store>
  readonly joinTabs: JoinTabs
  readonly locks: Locks
  readonly clock: Clock
  /** Calls `run` when nobody would notice. Returns the undo. */
  readonly whenIdle: (run: () => void) => Cancel
  /** More records in the log than this are put together in a quiet moment. Default 400. */
  readonly compactRecords?: number
  /** What is said of the document beside its content. */
  readonly describe: () => Pick<Facts, 'title' | 'kind' | 'role' | 'schemaVersion'>
}

/** A store that does not answer within this is taken for absent: the page must open. */
const LOAD_MS = 3_000
const COMPACT_RECORDS = 400

export class DeviceDocument implements Recorder {
  readonly #options: DeviceDocumentOptions
  readonly #session: SessionId
  readonly #tabs: Tabs
  /** The origin of what other tabs say of who is there. */
  readonly #others: object = { name: 'tabs' }
  readonly #listeners = new Set<() => void>()
  /** By session of another tab: gives up waiting for its end. */
  readonly #waiting = new Map<SessionId, () => void>()
  #releaseOwn: () => void = () => undefined
  /** Told before the load was done. */
  #early: Message[] = []
  #keeping: Keeping | null = null
  #store: Store = absentStore
  #ended: Ended | null = null
  #found = false
  #openedAt = 0
  #changedAt = 0
  #told: DeviceStatus = { kind: 'loading' }
  #compacting: Cancel | null = null
  #closed = false

  constructor(options: DeviceDocumentOptions) {
    this.#options = options
    const { document, id, joinTabs } = options
    this.#session = document.outbox.session
    this.#tabs = joinTabs(id, (message) => this.#heard(message))
  }

  get status(): DeviceStatus {
    return this.#keeping?.status ?? { kind: 'loading' }
  }

  /** Nothing may be written before. */
  get loaded(): boolean {
    return this.#keeping !== null
  }

  /** There is a text to show without a server. */
  get found(): boolean {
    return this.#found
  }

  /** Changes of this tab that are neither acknowledged nor kept. */
  get atRisk(): number {
    return this.#keeping?.unkept ?? 0
  }

  get ended(): Ended | null {
    return this.#ended
  }

  /** Calls `changed` after anything above has; returns its undo. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** Reads what is kept; resolves, with what was known, when the document may be shown and written. Never rejects. */
  async load(): Promise<Facts | null> {
    const { document, clock } = this.#options
    this.#openedAt = clock.wall()
    this.#changedAt = this.#openedAt
    await this.#live()
    const stored = await this.#read()
    if (this.#closed) return null
    this.#begin(stored)
    document.outbox.onSettled((changes) => this.#settled(changes))
    document.keep(this)
    document.awareness.on('update', this.#presenceChanged)
    for (const { writer } of stored?.changes ?? []) this.#waitFor(writer)
    for (const message of this.#early.splice(0)) this.#take(message)
    this.#tabs.post({ kind: 'hello', from: this.#session, stateVector: document.stateVector() })
    if (stored !== null) this.#keeping?.factsChanged()
    this.#compactLater()
    this.#publish(true)
    return stored?.facts ?? null
  }

  // What happens in this tab.

  changed(update: Uint8Array): void {
    this.#changedAt = this.#options.clock.wall()
    this.#keeping?.changed(update)
  }

  received(update: Uint8Array): void {
    this.#changedAt = this.#options.clock.wall()
    this.#keeping?.received(update)
    this.#compactLater()
  }

  shared(update: Uint8Array): void {
    this.#keeping?.shared(update)
  }

  moved(...args: Parameters<Recorder['moved']>): void {
    this.#keeping?.moved(...args)
  }

  #settled(changes: readonly Uint8Array[]): void {
    const orders = changes.flatMap((change) => this.#keeping?.placeOf(change)?.order ?? [])
    this.#bind()
    this.#keeping?.settled(changes)
    if (orders.length > 0)
      this.#tabs.post({ kind: 'settled', from: this.#session, of: this.#session, orders })
  }

  #bind(): void {
    this.#options.document.bind()
    this.#keeping?.bind()
  }

  /** Makes the document here, whether or not a server can be reached. */
  create(): void {
    if (this.#found) return
    this.#found = true
    this.#keeping?.factsChanged(true)
    this.#publish(true)
  }

  /** What is said of the document is another. */
  described(): void {
    this.#keeping?.factsChanged()
  }

  /** What the server finally said; null where it let this client in again. */
  end(ended: Ended | null): void {
    if (ended?.code === this.#ended?.code) return
    this.#ended = ended
    // Whatever the server may have under this name one day, it is not this.
    if (ended?.code === codes.deleted.code) this.#bind()
    this.#keeping?.factsChanged()
    this.#publish(true)
  }

  /** Writes what is left, and leaves. What is not acknowledged stays for another tab. May be called twice. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#compacting?.()
    this.#options.document.awareness.off('update', this.#presenceChanged)
    for (const stop of this.#waiting.values()) stop()
    this.#listeners.clear()
    this.#keeping?.close()
    await this.#keeping?.atRest()
    this.#tabs.close()
    this.#releaseOwn()
  }

  /** From before its first change is stored others know that this tab lives. */
  #live(): Promise<void> {
    const { locks, clock } = this.#options
    return new Promise((resolve) => {
      const late = clock.after(LOAD_MS, resolve)
      this.#releaseOwn = locks.acquire(outboxLock(this.#session), () => {
        late()
        resolve()
      })
    })
  }

  async #read(): Promise<StoredDocument | null> {
    const { store, id, clock } = this.#options
    let late: Cancel = () => undefined
    const tooLate = new Promise<null>((resolve) => {
      late = clock.after(LOAD_MS, () => resolve(null))
    })
    const reading = store.then(async (opened) => ({ opened, stored: await opened.load(id) }))
    try {
      const read = await Promise.race([reading, tooLate])
      if (read === null) return null
      this.#store = read.opened
      return read.stored
    } catch {
      // There is no store, or it cannot be read: the page works without, and says so.
      return null
    } finally {
      late()
    }
  }

  #begin(stored: StoredDocument | null): void {
    const { document, clock, id } = this.#options
    if (stored !== null) {
      const { position, facts, log, changes } = stored
      const { isBound, epoch, seq, hash } = position
      document.hold({ updates: updatesIn([...log, ...changes]), position: { epoch, seq, hash }, isBound })
      this.#found = true
      this.#ended = facts.ended
      this.#changedAt = facts.changedAt
      for (const change of changes) document.elsewhere.add(change.writer, [{ ...change, isKept: true }])
    }
    this.#keeping = new Keeping({
      store: this.#store,
      clock,
      document: id,
      session: this.#session,
      stored,
      facts: () => ({
        ...this.#options.describe(),
        openedAt: this.#openedAt,
        changedAt: this.#changedAt,
        ended: this.#ended,
      }),
      holds: () => ({ state: document.since(NOTHING), changes: document.outbox.recorded() }),
      onTold: (changes, areKept) => this.#tell(changes, areKept),
      onStatus: () => this.#publish(false),
    })
  }

  // What other tabs say.

  #heard(value: unknown): void {
    const message = messageOf(value)
    if (message === null || message.from === this.#session || this.#closed) return
    if (this.loaded) this.#take(message)
    else this.#early.push(message)
  }

  #take(message: Message): void {
    const { document } = this.#options
    const { elsewhere } = document
    switch (message.kind) {
      case 'hello':
        this.#waitFor(message.from)
        void this.#answer(message.from, message.stateVector)
        return
      case 'mine':
        this.#waitFor(message.from)
        if (message.to !== this.#session) return
        elsewhere.replace(message.from, message.changes)
        document.share([message.update], message.isKept)
        this.#show(message.changes)
        return
      case 'changes':
        this.#waitFor(message.from)
        elsewhere.add(message.from, message.changes)
        this.#show(message.changes)
        return
      case 'settled':
        elsewhere.settle(message.of, message.orders)
        document.waitingChanged()
        return
      case 'presence':
        this.#present(document.awareness, message.presence)
        return
      case 'removed':
        this.#keeping?.close()
        return
    }
  }

  #show(changes: readonly Change[]): void {
    const { document } = this.#options
    this.#found = true
    for (const { order, update, isKept } of changes) {
      this.#keeping?.heard(order)
      document.share([update], isKept)
    }
    document.waitingChanged()
    this.#publish(true)
  }

  /** Only what is in the store, or will never be, is told: another tab might keep it as a part of the document. */
  async #answer(to: SessionId, stateVector: Uint8Array): Promise<void> {
    const { document } = this.#options
    const keeping = this.#keeping
    await keeping?.atRest()
    if (this.#closed) return
    let update: Uint8Array
    try {
      update = document.since(stateVector)
    } catch {
      // Not a state vector: whoever asks is of another version and gets no answer.
      return
    }
    const unwritten = keeping?.unwritten
    const changes = document.outbox.recorded().flatMap((change) => {
      const at = keeping?.placeOf(change)
      const isKept = unwritten?.has(change) !== true
      return at === undefined ? [] : [{ order: at.order, update: change, isKept }]
    })
    const isKept = keeping?.status.kind === 'kept'
    this.#tabs.post({ kind: 'mine', from: this.#session, to, changes, update, isKept })
    // Whoever opens the document may have read these from the store.
    for (const { order, writer } of keeping?.leaving ?? [])
      this.#tabs.post({ kind: 'settled', from: this.#session, of: writer, orders: [order] })
    this.#postPresence()
  }

  #tell(changes: readonly StoredUpdate[], isKept: boolean): void {
    if (changes.length === 0 || this.#closed) return
    this.#found = true
    this.#tabs.post({
      kind: 'changes',
      from: this.#session,
      changes: changes.map(({ order, update }) => ({ order, update, isKept })),
    })
    this.#compactLater()
    this.#publish(true)
  }

  // Changes of tabs that are gone.

  #waitFor(session: SessionId): void {
    if (session === this.#session || this.#waiting.has(session) || this.#closed) return
    const stop = this.#options.locks.acquire(outboxLock(session), () => void this.#takeOver(session))
    this.#waiting.set(session, stop)
  }

  async #takeOver(session: SessionId): Promise<void> {
    const { document, id } = this.#options
    const keeping = this.#keeping
    const read = await this.#store.changesOf(id, session).catch(() => null)
    const stored = read ?? []
    if (this.#closed || keeping === null) return
    const inStore = new Set(stored.map(({ order }) => order))
    // What was in the store and is there no more was acknowledged, or taken over by another tab.
    const heard = document.elsewhere
      .of(session)
      .filter(({ order, isKept }) => (!isKept || read === null) && !inStore.has(order))
    const changes = [...stored, ...heard].sort((a, b) => a.order - b.order)
    document.elsewhere.forget(session)
    if (changes.length > 0) {
      keeping.adopt(
        changes.map(({ order, update }) => ({
          update,
          from: { order, writer: session },
          inLog: inStore.has(order),
        })),
      )
      document.adopt(changes.map(({ update }) => update))
      const orders = changes.map(({ order }) => order)
      this.#tabs.post({ kind: 'settled', from: this.#session, of: session, orders })
      // Until they are stored under this tab's name the next one in line would find them where they were.
      await keeping.written()
    } else document.waitingChanged()
    this.#waiting.get(session)?.()
    this.#waiting.delete(session)
    this.#publish(true)
  }

  // Who is there.

  readonly #presenceChanged = (
    { added, updated, removed }: Readonly<Record<'added' | 'updated' | 'removed', readonly number[]>>,
    origin: unknown,
  ): void => {
    const own = this.#options.document.awareness.clientID
    if (origin !== this.#others && [...added, ...updated, ...removed].includes(own)) this.#postPresence()
  }

  #postPresence(): void {
    const { awareness } = this.#options.document
    if (!awareness.meta.has(awareness.clientID)) return
    const presence = encodeAwarenessUpdate(awareness, [awareness.clientID])
    this.#tabs.post({ kind: 'presence', from: this.#session, presence })
  }

  #present(awareness: Awareness, presence: Uint8Array): void {
    const { states } = checkedPresence(presence, awareness.clientID)
    if (states !== null) applyAwarenessUpdate(awareness, states, this.#others)
  }

  // Quiet moments.

  #compactLater(): void {
    const keeping = this.#keeping
    const { compactRecords = COMPACT_RECORDS } = this.#options
    if (keeping === null || this.#compacting !== null || this.#closed) return
    if (keeping.records > compactRecords)
      this.#compacting = this.#options.whenIdle(() => void this.#compact(keeping))
  }

  async #compact(keeping: Keeping): Promise<void> {
    const { document } = this.#options
    try {
      await keeping.compact((others) => {
        document.share(others, true)
        return document.since(NOTHING)
      })
    } catch {
      // The log stays as it is, and long: the next quiet moment tries again.
    }
    this.#compacting = null
  }

  #publish(always: boolean): void {
    const { status } = this
    if (!always && sameDeviceStatus(status, this.#told)) return
    this.#told = status
    for (const changed of [...this.#listeners]) changed()
  }
}

/** The state vector of a document that holds nothing. */
const NOTHING = Uint8Array.of(0)

function updatesIn(records: readonly StoredUpdate[]): readonly Uint8Array[] {
  return records.map(({ update }) => update)
}
