/** Hostile updates against a document of several writers; what must hold for each, and how many there were. */
import { isDeepStrictEqual } from 'node:util'
import * as Y from 'yjs'
import { judgeKeystroke } from '#server/gate/keystroke.ts'
import { judgeWhole } from '#server/gate/whole.ts'
import { Build } from '#server/history/build.ts'
import { Unbuildable } from '#server/history/port.ts'
import { chance as seeded } from './chance.ts'
import { Door, hash, isWhole, layout, loaded } from './door.ts'
import { editAny, editPage, Writer } from './honest.ts'
import { compose, type Grounds, mutate } from './hostile.ts'

export interface Counts {
  offered: number
  refused: number
  different: number
  /** Accepted, but nothing new in it. */
  empty: number
  stored: number
  /** Of `stored`: replicas that took them one by one and all at once differ; each still opens, to a fixed point. */
  diverging: number
  /** Of `diverging`: no checkpoint comes of it; the log still opens. */
  unbuilt: number
}

export function noCounts(): Counts {
  return { offered: 0, refused: 0, different: 0, empty: 0, stored: 0, diverging: 0, unbuilt: 0 }
}

export type Way = 'mutated' | 'tame' | 'wild'

export interface Run {
  readonly seed: number
  readonly rounds: number
  readonly kind: 'any' | 'page'
  readonly way: Way
}

/** Throws, with the seed and the bytes, when a document breaks. */
export function fuzz(run: Run, counts: Counts): void {
  const chance = seeded(run.seed)
  const door = new Door(run.kind)
  const pool: Uint8Array[] = []
  const writers = [3, 17, 40].map((client) => new Writer(client, `writer ${client}`))
  for (let i = 0; i < 60; i++) {
    const writer = chance.of(writers)
    if (run.kind === 'page') editPage(writer.doc, chance)
    else editAny(writer.doc, chance)
    for (const update of writer.unsent.splice(0)) {
      pool.push(update)
      // The last ones are kept back, so that mutants bring something new.
      if (i >= 50) continue
      door.accept(update, 'anonymous')
      for (const other of writers) if (other !== writer && chance.is(0.7)) other.read(update)
    }
  }
  pool.push(Y.encodeStateAsUpdate(chance.of(writers).doc))
  const base = door.log.map(({ update }) => update)
  const before = Buffer.from(door.knowledge.encode()).toString('hex')
  const grounds = groundsOf(door, run.kind)
  for (let i = 0; i < run.rounds; i++) {
    const recent = pool.slice(-12)
    const update =
      run.way === 'mutated'
        ? mutate(chance.of(chance.is(0.7) ? recent : pool), chance)
        : compose(grounds, chance, run.way === 'tame')
    try {
      one(door, base, update, run, counts)
    } catch (cause) {
      const hex = Buffer.from(update).toString('hex')
      throw new Error(`seed ${run.seed}, ${run.kind}, ${run.way}, round ${i}: ${hex}`, { cause })
    }
  }
  if (Buffer.from(door.knowledge.encode()).toString('hex') !== before)
    throw new Error(`seed ${run.seed}: judging changed what is known`)
}

function one(door: Door, base: readonly Uint8Array[], update: Uint8Array, run: Run, counts: Counts): void {
  counts.offered++
  expectAgreement(door, update)
  const answer = door.judge(update, 'anonymous')
  if (answer.kind === 'refused') counts.refused++
  else if (answer.kind === 'different') counts.different++
  else if (answer.kind === 'accepted' && answer.update === null) counts.empty++
  else if (answer.kind === 'accepted' && answer.update !== null) {
    counts.stored++
    if (!check(base, answer.update)) {
      counts.diverging++
      if (!isHealed([...base, answer.update])) counts.unbuilt++
      if (run.way === 'tame') throw new Error('replicas end different')
    }
  }
}

/** The short way says nothing, or what the long way says. */
export function expectAgreement(door: Door, update: Uint8Array): boolean {
  const short = judgeKeystroke(door.knowledge, update, door.admission('anonymous'))
  if (short === null) return false
  const long = judgeWhole(door.knowledge, update, door.admission('anonymous'))
  if (!isDeepStrictEqual(short, long)) throw new Error('the short way and the long way differ')
  return true
}

/** Whether all ways to the document lead to the same one. Throws when one leads nowhere. */
function check(base: readonly Uint8Array[], update: Uint8Array): boolean {
  const log = [...base, update]
  if (Y.decodeUpdate(update).structs.some((struct) => struct instanceof Y.Skip))
    throw new Error('a hole was stored')
  const live = loaded(...log)
  const merged = loaded(Y.mergeUpdates(log))
  const snapshot = loaded(Y.encodeStateAsUpdate(live))
  for (const doc of [live, merged, snapshot]) if (!isWhole(doc)) throw new Error('something waits')
  const held = layout(live)
  if (
    held === layout(snapshot) &&
    held === layout(merged) &&
    isSettled(snapshot) &&
    isSettled(loadedAgain(merged))
  )
    return true
  return false
}

/** Where replicas differ the reload is the truth: whether a checkpoint comes of it that everybody reads alike. */
function isHealed(log: readonly Uint8Array[]): boolean {
  const build = new Build(null)
  build.add(log.map((update) => ({ update, author: 'anonymous' })))
  try {
    const healed = loaded(build.finish().state)
    if (!isWhole(healed) || !isSettled(healed)) throw new Error('a checkpoint that comes to no end')
    return true
  } catch (error) {
    if (error instanceof Unbuildable) return false
    throw error
  }
}

function loadedAgain(doc: Y.Doc): Y.Doc {
  return loaded(Y.encodeStateAsUpdate(doc))
}

/** Whether loading what it encodes to gives the same bytes. */
function isSettled(doc: Y.Doc): boolean {
  return hash(loadedAgain(doc)) === hash(doc)
}

function groundsOf(door: Door, kind: 'any' | 'page'): Grounds {
  const doc = door.live()
  const types: { client: number; clock: number }[] = []
  const neighbours: { left: Y.ID | null; right: Y.ID | null }[] = []
  for (const structs of doc.store.clients.values()) {
    for (const struct of structs) {
      if (!(struct instanceof Y.Item)) continue
      if (struct.content instanceof Y.ContentType) types.push(struct.id)
      if (struct.parentSub === null) neighbours.push({ left: struct.lastId, right: struct.right?.id ?? null })
    }
  }
  return {
    clocks: new Map([...doc.store.clients.keys()].map((client) => [client, door.knowledge.clock(client)])),
    roots: kind === 'page' ? ['prosemirror', 'meta', 'other'] : ['t', 'm', 'l', 'prosemirror', 'meta', ''],
    types,
    neighbours,
  }
}
