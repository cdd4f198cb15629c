/**
 * Somebody's device: a browser with one store, and tabs that open and close, crash alone or all at once, at any step.
 * What a transaction completed outlives them; what was on its way is stored or is not. Now and then the store is full,
 * or somebody clears it.
 */

import type { Locks } from '#client/document/device/locks.ts'
import { MemoryStore } from '#client/document/device/memory.ts'
import type { Place, Store, StoredUpdate, Write, Written } from '#client/document/device/store.ts'
import type { JoinTabs, Message } from '#client/document/device/tabs.ts'
import type { SessionId } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import type { SeededChance } from './chance.ts'
import { DOCUMENT, type LifeClock } from './server.ts'

export interface DeviceOptions {
  readonly clock: Clock
  readonly chance: SeededChance
  readonly note: (line: string) => void
  /** A mutant's store in the place of a tab's own. */
  readonly wrap?: (store: Store) => Store
}

/** One life of one tab, as its browser sees it. */
export interface TabLife {
  readonly clock: LifeClock
  isAlive: boolean
}

interface Transaction {
  readonly life: TabLife
  readonly commit: () => Written
}

export class Device {
  readonly disk = new MemoryStore()
  readonly #clock: Clock
  readonly #chance: SeededChance
  readonly #note: (line: string) => void
  readonly #wrap: (store: Store) => Store
  readonly #channels = new Map<TabLife, (message: Message) => void>()
  /** When the last message to a tab arrives: the next one never before it. */
  readonly #arrivals = new Map<TabLife, number>()
  readonly #queues = new Map<string, { readonly life: TabLife; readonly acquired: () => void }[]>()
  readonly #underway = new Set<Transaction>()
  #fullUntil = 0
  #undelivered = 0
  /** Changes whose transaction was completed, by what they are. What is cleared away was kept no more. */
  readonly kept = new Set<Uint8Array>()
  /** Which tabs stored what stands at a place: another one may, for one that cannot. */
  readonly #keepers = new Map<string, Set<TabLife>>()
  counts = { kept: 0, died: 0, cleared: 0, refused: 0, landedInDeath: 0 }

  constructor({ clock, chance, note, wrap = (store) => store }: DeviceOptions) {
    this.#clock = clock
    this.#chance = chance
    this.#note = note
    this.#wrap = wrap
  }

  /** Nothing is on its way between tabs or to the store. */
  get isQuiet(): boolean {
    return this.#underway.size === 0 && this.#undelivered === 0
  }

  get isFull(): boolean {
    return this.#clock.now() < this.#fullUntil
  }

  /** Changes this tab stored itself and no server acknowledged, as texts of their bytes. */
  async storedBy(life: TabLife, writer: SessionId): Promise<ReadonlySet<string>> {
    const stored = await this.disk.changesOf(DOCUMENT, writer)
    const own = stored.filter((change) => this.#keepers.get(placeOf(change))?.has(life))
    return new Set(own.map(({ update }) => update.join()))
  }

  /** How many changes wait in the store. */
  async waiting(): Promise<number> {
    return (await this.disk.load(DOCUMENT))?.changes.length ?? 0
  }

  fill(forMs: number): void {
    this.#note(`device: full for ${forMs.toFixed(0)} ms`)
    this.#fullUntil = this.#clock.now() + forMs
  }

  heal(): void {
    this.#fullUntil = 0
  }

  clear(): void {
    this.#note('device: cleared')
    this.counts.cleared++
    this.kept.clear()
    this.#keepers.clear()
    this.disk.clear()
  }

  /** The tab is gone without a word: its locks are free, what it was storing is stored or is not. */
  bury(life: TabLife): void {
    if (!life.isAlive) return
    life.isAlive = false
    life.clock.stop()
    this.counts.died++
    this.#channels.delete(life)
    for (const transaction of [...this.#underway]) {
      if (transaction.life !== life) continue
      this.#underway.delete(transaction)
      if (!this.#chance.is(0.5)) continue
      transaction.commit()
      this.counts.landedInDeath++
    }
    for (const name of [...this.#queues.keys()]) this.#leaveQueue(name, life)
  }

  storeFor(life: TabLife): Store {
    const { disk } = this
    const whileAlive = <T>(value: Promise<T>): Promise<T> =>
      value.then((result) => (life.isAlive ? result : new Promise<T>(() => undefined)))
    return this.#wrap({
      load: (document) => this.#later(life).then(() => whileAlive(disk.load(document))),
      write: (write) => this.#transact(life, () => this.#write(write, life)),
      readLog: (document, without) =>
        this.#later(life).then(() => whileAlive(disk.readLog(document, without))),
      compact: async (document, state, contained) => {
        await this.#transact(life, () => {
          void disk.compact(document, state, contained)
          return { kind: 'written' }
        })
      },
      changesOf: (document, writer) =>
        this.#later(life).then(() => whileAlive(disk.changesOf(document, writer))),
      list: () => disk.list(),
      remove: (document) => disk.remove(document),
      onLost: (lost) => disk.onLost(() => life.isAlive && lost()),
      close: () => undefined,
    })
  }

  readonly tabsFor =
    (life: TabLife): JoinTabs =>
    (_, heard) => {
      this.#channels.set(life, heard)
      return {
        post: (message) => {
          if (!life.isAlive) return
          this.#note(`tabs: ${said(message)}`)
          for (const [other, hear] of this.#channels) {
            if (other === life) continue
            this.#undelivered++
            const now = this.#clock.now()
            const arrival = Math.max(this.#arrivals.get(other) ?? 0, now + this.#chance.between(0, 3))
            this.#arrivals.set(other, arrival)
            this.#clock.after(arrival - now, () => {
              this.#undelivered--
              if (other.isAlive) hear(message)
            })
          }
        },
        close: () => {
          this.#channels.delete(life)
        },
      }
    }

