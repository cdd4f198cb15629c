/** How people reach the server: connections and requests over lines and roads that fail on demand. */
import type { ChannelEvents, Channel as ClientChannel } from '#client/carriers/port.ts'
import type { Channel, Dialect } from '#server/room/channel.ts'
import type { Clock } from '#shared/time.ts'
import { decodeFrame } from '#shared/wire.ts'
import type { SeededChance } from './chance.ts'
import { Errand } from './errand.ts'
import type { Host } from './host.ts'
import type { Network, Person } from './people.ts'
import { answer, type Request } from './requests.ts'
import { OPEN, type Road } from './road.ts'
import type { Script } from './script.ts'
import { DOCUMENT } from './server.ts'
import { Wire } from './wire.ts'

/** Parts that a mutant puts in the place of real ones. */
export interface NetParts {
  readonly channel?: (channel: Channel) => Channel
  /** A frame arrives at the server over `self`; `others` are the connections of everybody else. */
  readonly onUp?: (bytes: Uint8Array, dialect: Dialect, others: readonly Wire[], self: Wire) => void
}

export interface NetOptions {
  readonly script: Script
  readonly clock: Clock
  readonly chance: SeededChance
  readonly host: Host
  readonly parts: NetParts
  readonly onShown: (who: string, update: Uint8Array) => void
  readonly note: (line: string) => void
}

export class Net implements Network {
  readonly #options: NetOptions
  readonly #wires = new Map<Person, Wire>()
  readonly #offline = new Set<Person>()
  readonly #roads = new Map<Person, Road>()
  readonly #errands = new Map<Errand, Person>()
  /** The last body each person sent. */
  readonly #posted = new Map<Person, Request>()

  constructor(options: NetOptions) {
    this.#options = options
  }

