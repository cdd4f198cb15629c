/** The list of versions, and the place in a text that is kept from version to version, before either is on a screen. */
import { EditorState } from 'prosemirror-state'
import { expect, it } from 'vitest'
import type { Sitting, Version } from '#client/app/history/life.ts'
import { foundAgain } from '#client/app/history/reading-place.ts'
import { keyAt, rowsOf } from '#client/app/history/version-rows.ts'
import { createSchema } from '#client/editor/schema.ts'
import { showing } from '#client/editor/showing.ts'

const NOW = new Date(2026, 10, 22, 10, 0).getTime()
const DAY_MS = 86_400_000
const schema = createSchema()

function sitting(from: number, to: number, daysAgo: number): Sitting {
  const time = NOW - daysAgo * DAY_MS
  return { from, to, begin: time, end: time, authors: [{ author: 'ana', name: null, edits: to - from + 1 }] }
}

function version(id: string, seq: number, name: string | null): Version {
  return { id, seq, name, time: NOW }
}

it('lists sittings day by day, newest first, named versions before the sitting they lie in', () => {
  const life = {
    sittings: [sitting(1, 4, 1), sitting(5, 5, 0), sitting(6, 9, 0)],
    versions: [version('b', 7, 'Sent'), version('c', 6, null), version('a', 2, 'Draft')],
  }
  const said = (onlyNamed: boolean): string[] =>
    rowsOf(life, onlyNamed, NOW).map((row) => (row.kind === 'day' ? row.day : row.key))
  expect(said(false)).toEqual([
    'Today',
    'version b',
    'sitting 6',
    'sitting 5',
    'Yesterday',
    'version a',
    'sitting 1',
  ])
  expect(said(true)).toEqual(['Today', 'version b', 'Yesterday', 'version a'])
  expect([0, 1, 2, 7, 8, 10].map((at) => keyAt(life, at))).toEqual([
    '',
    'sitting 1',
    'version a',
    'version b',
    'sitting 6',
    '',
  ])
})

it('gives every row a key of its own where a clock was put back', () => {
  const life = { sittings: [sitting(1, 4, 0), sitting(5, 5, 1), sitting(6, 9, 0)], versions: [] }
  const keys = rowsOf(life, false, NOW).map(({ key }) => key)
  expect(keys).toHaveLength(6)
  expect(new Set(keys).size).toBe(6)
})

function page(...paragraphs: string[]) {
  return schema.node(
    'doc',
    null,
    paragraphs.map((words) => schema.node('paragraph', null, words === '' ? [] : [schema.text(words)])),
  )
}

const WORDS = 'Whoever reads this line goes on reading it. '

it.each([
  ['a letter above it', ['x'], ['xyz']],
  ['paragraphs above and below it', ['x', 'y', 'z'], ['new', 'x', 'more']],
  ['everything above it', ['x', 'y'], []],
])('what is read is found again after a change of %s', (_, above, then) => {
  const doc = page(...above, `Before. ${WORDS}After.`, 'end')
  const target = page(...then, `Before. ${WORDS}After.`, 'other end')
  const state = EditorState.create({ schema, doc })
  const tr = showing(state, target, () => null)
  const position = placeOf(doc)
  const found = foundAgain(position, { before: doc, after: tr.doc, mapping: tr.mapping })
  expect(found).toBe(placeOf(target))
})

it('what is read is nowhere when it was not written yet', () => {
  const doc = page('one', WORDS, 'two', 'three')
  const state = EditorState.create({ schema, doc })
  const tr = showing(state, page('four'), () => null)
  expect(foundAgain(placeOf(doc), { before: doc, after: tr.doc, mapping: tr.mapping })).toBeNull()
})

/** Where `WORDS` begin. */
function placeOf(doc: ReturnType<typeof page>): number {
  let place = -1
  doc.descendants((node, at) => {
    if (node.isText && node.text?.includes(WORDS)) place = at + node.text.indexOf(WORDS)
  })
  return place
}
