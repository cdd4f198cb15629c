/** The machine under the server: starts it, kills it, fills its disk. Only the disk outlives a crash. */
import * as Y from 'yjs'
import type { MemoryLog } from '#server/log/memory.ts'
import type { Log } from '#server/log/port.ts'
import { ZERO } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import type { SeededChance } from './chance.ts'
import { LifeLog, type Weather } from './disk.ts'
import { edit } from './edits.ts'
import type { Operation, Script } from './script.ts'
import { DOCUMENT, ServerLife } from './server.ts'

export interface HostOptions {
  readonly script: Script
  readonly clock: Clock
  readonly chance: SeededChance
  readonly disk: MemoryLog
  /** A mutant's log in the place of the real one. */
  readonly wrap: (log: Log) => Log
  readonly onCrash: () => void
  readonly note: (line: string) => void
  /** The server did what it must never do. */
  readonly fail: (error: unknown) => void
}

export class Host {
  /** Whether commits may draw crashes. */
  isFaulty = false
  crashes = 0
  /** What all lives of the server counted about themselves. */
  readonly counts: Record<string, number> = {}
  readonly #options: HostOptions
  #running: { readonly life: ServerLife; readonly log: LifeLog } | null = null
  #fullUntil = 0
  #unreadableUntil = 0

  constructor(options: HostOptions) {
    this.#options = options
  }

  /** The server, or null while it is down. */
  get life(): ServerLife | null {
    return this.#running?.life ?? null
  }

  boot(): void {
    if (this.#running !== null) return
    const { clock, chance, disk, wrap, script, note, fail } = this.#options
    const log: LifeLog = new LifeLog({
      disk,
      clock,
      chance,
      weather: this.#weather(() => this.#running?.log === log),
    })
    const life = new ServerLife({
      clock,
      chance,
      log: wrap(log),
      queueBytes: script.queueBytes,
      report: (event, error) => {
        note(`server: ${event} ${error instanceof Error ? error.message : ''}`)
        if (event === 'fatal' || error instanceof TypeError || error instanceof RangeError) fail(error)
      },
    })
    this.#running = { life, log }
    note('server: up')
  }

  suffer(operation: Exclude<Operation, { who: number }>): void {
    const now = this.#options.clock.now()
    switch (operation.do) {
      case 'crash':
        this.#crash(operation.downMs)
        break
      case 'restart':
        this.#restart(operation.downMs)
        break
      case 'append':
        void this.#append()
        break
      case 'full':
        this.#fullUntil = now + operation.forMs
        break
      case 'unreadable':
        this.#unreadableUntil = now + operation.forMs
        break
    }
  }

  /** The server learns of it when its next commit is refused. */
  async #append(): Promise<void> {
    const { disk, chance, note } = this.#options
    const { head, epoch, kind } = await disk.outline(DOCUMENT)
    const doc = new Y.Doc()
    doc.clientID = 1 + chance.below(2 ** 31)
    for (const { update } of await disk.read(DOCUMENT, ZERO, Number.MAX_SAFE_INTEGER))
      Y.applyUpdate(doc, update)
    const before = Y.encodeStateVector(doc)
    edit(doc, chance, 'elsewhere ')
    const update = Y.encodeStateAsUpdate(doc, before)
    const entry = { update, author: 'anonymous', push: null }
    const [result] = await disk.commit([{ document: DOCUMENT, head, epoch, kind, entries: [entry] }])
    note(`another process: ${result?.kind}`)
  }

  /** Nothing goes wrong any more. */
  heal(): void {
    this.isFaulty = false
    this.#fullUntil = 0
    this.#unreadableUntil = 0
  }

  /** The end of the run. */
  stop(): void {
    if (this.#running === null) return
    this.#count(this.#running.life)
    this.#running.life.die()
    this.#running = null
  }

  #count(life: ServerLife): void {
    for (const [name, count] of Object.entries(life.metrics.counts))
      this.counts[name] = (this.counts[name] ?? 0) + count
  }

  #weather(isCurrent: () => boolean): Weather {
    const { clock, chance, script } = this.#options
    return {
      isFull: () => clock.now() < this.#fullUntil,
      cannotRead: () => clock.now() < this.#unreadableUntil && chance.is(0.5),
      commitMs: () => {
        const most = chance.is(0.05) ? script.commitMs * 10 : script.commitMs
        return [chance.fraction() * most, chance.fraction() * Math.min(most, 5)]
      },
      onCommit: (beforeMs, afterMs) => {
        if (!this.isFaulty || !chance.is(script.crashInCommit)) return
        // Half of the time while it is being stored, else between that and the acknowledgement's arrival.
        const reachMs = script.line.latencyMs + script.line.jitterMs
        const atMs = chance.is(0.5)
          ? chance.fraction() * beforeMs
          : beforeMs + chance.fraction() * (afterMs + reachMs)
        clock.after(atMs, () => {
          if (isCurrent() && this.isFaulty) this.#crash(chance.between(10, 1_000))
        })
      },
    }
  }

  #crash(downMs: number): void {
    const running = this.#running
    if (running === null) return
    this.#running = null
    this.#count(running.life)
    this.crashes++
    this.#options.note('server: crash')
    running.life.die()
    void running.log.die()
    this.#options.onCrash()
    this.#options.clock.after(downMs, () => this.boot())
  }

  /** SIGTERM: what arrived is committed, everybody is told, then it is gone. */
  #restart(downMs: number): void {
    const running = this.#running
    if (running === null) return
    void running.life.drain().then(() => {
      if (this.#running === running) this.#crash(downMs)
    })
  }
}