  connect(who: Person, dialect: Dialect, events: ChannelEvents): ClientChannel {
    const { host, clock, chance, script, parts, note } = this.#options
    const life = host.life
    const wire: Wire = new Wire({
      clock: clock,
      chance: chance,
      line: script.line,
      dialect,
      ends: {
        client: this.watched(who, events),
        join: (channel) => {
          if (life === null) throw new RangeError('nobody is there to join')
          return life.join(parts.channel?.(channel) ?? channel)
        },
        onUp: (bytes) => {
          note(`${who.name} > ${bytes[0]} ${bytes.length}`)
          parts.onUp?.(bytes, dialect, this.#others(who), wire)
        },
      },
    })
    const delayMs = script.line.latencyMs * 2 + chance.between(0, 5)
    const road = dialect === 'yjs' ? OPEN : (this.#roads.get(who) ?? OPEN)
    if (road.cutAfterMs !== null) clock.after(road.cutAfterMs, () => wire.cut())
    if (road.webSocket === 'swallowed') return channelOf(wire)
    if (road.webSocket === 'refused') {
      clock.after(delayMs, () => wire.reset())
      return channelOf(wire)
    }
    if (life === null || this.#offline.has(who)) {
      // Refused, or lost on the way: then nothing is ever heard of it.
      if (chance.is(0.8)) clock.after(delayMs, () => wire.reset())
    } else {
      this.#wires.set(who, wire)
      clock.after(delayMs, () => (host.life === life ? wire.accepted() : wire.reset()))
    }
    return channelOf(wire)
  }

  fetch(who: Person, url: string, init: RequestInit): Promise<Response> {
    const { chance, note } = this.#options
    const request: Request = {
      method: init.method ?? 'GET',
      query: new URL(url).searchParams,
      body: init.body instanceof Uint8Array ? init.body : new Uint8Array(),
    }
    const errand = this.#ask(request, this.#roads.get(who) ?? OPEN, init.signal ?? null)
    note(`${who.name} ${request.method} ${request.query.get('live') ?? ''} ${request.body.length}`)
    if (this.#offline.has(who)) {
      if (chance.is(0.8)) errand.reset()
      else errand.fallSilent()
    }
    for (const [older] of this.#errands) if (older.isOver) this.#errands.delete(older)
    this.#errands.set(errand, who)
    if (request.method === 'POST') this.#posted.set(who, request)
    return errand.response
  }

  #ask(request: Request, road: Road, signal: AbortSignal | null): Errand {
    const { host, clock, chance, script, parts } = this.#options
    return new Errand({
      clock: clock,
      chance: chance,
      line: script.line,
      road,
      request,
      signal,
      serve: (reply) => {
        const { life } = host
        if (life === null) return null
        const wrap = parts.channel ?? ((channel: Channel) => channel)
        return answer({ rooms: life.rooms, clock: life.clock, document: DOCUMENT, wrap }, request, reply)
      },
    })
  }

  watched(who: Person, { frame, answer, closed, ...events }: ChannelEvents): ChannelEvents {
    const { note, onShown } = this.#options
    const seen = (bytes: Uint8Array): void => {
      note(`${who.name} < ${bytes[0]} ${bytes.length}`)
      for (const update of updatesIn(bytes)) onShown(who.name, update)
    }
    return {
      ...events,
      frame: (bytes) => {
        seen(bytes)
        frame(bytes)
      },
      answer: (bytes) => {
        seen(bytes)
        answer(bytes)
      },
      closed: (code, reason, afterMs) => {
        note(`${who.name} x ${code} ${reason}`)
        closed(code, reason, afterMs)
      },
    }
  }

  /** This is somebody's way to the server from the start. */
  pave(person: Person, road: Road): void {
    this.#roads.set(person, road)
  }

  /** Somebody goes to another network: mostly what went over the old one is gone. */
  move(person: Person, road: Road): void {
    this.#roads.set(person, road)
    if (this.#options.chance.is(0.7)) this.cut(person)
  }

  cut(person: Person): void {
    this.#wires.get(person)?.cut()
    for (const errand of this.#errandsOf(person)) errand.cut()
  }

  fallSilent(person: Person): void {
    const { chance } = this.#options
    this.#wires.get(person)?.fallSilent(chance.pick([['up', 'down'], ['up', 'down'], ['up'], ['down']]))
    for (const errand of this.#errandsOf(person)) errand.fallSilent()
  }

  leave(person: Person): void {
    this.#offline.add(person)
    this.#wires.get(person)?.fallSilent(['up', 'down'])
    for (const errand of this.#errandsOf(person)) errand.fallSilent()
  }

  comeBack(person: Person): void {
    this.#offline.delete(person)
  }

  /** The server's process is gone. */
  reset(): void {
    for (const wire of this.#wires.values()) wire.reset()
    this.#wires.clear()
    for (const errand of this.#errands.keys()) errand.reset()
    this.#errands.clear()
  }

  /** Nothing goes wrong any more. */
  heal(): void {
    for (const person of this.#offline) person.wake()
    this.#offline.clear()
    for (const person of this.#roads.keys()) this.#roads.set(person, OPEN)
  }

  /** Somebody in the middle sends again, over a connection of its own, what a client sent before. */
  replay(person: Person): void {
    const wire = this.#wires.get(person)
    if (wire !== undefined) this.#replay(wire)
    this.#postAgain(person)
  }

  #replay(wire: Wire): void {
    const { host, clock, chance, script } = this.#options
    const { life } = host
    if (life === null) return
    const frames = [...wire.recorded]
    const ghost = new Wire({
      clock: clock,
      chance: chance,
      line: script.line,
      dialect: wire.dialect,
      ends: {
        client: { opened: () => undefined, frame: () => undefined, closed: () => undefined },
        join: (channel) => life.join(channel),
      },
    })
    ghost.accepted()
    for (const frame of frames) ghost.up(frame)
    clock.after(2_000, () => ghost.cut())
  }

  #postAgain(person: Person): void {
    const request = this.#posted.get(person)
    if (request === undefined || this.#options.host.life === null) return
    this.#ask(request, OPEN, null).response.catch(() => {
      // It came too late, or never: nobody waits for it.
    })
  }

  #others(who: Person): Wire[] {
    return [...this.#wires].flatMap(([person, wire]) => (person === who ? [] : [wire]))
  }

  #errandsOf(person: Person): Errand[] {
    return [...this.#errands].flatMap(([errand, who]) => (who === person ? [errand] : []))
  }
}

function channelOf(wire: Wire): ClientChannel {
  return {
    send: (frame) => wire.up(frame),
    probe: () => false,
    leave: () => undefined,
    close: () => wire.closeFromClient(),
  }
}

/** What a frame from the server shows of the document. */
function updatesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const frame = decodeFrame(bytes)
  if (frame.type === 'entries') return frame.updates
  return frame.type === 'update' || frame.type === 'step2' ? [frame.update] : []
}
