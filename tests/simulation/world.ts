/**
 * One run: people, a network, a server that dies and comes back, a disk that outlives it. Everything is decided by
 * the script's seed; time passes only here.
 */
import { MemoryLog } from '#server/log/memory.ts'
import type { Log } from '#server/log/port.ts'
import { SeededChance } from './chance.ts'
import { VirtualClock } from './clock.ts'
import { contentOf } from './edits.ts'
import { Host } from './host.ts'
import { Net, type NetParts } from './net.ts'
import type { Network, Person, Surroundings } from './people.ts'
import { checkLog, differences, unrest } from './rest.ts'
import { OPEN } from './road.ts'
import type { Operation, Script } from './script.ts'
import { Trace } from './trace.ts'
import { type ClientParts, VellumPerson } from './vellum-person.ts'
import { Broken, Witness } from './witness.ts'
import { Tabs, YjsPerson } from './yjs-person.ts'

/** Parts that a mutant puts in the place of real ones; none for the product itself. */
export interface Parts extends ClientParts, NetParts {
  readonly log?: (log: Log) => Log
}

/** After the faults have stopped, everything must be at rest within this. */
const REST_MS = 3 * 60_000
const LOOK_MS = 1_000

export class World {
  readonly script: Script
  readonly clock = new VirtualClock()
  readonly trace: Trace
  readonly witness: Witness
  readonly people: Person[] = []
  readonly #chance: SeededChance
  readonly #disk: MemoryLog
  readonly #host: Host
  readonly #net: Net
  #broken: unknown = null
  #checks: Promise<void> = Promise.resolve()