  locksFor(life: TabLife): Locks {
    return {
      acquire: (name, acquired) => {
        const queue = this.#queues.get(name) ?? []
        this.#queues.set(name, queue)
        const entry = { life, acquired }
        queue.push(entry)
        if (queue[0] === entry) this.#grant(name)
        return () => this.#leaveQueue(name, life)
      },
    }
  }

  #grant(name: string): void {
    const [first] = this.#queues.get(name) ?? []
    if (first === undefined) {
      this.#queues.delete(name)
      return
    }
    this.#undelivered++
    this.#clock.after(this.#chance.between(0, 2), () => {
      this.#undelivered--
      if (this.#queues.get(name)?.[0] === first && first.life.isAlive) first.acquired()
    })
  }

  #leaveQueue(name: string, life: TabLife): void {
    const queue = this.#queues.get(name)
    const at = queue?.findIndex((entry) => entry.life === life) ?? -1
    if (queue === undefined || at < 0) return
    queue.splice(at, 1)
    if (at === 0) this.#grant(name)
  }

  #write(write: Write, life: TabLife): Written {
    if (this.isFull && write.log.length + write.entries.length + write.changes.length > 0) {
      this.counts.refused++
      return { kind: 'failed', reason: 'quota' }
    }
    const written = this.disk.writeNow(write)
    if (written.kind === 'written') for (const change of write.changes) this.#keeps(change, life)
    return written
  }

  #keeps(change: StoredUpdate, life: TabLife): void {
    this.kept.add(change.update)
    const at = placeOf(change)
    this.#keepers.set(at, (this.#keepers.get(at) ?? new Set()).add(life))
    this.counts.kept++
  }

  #later(life: TabLife): Promise<void> {
    this.#undelivered++
    return new Promise((resolve) => {
      this.#clock.after(this.#chance.between(0, 4), () => {
        this.#undelivered--
        if (life.isAlive) resolve()
      })
    })
  }

  /** Completed after a while; the tab learns of it a little later, if it is still there. */
  #transact(life: TabLife, commit: () => Written): Promise<Written> {
    const most = this.#chance.is(0.1) ? 300 : 12
    return new Promise((resolve) => {
      const transaction: Transaction = { life, commit }
      this.#underway.add(transaction)
      life.clock.after(this.#chance.fraction() * most, () => {
        if (!this.#underway.delete(transaction)) return
        const written = commit()
        this.#undelivered++
        this.#clock.after(this.#chance.fraction() * 4, () => {
          this.#undelivered--
          if (life.isAlive) resolve(written)
        })
      })
    })
  }
}

function placeOf({ order, writer }: Place): string {
  return `${order} ${writer}`
}

function said(message: Message): string {
  const { kind, from } = message
  if (kind === 'changes') return `${from} made ${message.changes.map(({ order }) => order).join()}`
  if (kind === 'mine')
    return `${from} answers ${message.to} ${message.changes.map(({ order }) => order).join()}`
  if (kind === 'settled') return `${from} settles ${message.of} ${message.orders.join()}`
  return `${from} ${kind}`
}
