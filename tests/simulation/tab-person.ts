/** Somebody at one tab of a device, with Vellum's page and its store: the real session, document, outbox and keeping. */
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Carrier } from '#client/carriers/port.ts'
import { DeviceDocument } from '#client/document/device/device-document.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { Session } from '#client/sync/session.ts'
import type { SessionId } from '#shared/id.ts'
import type { Device, TabLife } from './device.ts'
import { edit } from './edits.ts'
import type { Person, Surroundings } from './people.ts'
import { DOCUMENT, LifeClock } from './server.ts'

/** Parts of a tab that a mutant may put in the place of the real ones. */
export interface TabParts {
  readonly session?: (fresh: SessionId, name: string) => SessionId
  readonly outbox?: (session: SessionId) => Outbox
}

interface Open {
  readonly life: TabLife
  readonly document: LocalDocument
  readonly device: DeviceDocument
  readonly session: Session
  readonly cut: () => void
}

export class TabPerson implements Person {
  readonly name: string
  readonly device: Device
  readonly #around: Surroundings
  readonly #parts: TabParts
  /** The last one where the tab is gone at the moment. */
  #open: Open
  #words = 0
  #isLeaving = false

  constructor(around: Surroundings, device: Device, parts: TabParts = {}) {
    this.name = around.name
    this.device = device
    this.#around = around
    this.#parts = parts
    this.#open = this.#make()
  }

  get doc(): Y.Doc {
    return this.#open.document.doc
  }

  get isThere(): boolean {
    return this.#open.life.isAlive && !this.#isLeaving && this.#open.device.loaded
  }

  /** What this tab shows as not saved. */
  get waiting(): number {
    return this.#open.document.waiting
  }

  /** What it sends without being a change of anybody: something the server lost. */
  get isMending(): boolean {
    const { outbox } = this.#open.document
    return outbox.changes !== outbox.recorded().length
  }

  /** What it says is neither on the server nor on the device. */
  get atRisk(): number {
    return this.#open.device.atRisk
  }

  /** Its own changes that no server has acknowledged and that it could not store; another tab may have, for it. */
  async reallyAtRisk(): Promise<number> {
    const { life, document } = this.#open
    const { outbox } = document
    const stored = await this.device.storedBy(life, outbox.session)
    return outbox.recorded().filter((update) => !stored.has(update.join())).length
  }

  get isKept(): boolean {
    return this.#open.device.status.kind === 'kept'
  }

  get isParked(): boolean {
    return this.doc.store.pendingStructs !== null || this.doc.store.pendingDs !== null
  }

  start(): void {
    const { device, session, life } = this.#open
    void device.load().then(() => {
      if (life.isAlive) session.start()
    })
  }

  edit(): void {
    if (!this.isThere) return
    edit(this.doc, this.#around.chance, `${this.name}${this.#words++} `)
  }

  /** Closed politely, or not at all politely; opened again after a while, or another tab is. */
  reload(): void {
    const { chance, clock } = this.#around
    if (!this.#open.life.isAlive || this.#isLeaving) return
    const backMs = chance.pick([1, 50, 2_000]) * (1 + chance.fraction())
    const comeBack = (): void => {
      clock.after(backMs, () => this.comeBack())
    }
    if (chance.is(0.3)) void this.#closePolitely().then(comeBack)
    else {
      this.die()
      comeBack()
    }
  }

  die(): void {
    const { life, cut } = this.#open
    if (!life.isAlive) return
    this.#isLeaving = false
    this.#around.note(`${this.name} dies`)
    this.device.bury(life)
    cut()
  }

  comeBack(): void {
    if (this.#open.life.isAlive) return
    this.#open = this.#make()
    this.start()
  }

  wake(): void {
    if (this.isThere) this.#open.session.wake()
  }

  offline(): void {
    if (this.isThere) this.#open.session.offline()
  }

  look(): void {
    // Whether somebody looks at it changes nothing for a store.
  }

  unrest(): string | null {
    if (!this.isThere) return 'not there'
    const { status } = this.#open.session
    if (status.kind !== 'live') return JSON.stringify(status)
    if (status.pending > 0) return `${status.pending} changes not saved`
    return this.isKept ? null : `the device: ${JSON.stringify(this.#open.device.status)}`
  }

  close(): void {
    this.die()
    this.doc.destroy()
  }

  async #closePolitely(): Promise<void> {
    const { life, session, document, device, cut } = this.#open
    this.#around.note(`${this.name} leaves`)
    this.#isLeaving = true
    session.close()
    document.close()
    await device.close()
    this.#isLeaving = false
    this.device.bury(life)
    cut()
  }

  #make(): Open {
    const { chance, network, onAcknowledged, note, name } = this.#around
    const life: TabLife = { clock: new LifeClock(this.#around.clock), isAlive: true }
    const doc = new Y.Doc()
    doc.clientID = 1 + chance.below(2 ** 31)
    const awareness = new Awareness(doc)
    // Its renewals run on the platform's timer, which is not the simulation's.
    clearInterval(awareness._checkInterval)
    // Who is there is proved with others; here it would only be in the way.
    awareness.setLocalState(null)
    const fresh = newSessionId(chance)
    const own = this.#parts.session?.(fresh, name) ?? fresh
    const outbox = this.#parts.outbox?.(own) ?? new Outbox(own)
    const document = new LocalDocument({ doc, outbox, awareness })
    const device = new DeviceDocument({
      id: DOCUMENT,
      document,
      store: Promise.resolve(this.device.storeFor(life)),
      joinTabs: this.device.tabsFor(life),
      locks: this.device.locksFor(life),
      clock: life.clock,
      whenIdle: (run) => life.clock.after(chance.between(1, 500), run),
      compactRecords: 4,
      describe: () => ({ title: '', kind: 'page', role: 'writer', schemaVersion: 1 }),
    })
    const acknowledge = outbox.acknowledge.bind(outbox)
    outbox.acknowledge = (from, to) => {
      const before = outbox.recorded()
      acknowledge(from, to)
      const after = new Set(outbox.recorded())
      for (const update of before) if (!after.has(update)) onAcknowledged(update)
    }
    let cut = (): void => undefined
    const carrier: Carrier = {
      name: 'websocket',
      joinsBy: 'resume',
      quietMs: null,
      open: (events) => {
        const channel = network.connect(this, 'vellum', {
          opened: () => life.isAlive && events.opened(),
          frame: (bytes) => life.isAlive && events.frame(bytes),
          answer: (bytes) => life.isAlive && events.answer(bytes),
          heard: () => life.isAlive && events.heard(),
          closed: (code, reason, afterMs) => life.isAlive && events.closed(code, reason, afterMs),
        })
        cut = () => channel.close()
        return channel
      },
    }
    const session = new Session({
      document,
      carriers: [carrier],
      clock: life.clock,
      chance,
      schemaVersion: 1,
    })
    session.subscribe((status) => note(`${name} ${status.kind} ${status.pending}`))
    device.subscribe(() => note(`${name} device ${JSON.stringify(device.status)} ${device.atRisk}`))
    return { life, document, device, session, cut: () => cut() }
  }
}
