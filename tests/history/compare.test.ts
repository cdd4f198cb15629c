/** G: overlaps. Two different edits at one clock are told apart; the same edit is recognised however it was cut. */

import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { InlineHistory } from '#server/history/inline.ts'
import { act, by, checkpointOf, dice, hex, logOf, Writer } from './people.ts'

const history = new InlineHistory()
type Edit = (doc: Y.Doc) => void

/** What client 1 made of the same beginning by this edit, as one update. */
function made(edit: Edit): Uint8Array {
  const writer = new Writer(1)
  writer.receive(beginning)
  edit(writer.doc)
  return Y.mergeUpdates(writer.edits)
}

const beginning = (() => {
  const writer = new Writer(9)
  writer.text.insert(0, 'hello world')
  writer.doc.getMap('map').set('inner', new Y.Map())
  return writer.state
})()

const comparing = (held: readonly Uint8Array[], overlap: Uint8Array) =>
  history.compare(logOf(by('ann', beginning, ...held)), overlap)

const text = (doc: Y.Doc) => doc.getText('text')
const map = (doc: Y.Doc) => doc.getMap('map')

describe('two edits at one clock', () => {
  const pairs: readonly (readonly [string, Edit, Edit])[] = [
    ['other letters', (d) => text(d).insert(5, 'abc'), (d) => text(d).insert(5, 'abd')],
    ['another place', (d) => text(d).insert(5, 'abc'), (d) => text(d).insert(6, 'abc')],
    ['the other end', (d) => text(d).insert(0, 'abc'), (d) => text(d).insert(11, 'abc')],
    ['another root', (d) => d.getText('one').insert(0, 'a'), (d) => d.getText('two').insert(0, 'a')],
    ['another key', (d) => map(d).set('one', 1), (d) => map(d).set('two', 1)],
    ['another value', (d) => map(d).set('one', { a: 1 }), (d) => map(d).set('one', { a: 2 })],
    ['another parent', (d) => map(d).set('k', 1), (d) => (map(d).get('inner') as Y.Map<number>).set('k', 1)],
    ['another kind of type', (d) => map(d).set('k', new Y.Text()), (d) => map(d).set('k', new Y.Array())],
    [
      'another node name',
      (d) => d.getXmlFragment('xml').insert(0, [new Y.XmlElement('p')]),
      (d) => d.getXmlFragment('xml').insert(0, [new Y.XmlElement('h')]),
    ],
    [
      'another format',
      (d) => text(d).format(2, 3, { bold: true }),
      (d) => text(d).format(2, 3, { em: true }),
    ],
    ['another embed', (d) => text(d).insertEmbed(2, { a: 1 }), (d) => text(d).insertEmbed(2, { a: 2 })],
    ['text for an embed', (d) => text(d).insertEmbed(2, { a: 1 }), (d) => text(d).insert(2, 'a')],
    ['other bytes', (d) => map(d).set('k', hex('0102')), (d) => map(d).set('k', hex('0103'))],
    ['one in many', (d) => d.getArray('a').insert(0, [1, 2, 3]), (d) => d.getArray('a').insert(0, [1, 2, 4])],
  ]

  it.each(pairs)('are different: %s', async (_what, one, other) => {
    expect(await comparing([made(one)], made(other))).toBe('different')
    expect(await comparing([made(other)], made(one))).toBe('different')
    expect(await comparing([made(one)], made(one))).toBe('same')
  })

  it.each([
    ['behind', '09030905', '09040905'],
    ['before', '09040905', '09040907'],
  ])('are different where only what they were written %s differs', async (_what, one, other) => {
    const writtenBetween = (neighbours: string) => hex(`01010100c4${neighbours}016100`)
    expect(await comparing([writtenBetween(one)], writtenBetween(other))).toBe('different')
    expect(await comparing([writtenBetween(one)], writtenBetween(one))).toBe('same')
  })

  it('are different where only the middle of a merged run differs', async () => {
    const typed = new Writer(1)
    typed.receive(beginning)
    for (const letter of 'abcdef') typed.text.insert(typed.text.length, letter)
    const middle = typed.edits[2] ?? beginning
    expect(await comparing(typed.edits, middle)).toBe('same')
    const forged = new Uint8Array(middle)
    forged[forged.length - 2] = 'x'.charCodeAt(0)
    expect(await comparing(typed.edits, forged)).toBe('different')
  })

  it('are equal where one side has deleted what it wrote', async () => {
    const writer = new Writer(1)
    writer.receive(beginning)
    writer.text.insert(3, 'secret')
    const before = writer.edits[0] ?? beginning
    writer.text.delete(3, 6)
    expect(await comparing(writer.edits, before)).toBe('same')
    expect(await comparing([before], writer.state)).toBe('same')
  })

  it('are equal where the type they stood in was collected', async () => {
    const writer = new Writer(1)
    writer.receive(beginning)
    writer.doc.getMap('map').set('list', new Y.Array())
    ;(writer.doc.getMap('map').get('list') as Y.Array<number>).insert(0, [1, 2, 3])
    const before = Y.mergeUpdates(writer.edits)
    writer.doc.getMap('map').delete('list')
    expect(await comparing(writer.edits, before)).toBe('same')
  })

  it('are equal where somebody wrote into the middle of a surrogate pair', async () => {
    const writer = new Writer(1)
    writer.receive(beginning)
    writer.text.insert(0, 'a😀b')
    const before = writer.edits[0] ?? beginning
    writer.text.insert(2, '-')
    expect(await comparing(writer.edits, before)).toBe('same')
    expect(await comparing([before], writer.state)).toBe('same')
  })

  it('are equal where a healed checkpoint had to forget one neighbour', async () => {
    const inverted = hex('01010100c409080904016100')
    const built = await history.build(logOf(by('ann', beginning, inverted)))
    expect(built.healed).toBe(true)
    expect(await history.compare(checkpointOf(built), inverted)).toBe('same')
    const other = hex('01010100c409080904016200')
    expect(await history.compare(checkpointOf(built), other)).toBe('different')
  })

  it('are not looked at beyond what the document holds', async () => {
    const ahead = new Writer(55)
    ahead.text.insert(0, 'nobody has seen this')
    expect(await comparing([], ahead.state)).toBe('same')
  })
})

it('whatever honest people resend is the same, in whatever cut', async () => {
  const roll = dice(7)
  for (let round = 0; round < 20; round++) {
    const people = [new Writer(11), new Writer(22), new Writer(33)]
    const log: Uint8Array[] = []
    for (let turn = 0; turn < 60; turn++) {
      const writer = people[roll(3)] ?? new Writer(44)
      const before = writer.edits.length
      act(writer.doc, roll)
      log.push(...writer.edits.slice(before))
      if (roll(4) === 0) for (const edit of log) writer.receive(edit)
    }
    const resent = [
      ...log.filter(() => roll(5) === 0),
      ...people.map(({ state }) => state),
      Y.mergeUpdates(log),
    ]
    for (const update of resent) {
      expect(await history.compare(logOf(by('ann', ...log)), update)).toBe('same')
    }
  }
})

it('bytes that are no update cannot be compared', async () => {
  await expect(comparing([], hex('ff'))).rejects.toBeInstanceOf(RangeError)
})
