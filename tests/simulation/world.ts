/**
 * One run: people, a network, a server that dies and comes back, a disk that outlives it. Everything is decided by
 * the script's seed; time passes only here.
 */
import type { ChannelEvents, Channel as ClientChannel } from '#client/carriers/port.ts'
import { MemoryLog } from '#server/log/memory.ts'
import type { Log } from '#server/log/port.ts'
import type { Channel, Dialect } from '#server/room/channel.ts'
import { decodeFrame } from '#shared/frame.ts'
import { SeededChance } from './chance.ts'
import { VirtualClock } from './clock.ts'
import { contentOf } from './edits.ts'
import { Host } from './host.ts'
import type { Network, Person, Surroundings } from './people.ts'
import { checkLog, differences, unrest } from './rest.ts'
import type { Operation, Script } from './script.ts'
import { Trace } from './trace.ts'
import { type ClientParts, VellumPerson } from './vellum-person.ts'
import { Wire } from './wire.ts'
import { Broken, Witness } from './witness.ts'
import { Tabs, YjsPerson } from './yjs-person.ts'

/** Parts that a mutant puts in the place of real ones; none for the product itself. */
export interface Parts extends ClientParts {
  readonly log?: (log: Log) => Log
  readonly channel?: (channel: Channel) => Channel
  /** A frame arrives at the server over `self`; `others` are the connections of everybody else. */
  readonly onUp?: (bytes: Uint8Array, dialect: Dialect, others: readonly Wire[], self: Wire) => void
}

/** After the faults have stopped, everything must be at rest within this. */
const REST_MS = 3 * 60_000
const LOOK_MS = 1_000

export class World implements Network {
  readonly script: Script
  readonly clock = new VirtualClock()
  readonly trace: Trace
  readonly witness: Witness
  readonly people: Person[] = []
  readonly #parts: Parts
  readonly #chance: SeededChance
  readonly #disk: MemoryLog
  readonly #host: Host
  readonly #wires = new Map<Person, Wire>()
  readonly #offline = new Set<Person>()
  #broken: unknown = null
  #checks: Promise<void> = Promise.resolve()

  constructor(script: Script, parts: Parts = {}, keepLines = 100) {
    this.trace = new Trace(keepLines)
    this.script = script
    this.#parts = parts
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
        for (const wire of this.#wires.values()) wire.reset()
        this.#wires.clear()
      },
      note: (line) => this.#note(line),
      fail: (error) => this.#fail(error),
    })
    const tabs = new Tabs()
    for (let i = 0; i < script.vellum; i++)
      this.people.push(new VellumPerson(this.#surroundings(`v${i}`), parts))
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

  connect(who: Person, dialect: Dialect, events: ChannelEvents): ClientChannel {
    const life = this.#host.life
    const wire: Wire = new Wire({
      clock: this.clock,
      chance: this.#chance,
      line: this.script.line,
      dialect,
      ends: {
        client: this.#traced(who, events),
        join: (channel) => {
          if (life === null) throw new RangeError('nobody is there to join')
          return life.join(this.#parts.channel?.(channel) ?? channel)
        },
        onUp: (bytes) => {
          this.#note(`${who.name} > ${bytes[0]} ${bytes.length}`)
          this.#parts.onUp?.(bytes, dialect, this.#others(who), wire)
        },
      },
    })
    const delayMs = this.script.line.latencyMs * 2 + this.#chance.between(0, 5)
    if (life === null || this.#offline.has(who)) {
      // Refused, or lost on the way: then nothing is ever heard of it.
      if (this.#chance.is(0.8)) this.clock.after(delayMs, () => wire.reset())
    } else {
      this.#wires.set(who, wire)
      this.clock.after(delayMs, () => (this.#host.life === life ? wire.accepted() : wire.reset()))
    }
    return {
      send: (frame) => wire.up(frame),
      probe: () => false,
      leave: () => undefined,
      close: () => wire.closeFromClient(),
    }
  }

  #do(operation: Operation): void {
    if (!('who' in operation)) {
      this.#host.suffer(operation)
      return
    }
    const person = this.people[operation.who]
    if (person === undefined) return
    const wire = this.#wires.get(person)
    switch (operation.do) {
      case 'edit':
        for (let i = 0; i < operation.times; i++) person.edit()
        break
      case 'cut':
        wire?.cut()
        break
      case 'silence':
        wire?.fallSilent(this.#chance.pick([['up', 'down'], ['up', 'down'], ['up'], ['down']]))
        break
      case 'offline':
        this.#offline.add(person)
        wire?.fallSilent(['up', 'down'])
        if (this.#chance.is(0.5)) person.offline()
        break
      case 'online':
        this.#offline.delete(person)
        person.wake()
        break
      case 'wake':
        person.wake()
        break
      case 'reload':
        person.reload()
        break
      case 'replay':
        if (wire !== undefined) this.#replay(wire)
        break
    }
  }

  /** Somebody in the middle sends again, over a connection of its own, what a client sent before. */
  #replay(wire: Wire): void {
    const { life } = this.#host
    if (life === null) return
    const frames = [...wire.recorded]
    const ghost = new Wire({
      clock: this.clock,
      chance: this.#chance,
      line: this.script.line,
      dialect: wire.dialect,
      ends: {
        client: { opened: () => undefined, frame: () => undefined, closed: () => undefined },
        join: (channel) => life.join(channel),
      },
    })
    ghost.accepted()
    for (const frame of frames) ghost.up(frame)
    this.clock.after(2_000, () => ghost.cut())
  }

  /** The faults stop. Everybody must come to rest by themselves. */
  async #calm(): Promise<void> {
    this.#host.heal()
    for (const person of this.#offline) person.wake()
    this.#offline.clear()
    // What a tab heard from another that is gone since, it tells the server when it connects again, and not before.
    for (const [person, wire] of this.#wires) if (person instanceof YjsPerson) wire.cut()
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

  /** How often what happened; to be read after the run. */
  get counts(): Readonly<Record<string, number>> {
    const { acknowledged, shown } = this.witness
    return {
      ...this.#host.counts,
      crashes: this.#host.crashes,
      acknowledged,
      shown,
      simulatedMs: this.clock.now(),
    }
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
      network: this,
      onAcknowledged: (update) => this.#checkLater(() => this.witness.acknowledges(name, update)),
      note: (line) => this.#note(line),
    }
  }

  #traced(who: Person, { frame, closed, ...events }: ChannelEvents): ChannelEvents {
    return {
      ...events,
      frame: (bytes) => {
        this.#note(`${who.name} < ${bytes[0]} ${bytes.length}`)
        for (const update of updatesIn(bytes)) this.#checkLater(() => this.witness.shows(who.name, update))
        frame(bytes)
      },
      closed: (code, reason) => {
        this.#note(`${who.name} x ${code} ${reason}`)
        closed(code, reason)
      },
    }
  }

  #others(who: Person): Wire[] {
    return [...this.#wires].flatMap(([person, wire]) => (person === who ? [] : [wire]))
  }

  #note(line: string): void {
    this.trace.add(`${this.clock.now().toFixed(3)} ${line}`)
  }
}

/** The first edit has this long; then the others come. */
const START_MS = 10_000

/** What a frame from the server shows of the document. */
function updatesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const frame = decodeFrame(bytes)
  if (frame.type === 'entries') return frame.updates
  return frame.type === 'update' || frame.type === 'step2' ? [frame.update] : []
}
