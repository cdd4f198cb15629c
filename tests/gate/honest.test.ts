import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Knowledge } from '#server/gate/knowledge.ts'
import { chance as seeded } from './chance.ts'
import { Door, layout, loaded } from './door.ts'
import { expectReadable } from './expect.ts'
import { editAny, editPage, editText, Writer } from './honest.ts'
import { made, typed } from './make.ts'

const kinds = ['any', 'page'] as const

function edit(kind: (typeof kinds)[number], doc: Y.Doc, chance: ReturnType<typeof seeded>): void {
  if (kind === 'page') editPage(doc, chance)
  else editAny(doc, chance)
}

/** Hands on what a writer has, with resends, out of order, and without some of it. */
function carry(door: Door, writer: Writer, chance: ReturnType<typeof seeded>): void {
  const updates = writer.unsent.splice(0).filter(() => chance.is(0.9))
  if (chance.is(0.2)) updates.reverse()
  for (const update of updates) {
    for (let times = chance.is(0.1) ? 2 : 1; times > 0; times--) {
      const answer = door.offer(update, writer.author)
      expect(answer).toMatchObject({ kind: 'accepted', stripped: [] })
    }
  }
}

/** What a client answers to SyncStep1, until nothing more is new. */
function settle(door: Door, writers: readonly Writer[]): void {
  for (const writer of writers) {
    const answer = door.offer(Y.encodeStateAsUpdate(writer.doc, door.knowledge.stateVector()), writer.author)
    expect(answer).toMatchObject({ kind: 'accepted', stripped: [] })
  }
  const all = Y.mergeUpdates(door.log.map(({ update }) => update))
  for (const writer of writers) writer.read(all)
}