  constructor(script: Script, parts: Parts = {}, keepLines = 100) {
    this.trace = new Trace(keepLines)
    this.script = script
    this.#chance = new SeededChance(script.seed + 1_000_003)
    this.#disk = new MemoryLog({ wall: () => this.clock.wall() })
    this.witness = new Witness(this.#disk)
    this.#host = new Host({
      script,
      clock: this.clock,
      chance: this.#chance,
      disk: this.#disk,
      wrap: parts.log ?? ((log) => log),
      onCrash: () => {
        this.#net.reset()
      },
      note: (line) => this.#note(line),
      fail: (error) => this.#fail(error),
    })
    this.#net = new Net({
      script,
      clock: this.clock,
      chance: this.#chance,
      host: this.#host,
      parts,
      onShown: (who, update) => this.#checkLater(() => this.witness.shows(who, update)),
      note: (line) => this.#note(line),
    })
    const tabs = new Tabs()
    for (let i = 0; i < script.vellum; i++)
      this.people.push(new VellumPerson(this.#surroundings(`v${i}`), parts))
    for (const [i, person] of this.people.entries()) this.#net.pave(person, script.roads[i] ?? OPEN)
    for (let i = 0; i < script.tabs; i++) this.people.push(new YjsPerson(this.#surroundings(`y${i}`), tabs))
  }

  /** Plays the script to its end and to rest. Throws Broken where a promise was not kept. */
  async run(): Promise<void> {
    try {
      this.#host.boot()
      await this.#begin()
      for (const operation of this.script.operations) {
        await this.#pass(operation.atMs + START_MS - this.clock.now())
        this.#note(JSON.stringify(operation))
        this.#do(operation)
      }
      await this.#pass(Math.max(0, this.script.faultMs + START_MS - this.clock.now()))
      await this.#calm()
      await this.#compare()
    } finally {
      for (const person of this.people) person.close()
      this.#host.stop()
    }
  }

  /** One person makes the page, so that its kind is fixed before anybody else writes. */
  async #begin(): Promise<void> {
    const [first, ...others] = this.people
    first?.start()
    first?.edit()
    await this.#pass(START_MS - 1)
    this.#host.isFaulty = true
    await this.witness.look()
    if (this.witness.head === 0) throw new Broken('the first edit of all was not stored in time')
    for (const person of others) person.start()
    await this.#pass(1)
  }

  #do(operation: Operation): void {
    if (!('who' in operation)) {
      this.#host.suffer(operation)
      return
    }
    const person = this.people[operation.who]
    if (person === undefined) return
    switch (operation.do) {
      case 'edit':
        for (let i = 0; i < operation.times; i++) person.edit()
        break
      case 'cut':
        this.#net.cut(person)
        break
      case 'silence':
        this.#net.fallSilent(person)
        break
      case 'road':
        this.#net.move(person, operation.road)
        break
      case 'look':
        person.look(operation.isShown)
        break
      case 'offline':
        this.#net.leave(person)
        if (this.#chance.is(0.5)) person.offline()
        break
      case 'online':
        this.#net.comeBack(person)
        person.wake()
        break
      case 'wake':
        person.wake()
        break
      case 'reload':
        person.reload()
        break
      case 'replay':
        this.#net.replay(person)
        break
    }
  }

  /** The faults stop. Everybody must come to rest by themselves. */
  async #calm(): Promise<void> {
    this.#host.heal()
    this.#net.heal()
    // What a tab heard from another that is gone since, it tells the server when it connects again, and not before.
    for (const person of this.people) {
      person.look(true)
      if (person instanceof YjsPerson) this.#net.cut(person)
    }
    // Without a bus the server learns what another process wrote when it commits itself.
    this.people[0]?.doc.getMap('meta').set('title', 'the end')
    const until = this.clock.now() + REST_MS
    while (this.clock.now() < until) {
      await this.#pass(LOOK_MS)
      if (unrest(this.people).length === 0 && (await differences(this.people, this.witness)).length === 0)
        return
    }
    const why = [...unrest(this.people), ...(await differences(this.people, this.witness))]
    throw new Broken(`no rest after ${REST_MS / 60_000} minutes: ${why.join('; ')}`)
  }

  async #compare(): Promise<void> {
    await this.#checks
    this.#check()
    await checkLog(this.#disk, this.witness)
    this.#note(contentOf(this.witness.replayed))
  }

  /** For people who are brought along. */
  get network(): Network {
    return this.#net
  }

  /** How often what happened; to be read after the run. */
  get counts(): Readonly<Record<string, number>> {
    const { acknowledged, shown } = this.witness
    return {
      ...this.#host.counts,
      ...this.#carrierChanges(),
      crashes: this.#host.crashes,
      acknowledged,
      shown,
      simulatedMs: this.clock.now(),
    }
  }

  #carrierChanges(): Record<string, number> {
    const changes = { toWebSocket: 0, toEventStream: 0, toLongPoll: 0 }
    for (const person of this.people) {
      if (!(person instanceof VellumPerson)) continue
      changes.toWebSocket += person.changes['websocket']
      changes.toEventStream += person.changes['event-stream']
      changes.toLongPoll += person.changes['long-poll']
    }
    return changes
  }

  async #pass(ms: number): Promise<void> {
    await this.clock.pass(ms)
    this.#check()
  }

  #check(): void {
    if (this.#broken !== null) throw this.#broken
  }

  /** At this moment of simulated time: no timer runs before it is done. */
  #checkLater(run: () => Promise<void>): void {
    this.#checks = this.#checks.then(run).catch((error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    this.#broken ??= error
  }

  #surroundings(name: string): Surroundings {
    const chance = new SeededChance(this.script.seed * 31 + this.people.length + 7)
    return {
      name,
      clock: this.clock,
      chance,
      network: this.#net,
      hasLadder: this.script.hasLadder,
      onAcknowledged: (update) => this.#checkLater(() => this.witness.acknowledges(name, update)),
      note: (line) => this.#note(line),
    }
  }

  #note(line: string): void {
    this.trace.add(`${this.clock.now().toFixed(3)} ${line}`)
  }
}

/** The first edit has this long; then the others come. */
const START_MS = 10_000
