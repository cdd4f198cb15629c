/** What every History promises, whatever it runs on. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { Knowledge } from '#server/gate/knowledge.ts'
import type { Admission } from '#server/gate/verdict.ts'
import { type BuiltCheckpoint, type History, type Replay, Unavailable } from '#server/history/port.ts'
import { maxTitleLength } from '#shared/schema/document.ts'
import { act, by, dice, hex, inTurn, logOf, opened, Writer } from './people.ts'
import { wrongLogs } from './wrong-logs.ts'

const EMPTY = new Uint8Array([0, 0])
const NOTHING_KNOWN = new Uint8Array([0])

export function historyContract(name: string, open: () => History): void {
  describe(name, () => {
    let history: History
    beforeAll(() => {
      history = open()
    })
    afterAll(() => history.close())

    const building = (...updates: readonly Uint8Array[]) => history.build(logOf(by('ann', ...updates)))

    describe('building a checkpoint', () => {
      it('of an empty log gives the empty document', async () => {
        const built = await history.build(logOf())
        expect(built.state).toEqual(EMPTY)
        expect(built).toMatchObject({ healed: false, title: null })
      })

      it('holds everything every person wrote, in one update that reloads to the same bytes', async () => {
        const { edits, text } = twoPeople(1)
        const built = await building(...edits)
        const doc = opened(built.state)
        expect(doc.getText('text').toString()).toBe(text)
        expect(Y.encodeStateAsUpdate(doc)).toEqual(built.state)
        expect(built.healed).toBe(false)
      })

      it('comes out the same in one go, in pieces, and step by step from earlier checkpoints', async () => {
        const { edits } = twoPeople(2)
        const whole = await building(...edits)
        const pieces = edits.map((edit) => by('ann', edit))
        expect(await history.build(logOf(...pieces))).toEqual(whole)
        let stepped: BuiltCheckpoint | null = null
        for (let from = 0; from < edits.length; from += 40) {
          const entries = inTurn([by('ann', ...edits.slice(from, from + 40))])
          stepped = await history.build({ checkpoint: stepped, entries })
        }
        expect(stepped).toEqual(whole)
      })

      it('deletes nothing that the log did not delete, formatting marks around deleted text among it', async () => {
        const [ann, ben] = [new Writer(1), new Writer(2)]
        const line = ({ doc }: Writer): Y.XmlText => doc.getXmlFragment('prosemirror').get(0) as Y.XmlText
        ann.doc.getXmlFragment('prosemirror').push([new Y.XmlText('some bold words')])
        for (const edit of ann.edits) ben.receive(edit)
        line(ann).format(5, 4, { bold: true })
        line(ben).delete(5, 4)
        const earlier = await building(...ann.edits)
        const later = await history.build({ checkpoint: earlier, entries: inTurn([by('ben', ...ben.edits)]) })
        expect(later).toEqual(await building(...ann.edits, ...ben.edits))
        const deleted = [...Y.decodeUpdate(later.state).ds.clients].map(([client, ranges]) => [
          client,
          [...ranges],
        ])
        expect(deleted).toEqual([[1, [expect.objectContaining({ clock: 6, len: 4 })]]])
      })

      it('keeps no tombstone content: overwritten values are gone from the state', async () => {
        const writer = new Writer(1)
        for (let i = 0; i < 300; i++) writer.doc.getMap('map').set('key', `${i} ${'x'.repeat(1000)}`)
        const built = await building(...writer.edits)
        expect(built.state.length).toBeLessThan(1_100)
        expect(opened(built.state).getMap('map').get('key')).toMatch(/^299 /)
      })

      it('knows who first used each client id, also across checkpoints', async () => {
        const ann = new Writer(1)
        const ben = new Writer(2)
        ann.text.insert(0, 'ann')
        ben.text.insert(0, 'ben')
        const first = await history.build(logOf(by('ann', ...ann.edits)))
        const second = await history.build({ checkpoint: first, entries: inTurn([by('ben', ...ben.edits)]) })
        const knowledge = Knowledge.decode(second.knowledge)
        expect([knowledge.owner(1), knowledge.owner(2), knowledge.owner(3)]).toEqual(['ann', 'ben', null])
        expect(knowledge.clock(2)).toBe(3)
      })

      it('tells the title, cut where one ends that is longer than a title may be', async () => {
        const writer = new Writer(1)
        writer.doc.getMap('meta').set('title', 'first')
        writer.doc.getMap('meta').set('title', 'Überschrift'.repeat(2 * maxTitleLength))
        expect((await building(...writer.edits)).title).toBe(
          'Überschrift'.repeat(2 * maxTitleLength).slice(0, maxTitleLength),
        )
        writer.doc.getMap('meta').delete('title')
        expect((await building(...writer.edits)).title).toBeNull()
      })

      it('has no title where `meta` is something else, or `title` no string', async () => {
        const writer = new Writer(1)
        writer.doc.getText('meta').insert(0, 'title')
        expect((await building(...writer.edits)).title).toBeNull()
        const other = new Writer(1)
        other.doc.getMap('meta').set('title', 7)
        expect((await building(...other.edits)).title).toBeNull()
      })

      it('deletes nothing of its own: redundant formatting that a client would tidy up stays', async () => {
        const ann = new Writer(1)
        const line = new Y.XmlText()
        ann.doc.getXmlFragment('prosemirror').insert(0, [line])
        line.insert(0, 'plain and bold')
        const ben = new Writer(2)
        ben.receive(ann.state)
        const same = ben.doc.getXmlFragment('prosemirror').get(0)
        if (!(same instanceof Y.XmlText)) throw new TypeError('the line is gone')
        line.format(0, 8, { bold: true })
        same.format(0, 8, { bold: true })
        const log = [...ann.edits, ...ben.edits]
        const inLog = new Set(log.flatMap(deletedIn))
        expect(new Set(deletedIn((await building(...log)).state))).toEqual(inLog)
        // So that this test means something: a client does tidy up.
        const client = opened(Y.mergeUpdates(ann.edits))
        for (const edit of ben.edits) Y.applyUpdate(client, edit)
        expect(new Set(deletedIn(Y.encodeStateAsUpdate(client))).size).toBeGreaterThan(inLog.size)
      })

      it('has nothing to heal in what honest people wrote, blocks deleted while others write in them included', async () => {
        const roll = dice(11)
        for (let round = 0; round < 10; round++) {
          const people = [new Writer(11), new Writer(22), new Writer(33)]
          const log: Uint8Array[] = []
          for (let turn = 0; turn < 80; turn++) {
            const writer = people[roll(3)] ?? new Writer(44)
            const before = writer.edits.length
            act(writer.doc, roll)
            log.push(...writer.edits.slice(before))
            if (roll(4) === 0) for (const edit of log) writer.receive(edit)
          }
          const oneByOne = log.map((edit) => by('ann', edit))
          expect((await history.build(logOf(...oneByOne))).healed).toBe(false)
        }
      })
    })

    wrongLogs(() => history)

    it('the state of a document is the same in one go and from a state on the way', async () => {
      const { edits, text } = twoPeople(3)
      const whole = await history.state(logOf(by('ann', ...edits)))
      expect(opened(whole).getText('text').toString()).toBe(text)
      const half = await history.state(logOf(by('ann', ...edits.slice(0, 50))))
      const checkpoint = { state: half, knowledge: new Uint8Array(0) }
      const entries = inTurn([by('ann', ...edits.slice(50))])
      expect(await history.state({ checkpoint, entries })).toEqual(whole)
      await expect(history.state(logOf(by('ann', ...edits.slice(1))))).rejects.toThrow('gap')
    })

    describe('what another replica lacks', () => {
      it('is everything for an empty one, and brings it up to date', async () => {
        const { edits, text } = twoPeople(3)
        const update = await history.diff(logOf(by('ann', ...edits)), NOTHING_KNOWN)
        expect(opened(update).getText('text').toString()).toBe(text)
      })

      it('is only what is new for one that stopped on the way, deletions included', async () => {
        const { edits, text } = twoPeople(4)
        const half = new Y.Doc()
        for (const edit of edits.slice(0, 100)) Y.applyUpdate(half, edit)
        const all = logOf(by('ann', ...edits.slice(0, 150)), by('ben', ...edits.slice(150)))
        const update = await history.diff(all, Y.encodeStateVector(half))
        Y.applyUpdate(half, update)
        expect(half.getText('text').toString()).toBe(text)
        expect(half.store.pendingStructs).toBeNull()
        const everything = await history.diff(logOf(by('ann', ...edits)), NOTHING_KNOWN)
        expect(update.length).toBeLessThan(everything.length)
      })

      it('is the deletions alone for one that is ahead', async () => {
        const { edits } = twoPeople(5)
        const ahead = new Writer(77)
        for (const edit of edits) ahead.receive(edit)
        ahead.text.insert(0, 'not sent yet')
        const update = await history.diff(logOf(by('ann', ...edits)), Y.encodeStateVector(ahead.doc))
        const { structs, ds } = Y.decodeUpdate(update)
        expect(structs).toEqual([])
        expect(ds.clients.size).toBeGreaterThan(0)
      })

      it('cannot be told from bytes that are no state vector', async () => {
        await expect(history.diff(logOf(), hex('05ff'))).rejects.toBeInstanceOf(RangeError)
      })
    })

    describe('judging an update', () => {
      const admission: Admission = {
        author: 'ann',
        kind: 'any',
        limits: { clients: 1_000, documentClients: 10_000, depth: 64, roots: 100, nameLength: 1_000 },
        overlapsEqual: false,
      }

      it('is the gate’s verdict, and its delta teaches the room what it adds', async () => {
        const writer = new Writer(1)
        writer.text.insert(0, 'a large paste')
        const knowledge = Knowledge.empty()
        const verdict = await history.judge(known(knowledge.encode()), { update: writer.state, admission })
        if (verdict.kind !== 'accepted' || verdict.delta === null) throw new Error(`was ${verdict.kind}`)
        expect(
          opened(verdict.update ?? EMPTY)
            .getText('text')
            .toString(),
        ).toBe('a large paste')
        knowledge.add(verdict.delta, 'ann')
        expect(knowledge.clock(1)).toBe(13)
      })

      it('is the same whether the past is given as knowledge, as entries, or as both', async () => {
        const { edits } = twoPeople(3)
        const half = edits.length / 2
        const earlier = await building(...edits.slice(0, half))
        const writer = new Writer(303)
        for (const edit of edits) writer.receive(edit)
        writer.text.insert(0, 'a large paste')
        const whole = await building(...edits)
        const question = { update: writer.state, admission: { ...admission, overlapsEqual: true } }
        const pasts = [
          known(whole.knowledge),
          logOf(by('ann', ...edits)),
          { checkpoint: earlier, entries: inTurn([by('ann', ...edits.slice(half))]) },
        ]
        const verdicts = await Promise.all(pasts.map((past) => history.judge(past, question)))
        expect(verdicts[0]).toMatchObject({ kind: 'accepted', gap: false, newClients: 1 })
        expect(verdicts[1]).toEqual(verdicts[0])
        expect(verdicts[2]).toEqual(verdicts[0])
      })

      it('refuses what is no update', async () => {
        const verdict = await history.judge(known(Knowledge.empty().encode()), {
          update: hex('ffff'),
          admission,
        })
        expect(verdict).toMatchObject({ kind: 'refused', code: 4400 })
      })
    })

    it('after closing answers nothing, and may be closed twice', async () => {
      const other = open()
      await other.close()
      await other.close()
      await expect(other.build(logOf())).rejects.toBeInstanceOf(Unavailable)
    })
  })
}

/** Two people who type and delete in one text, hearing of each other now and then. */
function twoPeople(seed: number): { edits: Uint8Array[]; text: string } {
  const roll = dice(seed)
  const people = [new Writer(101), new Writer(202)]
  const log: Uint8Array[] = []
  const heard = [0, 0]
  const hear = (who: number) => {
    for (const edit of log.slice(heard[who])) people[who]?.receive(edit)
    heard[who] = log.length
  }
  for (let turn = 0; turn < 200; turn++) {
    const who = roll(2)
    const writer = people[who]
    if (writer === undefined) throw new RangeError(`nobody is ${who}`)
    if (roll(3) === 0) hear(who)
    const { text, edits } = writer
    const before = edits.length
    if (text.length > 4 && roll(3) === 0) text.delete(roll(text.length - 3), 1 + roll(3))
    else text.insert(roll(text.length + 1), 'abc😀d'.slice(0, 1 + roll(3)))
    log.push(...edits.slice(before))
  }
  hear(0)
  return { edits: log, text: people[0]?.text.toString() ?? '' }
}

/** A document of which only this is known. */
function known(knowledge: Uint8Array): Replay {
  return { checkpoint: { state: EMPTY, knowledge }, entries: inTurn([]) }
}

/** Every clock this update deletes. */
function deletedIn(update: Uint8Array): string[] {
  return [...Y.decodeUpdate(update).ds.clients].flatMap(([client, ranges]) =>
    ranges.flatMap(({ clock, len }) => Array.from({ length: len }, (_, at) => `${client} ${clock + at}`)),
  )
}