describe('honest clients are never harmed', () => {
  const runs = kinds.flatMap((kind) => [1, 2, 3, 4, 5, 6].map((seed) => [kind, seed] as const))
  test.each(runs)(
    'G5 writers of a %s document, seed %i: lost, repeated and reordered frames, and all end equal and complete',
    (kind, seed) => {
      const chance = seeded(seed)
      const door = new Door(kind)
      const writers = [1, 2, 3, 4].map(
        (client) => new Writer(client, `writer ${client}`, { gc: client !== 3 }),
      )
      for (let round = 0; round < 25; round++) {
        for (const writer of writers)
          for (let edits = chance.below(4); edits > 0; edits--) edit(kind, writer.doc, chance)
        for (const writer of writers) {
          if (chance.is(0.7)) carry(door, writer, chance)
          if (chance.is(0.7)) for (const { update } of door.log.slice(-30)) writer.read(update)
        }
      }
      for (const writer of writers) writer.unsent = []
      settle(door, writers)
      settle(door, writers)
      const shown = layout(writers[0]?.doc ?? new Y.Doc())
      for (const writer of writers) expect(layout(writer.doc)).toBe(shown)
      expect(layout(door.live())).toBe(shown)
      expect(door.knowledge.stateVector()).toEqual(Y.encodeStateVector(door.live()))
      expectReadable(door)
    },
  )

  test('G5 a struct whose neighbour is missing waits at its sender, the good text beside it is stored', () => {
    const door = new Door()
    const sister = made(2, (doc) => doc.getText('t').insert(0, 'not here yet'))
    const parked = made(3, (doc) => doc.getText('t').insert(3, '…'), sister)
    const own = made(4, (doc) => doc.getMap('m').set('k', 1))
    expect(door.accept(Y.mergeUpdates([parked, own]))).toMatchObject({ update: own, gap: true })
    expect(door.accept(sister)).toMatchObject({ gap: false })
    expect(door.accept(Y.mergeUpdates([parked, own]))).toMatchObject({ update: parked, gap: false })
    expectReadable(door)
  })

  test('G7 a Skip beside good text: what comes before it is stored, what comes after it is a gap', () => {
    const door = new Door()
    const parts: Uint8Array[] = []
    const doc = new Y.Doc()
    doc.clientID = 2
    doc.on('update', (update: Uint8Array) => parts.push(update))
    for (const letter of 'abc') doc.getText('t').insert(doc.getText('t').length, letter)
    const [first, second, third] = parts
    if (first === undefined || second === undefined || third === undefined) throw new Error('three letters')
    const holed = Y.mergeUpdates([first, third])
    expect(Y.decodeUpdate(holed).structs.some((struct) => struct instanceof Y.Skip)).toBe(true)
    expect(door.accept(holed)).toMatchObject({ update: first, gap: true })
    expect(door.accept(Y.mergeUpdates([second, third]))).toMatchObject({ gap: false })
    expect(door.live().getText('t').toString()).toBe('abc')
  })

  test('G5 tabs that share edits before the server sees them end complete, whichever sends first', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const door = new Door()
      const tabs = [new Writer(1, 'ada'), new Writer(2, 'ada')] as const
      const chance = seeded(7)
      const sent: [number, Uint8Array][] = []
      for (let i = 0; i < 60; i++) {
        const from = chance.below(2)
        const tab = tabs[from === 0 ? 0 : 1]
        editText(tab.doc.getText('t'), chance)
        for (const update of tab.unsent.splice(0)) {
          sent.push([from, update])
          tabs[from === 0 ? 1 : 0].read(update)
        }
      }
      let gaps = 0
      for (const tab of order)
        for (const [from, update] of sent) if (from === tab && door.accept(update).gap) gaps++
      expect(gaps).toBeGreaterThan(0)
      settle(door, tabs)
      expect(door.live().getText('t').toString()).toBe(tabs[0].doc.getText('t').toString())
    }
  })

  test.each(kinds)('G8 a %s document made offline enters whole, by its whole state', (kind) => {
    const chance = seeded(3)
    const writer = new Writer(9, 'ada')
    for (let i = 0; i < 200; i++) edit(kind, writer.doc, chance)
    const door = new Door(kind)
    expect(door.accept(Y.encodeStateAsUpdate(writer.doc))).toMatchObject({ gap: false, stripped: [] })
    expect(layout(door.live())).toBe(layout(writer.doc))
    expectReadable(door)
  })

  test.each(kinds)('G9 everything of a %s document resent adds nothing, from any replica', (kind) => {
    const chance = seeded(5)
    const door = new Door(kind)
    const writer = new Writer(9, 'ada')
    const hoarder = new Writer(10, 'ada', { gc: false })
    for (let i = 0; i < 150; i++) edit(kind, writer.doc, chance)
    for (const update of writer.unsent) {
      door.accept(update)
      hoarder.read(update)
    }
    const entries = door.log.length
    for (const doc of [writer.doc, hoarder.doc, loaded(Y.encodeStateAsUpdate(writer.doc))])
      expect(door.accept(Y.encodeStateAsUpdate(doc))).toMatchObject({ update: null, delta: null, gap: false })
    for (const update of writer.unsent) expect(door.accept(update)).toMatchObject({ update: null })
    expect(door.log).toHaveLength(entries)
  })

  test('G8 an update that is known in part is cut at the known clock, inside a struct as between two', () => {
    const door = new Door()
    door.accept(typed(1, 'hello'))
    const doc = new Y.Doc()
    doc.clientID = 1
    doc.getText('t').insert(0, 'hello world')
    doc.getMap('m').set('k', 1)
    const answer = door.accept(Y.encodeStateAsUpdate(doc))
    expect(answer.update).toEqual(
      Y.diffUpdate(Y.encodeStateAsUpdate(doc), Y.encodeStateVector(loaded(typed(1, 'hello')))),
    )
    expect(layout(door.live())).toBe(layout(doc))
  })

  test('G9 only what lies below the known clock is compared, and nothing that is deleted', () => {
    const door = new Door()
    door.accept(typed(1, 'hello'))
    const longer = typed(1, 'hello world')
    door.accept(longer)
    expect(door.compared).toBe(1)
    const gone = made(1, (doc) => doc.getText('t').delete(0, 11), longer)
    door.accept(gone)
    door.accept(longer)
    expect(door.compared).toBe(1)
  })

  test('G10 deletions known already are not stored again, new ones beside them are', () => {
    const door = new Door()
    const text = typed(1, 'hello world')
    door.accept(text)
    const first = made(2, (doc) => doc.getText('t').delete(0, 3), text)
    const both = made(3, (doc) => doc.getText('t').delete(0, 6), text)
    door.accept(first)
    const answer = door.accept(both)
    expect(answer.update).toEqual(new Uint8Array([0, 1, 1, 1, 3, 3]))
    expect(door.accept(both)).toMatchObject({ update: null })
    expect(door.accept(new Uint8Array([0, 0]))).toMatchObject({ update: null, gap: false, stripped: [] })
  })

  test('G5 undo and redo beside the edits of others, and a replica that collects nothing', () => {
    const chance = seeded(11)
    const door = new Door()
    const ada = new Writer(1, 'ada')
    const bob = new Writer(2, 'bob', { gc: false })
    const undo = new Y.UndoManager(ada.doc.getText('t'), {
      captureTimeout: 0,
      trackedOrigins: new Set([null]),
    })
    for (let i = 0; i < 120; i++) {
      const kind = chance.below(4)
      if (kind === 0) undo.undo()
      else if (kind === 1) undo.redo()
      else editText((kind === 2 ? ada : bob).doc.getText('t'), chance)
      for (const writer of [ada, bob]) {
        for (const update of writer.unsent.splice(0)) {
          const answer = door.accept(update, writer.author)
          expect(answer).toMatchObject({ gap: false, stripped: [] })
          if (answer.update !== null)
            for (const other of [ada, bob]) if (other !== writer) other.read(answer.update)
        }
      }
    }
    expect(door.live().getText('t').toDelta()).toEqual(ada.doc.getText('t').toDelta())
    expect(bob.doc.getText('t').toDelta()).toEqual(ada.doc.getText('t').toDelta())
  })

  test.each([66, 84, 114])(
    'G15 undo beside others, seed %i: Yjs writes items no order fits, and all of them enter',
    (seed) => {
      const chance = seeded(seed)
      const kind = seed % 2 ? 'any' : 'page'
      const door = new Door(kind)
      const writers = [1, 2, 3].map((client) => new Writer(client, 'anonymous', { gc: client !== 3 }))
      const undos = writers.map(({ doc }) => {
        const scope =
          kind === 'page'
            ? [doc.getXmlFragment('prosemirror')]
            : [doc.getText('t'), doc.getMap('m'), doc.getArray('l')]
        return new Y.UndoManager(scope, { captureTimeout: 0, trackedOrigins: new Set([null]) })
      })
      const queues = writers.map((): Uint8Array[] => [])
      let selfish = 0
      for (let i = 0; i < 150; i++) {
        const turn = chance.below(3)
        const writer = writers[turn]
        const undo = undos[turn]
        if (writer === undefined || undo === undefined) throw new Error('three writers')
        const move = chance.below(6)
        if (move === 0) undo.undo()
        else if (move === 1) undo.redo()
        else edit(kind, writer.doc, chance)
        for (const update of writer.unsent.splice(0)) {
          for (const struct of Y.decodeUpdate(update).structs)
            if (
              struct instanceof Y.Item &&
              struct.origin !== null &&
              Y.compareIDs(struct.origin, struct.rightOrigin)
            )
              selfish++
          expect(door.offer(update, 'anonymous')).toMatchObject({
            kind: 'accepted',
            gap: false,
            stripped: [],
          })
          for (const [to, queue] of queues.entries()) if (to !== turn) queue.push(update)
        }
        for (const [to, queue] of queues.entries())
          if (chance.is(0.4)) for (const update of queue.splice(0)) writers[to]?.read(update)
      }
      if (seed !== 84) expect(selfish).toBeGreaterThan(0)
    },
  )

  test('G21 what is stored adds to what is known: the next keystroke is judged against it', () => {
    const door = new Door()
    const writer = new Writer(1, 'ada')
    for (const letter of 'typed one by one')
      writer.doc.getText('t').insert(writer.doc.getText('t').length, letter)
    for (const update of writer.unsent) expect(door.accept(update).update).toEqual(update)
    expect(door.knowledge.clock(1)).toBe(16)
    expect(Knowledge.empty().clock(1)).toBe(0)
  })
})
