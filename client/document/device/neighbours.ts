/**
 * The other tabs of this browser that show the same document: what they wrote is shown here at once, what they have not
 * sent is counted here, and what they leave behind is taken over.
 *
 * Who takes over is decided by locks that the browser frees when a tab ends. Nothing depends on them for safety: what two
 * tabs took over is sent twice, and the server takes it once.
 */
import { applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import type { Change } from '#client/document/elsewhere.ts'
import type { LocalDocument } from '#client/document/local-document.ts'
import { checkedPresence } from '#client/document/presence-check.ts'
import type { DocumentId, SessionId } from '#shared/id.ts'
import type { Keeping } from './keeping.ts'
import { type Locks, outboxLock } from './locks.ts'
import type { Store, StoredUpdate } from './store.ts'
import { type JoinTabs, type Message, messageOf, type Tabs } from './tabs.ts'

export interface NeighboursOptions {
  readonly id: DocumentId
  readonly document: LocalDocument
  readonly joinTabs: JoinTabs
  readonly locks: Locks
  /** Something of them was shown, counted or taken over. */
  readonly onHeard: () => void
}

/** What this tab keeps, and where. */
interface Own {
  readonly keeping: Keeping
  readonly store: Store
}

export class Neighbours {
  readonly #options: NeighboursOptions
  readonly #session: SessionId
  readonly #tabs: Tabs
  /** The origin of what they say of who is there. */
  readonly #others: object = { name: 'tabs' }
  /** By session: gives up waiting for its end. */
  readonly #waiting = new Map<SessionId, () => void>()
  /** Orders of the changes this tab has taken over, by the session that had made them. */
  readonly #taken = new Map<SessionId, ReadonlySet<number>>()
  /** Heard before this tab had loaded. */
  #early: Message[] = []
  #own: Own | null = null
  #closed = false

  constructor(options: NeighboursOptions) {
    this.#options = options
    const { document, id, joinTabs } = options
    this.#session = document.outbox.session
    this.#tabs = joinTabs(id, (message) => this.#heard(message))
  }

  /** This tab has loaded, and found what these sessions had not sent. */
  begin(own: Own, sessions: Iterable<SessionId>): void {
    const { document } = this.#options
    this.#own = own
    document.awareness.on('update', this.#presenceChanged)
    for (const session of sessions) this.#waitFor(session)
    for (const message of this.#early.splice(0)) this.#take(message, own)
    this.#tabs.post({ kind: 'hello', from: this.#session, stateVector: document.stateVector() })
  }

  /** Changes of this tab that are not acknowledged; `isKept` where the store has them. */
  tell(changes: readonly StoredUpdate[], isKept: boolean): void {
    if (changes.length === 0) return
    this.#tabs.post({
      kind: 'changes',
      from: this.#session,
      changes: changes.map(({ order, update }) => ({ order, update, isKept })),
    })
  }

  /** Changes of this tab were acknowledged. */
  settle(orders: readonly number[], of: SessionId = this.#session): void {
    if (orders.length > 0) this.#tabs.post({ kind: 'settled', from: this.#session, of, orders })
  }

  /** Hears nothing any more. */
  part(): void {
    this.#closed = true
    this.#options.document.awareness.off('update', this.#presenceChanged)
    for (const stop of this.#waiting.values()) stop()
  }

  close(): void {
    this.#tabs.close()
  }

  #heard(value: unknown): void {
    const message = messageOf(value)
    if (message === null || message.from === this.#session || this.#closed) return
    if (this.#own === null) this.#early.push(message)
    else this.#take(message, this.#own)
  }

  #take(message: Message, own: Own): void {
    const { document } = this.#options
    const { elsewhere, awareness } = document
    if (message.kind !== 'removed' && message.kind !== 'presence') this.#waitFor(message.from)
    switch (message.kind) {
      case 'hello':
        void this.#answer(message.from, message.stateVector, own.keeping)
        return
      case 'mine':
        if (message.to !== this.#session) return
        elsewhere.replace(message.from, this.#without(message.changes, message.from))
        document.share([message.update], message.isKept)
        this.#show(message.changes, message.from, own.keeping)
        return
      case 'changes':
        elsewhere.add(message.from, this.#without(message.changes, message.from))
        this.#show(message.changes, message.from, own.keeping)
        return
      case 'settled':
        elsewhere.settle(message.of, message.orders)
        own.keeping.gathering.settledFor(
          message.orders
            .map((order) => ({ order, writer: message.of }))
            .filter((place) => own.keeping.gathering.keepsFor(place)),
        )
        document.waitingChanged()
        return
      case 'presence': {
        const { states } = checkedPresence(message.presence, awareness.clientID)
        if (states !== null) applyAwarenessUpdate(awareness, states, this.#others)
        return
      }
      case 'removed':
        own.keeping.close()
        return
    }
  }

  /** What a tab said while it was there may arrive when all of it is this tab's already. */
  #without(changes: readonly Change[], of: SessionId): readonly Change[] {
    const taken = this.#taken.get(of)
    return taken === undefined ? changes : changes.filter(({ order }) => !taken.has(order))
  }

  #show(changes: readonly Change[], of: SessionId, keeping: Keeping): void {
    const { document, onHeard } = this.#options
    for (const { order, update, isKept } of changes) {
      keeping.gathering.heard(order)
      document.share([update], isKept)
    }
    const unkept = this.#without(changes, of).filter(({ isKept }) => !isKept)
    keeping.gathering.keepFor(unkept.map(({ order, update }) => ({ order, writer: of, update })))
    document.waitingChanged()
    onHeard()
  }

  /** Only what is in the store, or will not be, is told: another tab might keep it as a part of the document. */
  async #answer(to: SessionId, stateVector: Uint8Array, keeping: Keeping): Promise<void> {
    const { document } = this.#options
    await keeping.atRest()
    if (this.#closed) return
    let update: Uint8Array
    try {
      update = document.since(stateVector)
    } catch {
      // Not a state vector: whoever asks is of another version and gets no answer.
      return
    }
    const { unwritten } = keeping
    const changes = document.outbox.recorded().flatMap((change) => {
      const at = keeping.gathering.placeOf(change)
      return at === undefined ? [] : [{ order: at.order, update: change, isKept: !unwritten.has(change) }]
    })
    const isKept = keeping.status.kind === 'kept'
    this.#tabs.post({ kind: 'mine', from: this.#session, to, changes, update, isKept })
    // Whoever opens the document may have read these from the store.
    for (const [writer, places] of Map.groupBy(keeping.leaving, ({ writer }) => writer))
      this.settle(
        places.map(({ order }) => order),
        writer,
      )
    this.#postPresence()
  }

  #waitFor(session: SessionId): void {
    if (session === this.#session || this.#waiting.has(session) || this.#closed) return
    const stop = this.#options.locks.acquire(outboxLock(session), () => void this.#takeOver(session))
    this.#waiting.set(session, stop)
  }

  async #takeOver(session: SessionId): Promise<void> {
    const { document, id, onHeard } = this.#options
    const own = this.#own
    if (own === null) return
    const read = await own.store.changesOf(id, session).catch(() => null)
    if (this.#closed) return
    const stored = read ?? []
    const inStore = new Set(stored.map(({ order }) => order))
    // What was in the store and is there no more was acknowledged, or taken over by another tab.
    const heard = document.elsewhere
      .of(session)
      .filter(({ order, isKept }) => (!isKept || read === null) && !inStore.has(order))
    const changes = [...stored, ...heard].sort((a, b) => a.order - b.order)
    document.elsewhere.forget(session)
    if (changes.length === 0) document.waitingChanged()
    else await this.#adopt(session, changes, inStore, own.keeping)
    this.#waiting.get(session)?.()
    this.#waiting.delete(session)
    // It had said more than was known when its end was.
    if (document.elsewhere.of(session).length > 0) this.#waitFor(session)
    onHeard()
  }

  async #adopt(
    session: SessionId,
    changes: readonly Pick<Change, 'order' | 'update'>[],
    inStore: ReadonlySet<number>,
    keeping: Keeping,
  ): Promise<void> {
    const { document } = this.#options
    const orders = changes.map(({ order }) => order)
    this.#taken.set(session, new Set([...(this.#taken.get(session) ?? []), ...orders]))
    // Two tabs may have taken over the same change of a third.
    const mine = document.outbox.recorded()
    const isMine = ({ update }: Pick<Change, 'update'>) => mine.some((own) => isSame(own, update))
    const fresh = changes.filter((change) => !isMine(change))
    keeping.gathering.settledFor(changes.filter(isMine).map(({ order }) => ({ order, writer: session })))
    keeping.gathering.adopt(
      fresh.map(({ order, update }) => ({
        update,
        from: { order, writer: session },
        inLog: inStore.has(order),
      })),
    )
    document.adopt(fresh.map(({ update }) => update))
    this.settle(orders, session)
    // Until they are stored under this tab's name the next one in line would find them where they were.
    await keeping.written()
  }

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
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}
