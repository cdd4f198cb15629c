/** Who is here, and where their caret is: owned by the channel that brought it, gone with it. */
import { describe, expect, test } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Frame } from '#shared/frame.ts'
import { limits } from '#shared/frame.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import type { NetworkEnd } from './channel.ts'
import { Author, House, update } from './house.ts'

/** A client's awareness, without its timers. */
class Person {
  readonly awareness: Awareness
  readonly client: number
  #seen = 0

  constructor(client: number) {
    const doc = new Y.Doc()
    doc.clientID = client
    this.client = client
    this.awareness = new Awareness(doc)
    clearInterval(this.awareness._checkInterval)
  }

  is(name: string): this {
    this.awareness.setLocalState({ user: { name } })
    return this
  }

  /** Its own state, as y-websocket sends it. */
  frame(clients = [this.client]): Frame {
    return { type: 'presence', presence: encodeAwarenessUpdate(this.awareness, clients) }
  }

  /** Takes in what came; what it would send back, as y-websocket does: every change, whoever's it is. */
  hears(end: NetworkEnd): Frame[] {
    const echoes: Frame[] = []
    const echo = ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>) => {
      echoes.push(this.frame([...added, ...updated, ...removed]))
    }
    this.awareness.on('update', echo)
    for (const { presence } of end.of('presence').slice(this.#seen))
      applyAwarenessUpdate(this.awareness, presence, end)
    this.#seen = end.of('presence').length
    this.awareness.off('update', echo)
    return echoes
  }

  get names(): string[] {
    return [...this.awareness.getStates()]
      .filter(([client]) => client !== this.client)
      .map(([, { user }]) => String(user?.name))
      .sort()
  }
}

async function scene(count = 3): Promise<{ house: House; people: Person[]; ends: NetworkEnd[] }> {
  const house = new House()
  const people: Person[] = []
  const ends: NetworkEnd[] = []
  for (let at = 0; at < count; at++) {
    const person = new Person(at + 1).is(`person ${at + 1}`)
    const end = await house.sit('yjs')
    end.say(person.frame())
    people.push(person)
    ends.push(end)
  }
  await house.clock.pass(60)
  for (const [at, person] of people.entries()) person.hears(ends[at] ?? raise())
  return { house, people, ends }
}

describe('R12 presence', () => {
  test('everybody sees everybody, who comes later too', async () => {
    const { house, people } = await scene()
    expect(people[0]?.names).toEqual(['person 2', 'person 3'])
    const late = new Person(9)
    late.hears(await house.arrive('yjs'))
    expect(late.names).toEqual(['person 1', 'person 2', 'person 3'])
    const vellum = new Person(8)
    vellum.hears(await house.sit('vellum'))
    expect(vellum.names).toEqual(['person 1', 'person 2', 'person 3'])
  })

  test('goes when its channel ends, and only its own', async () => {
    const { house, people, ends } = await scene()
    // Everybody sends back what they hear, as y-websocket does.
    for (const [at, person] of people.entries())
      ends[at]?.say(...person.hears(ends[at] ?? raise()), person.frame([1, 2, 3]))
    await house.clock.pass(60)
    ends[1]?.cut()
    await house.clock.pass(60)
    people[0]?.hears(ends[0] ?? raise())
    expect(people[0]?.names).toEqual(['person 3'])
  })

  test('echoes of changes of others neither bind their ids nor go round', async () => {
    const { house, people, ends } = await scene()
    const [one, two] = people
    ends[1]?.say((two ?? raise()).is('renamed').frame())
    await house.clock.pass(60)
    const before = ends.map((end) => end.packets.length)
    for (const [at, person] of people.entries()) ends[at]?.say(...person.hears(ends[at] ?? raise()))
    await house.clock.pass(200)
    expect(ends.map((end) => end.packets.length)).toEqual(before)
    expect(one?.names).toContain('renamed')
  })

  test('the end of somebody else is nobody’s to tell, nor a state under their id', async () => {
    const { house, people, ends } = await scene()
    const forger = new Person(1).is('forged')
    for (let at = 0; at < 20; at++) forger.is('forged')
    ends[1]?.say(forger.frame())
    forger.awareness.setLocalState(null)
    ends[1]?.say(forger.frame())
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['person 1', 'person 2'])
  })

  test('a reconnect takes its id over while the old channel is not yet known to be dead', async () => {
    const { house, people, ends } = await scene()
    const again = await house.arrive('yjs')
    again.say({ type: 'step1', stateVector: Uint8Array.of(0) }, (people[0] ?? raise()).frame())
    await house.clock.pass(60)
    ends[0]?.cut()
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['person 1', 'person 2'])
    again.say((people[0] ?? raise()).is('still here').frame())
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['person 2', 'still here'])
  })

  test('an id that was taken by a channel that only repeated it goes back to its own with its next change', async () => {
    const { house, people, ends } = await scene()
    const viewer = await house.sit('yjs')
    viewer.say((people[0] ?? raise()).frame())
    ends[0]?.say((people[0] ?? raise()).is('moved').frame())
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['moved', 'person 2'])
    viewer.cut()
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['moved', 'person 2'])
  })

  test('who was cut off and comes back is seen again with the next sign of life', async () => {
    const { house, people, ends } = await scene()
    ends[0]?.cut()
    await house.clock.pass(60)
    const again = await house.sit('yjs')
    const first = people[0] ?? raise()
    again.say(first.frame())
    await house.clock.pass(60)
    // What y-protocols does every 15 s.
    again.say(first.is('person 1').frame())
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['person 1', 'person 2'])
  })

  test('who falls silent is off the screens, and back with the next sign of life', async () => {
    const { house, people, ends } = await scene()
    ends[0]?.fallSilent()
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['person 2'])
    ends[0]?.say((people[0] ?? raise()).is('person 1').frame())
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['person 1', 'person 2'])
  })

  test('a late echo of somebody who left does not bring them back', async () => {
    const { house, people, ends } = await scene()
    const echo = (people[1] ?? raise()).frame([1])
    ends[0]?.cut()
    await house.clock.pass(60)
    ends[1]?.say(echo)
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['person 2'])
    const late = new Person(9)
    late.hears(await house.arrive('yjs'))
    expect(late.names).toEqual(['person 2', 'person 3'])
  })

  test('who begins by repeating what others are owns none of it', async () => {
    const { house, people, ends } = await scene()
    const repeater = await house.sit('yjs')
    repeater.say((people[0] ?? raise()).frame([1, 2, 3]))
    repeater.cut()
    await house.clock.pass(60)
    people[0]?.hears(ends[0] ?? raise())
    expect(people[0]?.names).toEqual(['person 2', 'person 3'])
  })

  test('an id of one principal is not taken over by another', async () => {
    const house = new House()
    const [alice, watcher] = [
      await house.sit('yjs', { by: { author: 'alice', role: 'writer' } }),
      await house.sit('yjs'),
    ]
    alice.say(new Person(1).is('alice').frame())
    const bob = await house.sit('yjs', { by: { author: 'bob', role: 'writer' } })
    bob.say(new Person(1).is('').is('not alice').frame())
    await house.clock.pass(60)
    const seen = new Person(9)
    seen.hears(watcher)
    expect(seen.names).toEqual(['alice'])
  })

  test('changes are gathered: at most twenty packets a second, the newest state last; and none to whose alone they are', async () => {
    const { house, people, ends } = await scene()
    const [flooder, watcher] = [ends[0] ?? raise(), ends[2] ?? raise()]
    const before = [flooder.packets.length, watcher.packets.length]
    for (let at = 0; at < 1_000; at++) {
      flooder.say((people[0] ?? raise()).is(`state ${at}`).frame())
      await house.clock.pass(1)
    }
    await house.clock.pass(100)
    expect(watcher.packets.length - (before[1] ?? 0)).toBeLessThanOrEqual(22)
    expect(flooder.packets.length).toBe(before[0])
    people[2]?.hears(watcher)
    expect(people[2]?.names).toEqual(['person 2', 'state 999'])
  })

  test('presence rides along with the edits that are committed with it', async () => {
    const { house, people, ends } = await scene()
    const watcher = ends[2] ?? raise()
    const before = watcher.packets.length
    ends[0]?.say(update(new Author(70).writes('a')), (people[0] ?? raise()).is('moved').frame())
    await house.clock.pass(200)
    expect(watcher.packets.slice(before).map(({ frames }) => frames.length)).toEqual([2])
  })

  test('many who are here are told in frames that each keep to their limit, also when they are sent back', async () => {
    const house = new House()
    const ends: NetworkEnd[] = []
    for (let at = 0; at < 300; at++) {
      const end = await house.sit('yjs')
      end.say(new Person(at + 1).is(`${at} ${'n'.repeat(500)}`).frame())
      ends.push(end)
    }
    await house.clock.pass(100)
    const late = await house.arrive('yjs')
    late.say({ type: 'step1', stateVector: Uint8Array.of(0) })
    const vellum = await house.sit('vellum')
    for (const end of [late, vellum, ends[0] ?? raise()]) {
      for (const { presence } of end.of('presence')) {
        expect(presence.length).toBeLessThan(limits.presenceBytes)
        expect(decodeFrame(encodeFrame({ type: 'presence', presence })).type).toBe('presence')
      }
    }
    const person = new Person(1_000)
    late.say(...person.hears(late))
    await house.clock.pass(100)
    expect(late.ending).toBeNull()
    expect(person.names).toHaveLength(300)
  })
})

describe('R13 presence that breaks the rules is dropped; the third such frame ends the channel with 4400', () => {
  test.each([
    ['not an object', '42'],
    ['a list', '[1]'],
    ['not JSON', '{'],
    ['nested nine deep', `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`],
    ['above 4 KB', `{"a":"${'x'.repeat(5_000)}"}`],
  ])('%s', async (_, json) => {
    const { house, people, ends } = await scene(2)
    const attacker = await house.sit('yjs')
    for (let clock = 1; clock <= 3; clock++) {
      expect(attacker.ending).toBeNull()
      attacker.say(raw([[50, clock, json]]))
    }
    expect(attacker.code).toBe(4400)
    await house.clock.pass(60)
    people[0]?.hears(ends[0] ?? raise())
    expect(people[0]?.names).toEqual(['person 2'])
  })

  test('bytes that are no presence', async () => {
    const { house } = await scene(1)
    const attacker = await house.sit('yjs')
    for (let at = 0; at < 3; at++) attacker.say({ type: 'presence', presence: Uint8Array.of(200, 200, 1) })
    expect(attacker.code).toBe(4400)
  })

  test('keys that set a prototype are left out', async () => {
    const { house, people, ends } = await scene(2)
    const attacker = await house.sit('yjs')
    attacker.say(raw([[50, 1, '{"__proto__":{"isAdmin":true},"user":{"name":"polluter"}}']]))
    await house.clock.pass(60)
    const bytes = Buffer.concat((ends[0] ?? raise()).of('presence').map(({ presence }) => presence))
    expect(bytes.includes('polluter')).toBe(true)
    expect(bytes.includes('__proto__')).toBe(false)
    people[0]?.hears(ends[0] ?? raise())
    expect(people[0]?.names).toEqual(['person 2', 'polluter'])
  })

  test('a clock far ahead is dropped, and freezes nobody: neither under a new id nor under somebody’s own', async () => {
    const { house, people, ends } = await scene()
    for (const clock of [2 ** 53 - 1, 2 ** 31, 2 ** 30]) {
      const attacker = await house.sit('yjs')
      attacker.say(raw([[1, clock, '{"user":{"name":"frozen"}}']]))
      await house.clock.pass(60)
      expect(attacker.ending).toBeNull()
      people[0]?.hears(ends[0] ?? raise())
      people[2]?.hears(ends[2] ?? raise())
    }
    const first = people[0] ?? raise()
    for (let at = 0; at < 5; at++) ends[0]?.say(first.is('free').frame())
    await house.clock.pass(60)
    people[2]?.hears(ends[2] ?? raise())
    expect(people[2]?.names).toEqual(['free', 'person 2'])
    expect(ends[0]?.ending).toBeNull()
  })

  test('ids that came and went are forgotten in the end, and one channel speaks for a few only', async () => {
    const { house, ends } = await scene(1)
    const attacker = await house.sit('yjs')
    for (let id = 100; id < 20_000; id++) attacker.say(raw([[id, 1, '{}']]), raw([[id, 2, 'null']]))
    for (let id = 30_000; id < 31_000; id++) attacker.say(raw([[id, 1, '{}']]))
    await house.clock.pass(100)
    const late = new Person(5)
    late.hears(await house.arrive('yjs'))
    expect(late.awareness.getStates().size).toBeLessThan(12)
    const bytes = (ends[0] ?? raise()).of('presence').reduce((sum, { presence }) => sum + presence.length, 0)
    expect(bytes).toBeLessThan(32_000)
  })
})

/** A presence frame of these entries: client, clock, JSON text. */
function raw(entries: readonly (readonly [client: number, clock: number, json: string])[]): Frame {
  const bytes: number[] = []
  const number = (value: number) => {
    let left = value
    for (; left > 127; left = Math.floor(left / 128)) bytes.push(128 | (left % 128))
    bytes.push(left)
  }
  number(entries.length)
  for (const [client, clock, json] of entries) {
    const text = new TextEncoder().encode(json)
    number(client)
    number(clock)
    number(text.length)
    bytes.push(...text)
  }
  return { type: 'presence', presence: Uint8Array.from(bytes) }
}

function raise(): never {
  throw new Error('nobody is there')
}
