import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { storedAt } from '#server/api/stored.ts'
import { render } from '#server/content/render.ts'
import { InlineHistory } from '#server/history/inline.ts'
import { MemoryLog } from '#server/log/memory.ts'
import type { NewEntry } from '#server/log/port.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { Milestones } from '#server/room/milestones.ts'
import { seq } from '#shared/id.ts'
import { batch, doc } from '#tests/log/writing.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

const ENTRIES = 24_000
const DOCUMENT = doc('book')
const entries = book()

/** Keystrokes of two people who take turns, some of them deletions. */
function book(): readonly NewEntry[] {
  const written: NewEntry[] = []
  const book = new Y.Doc()
  book.clientID = 7
  const line = new Y.XmlText()
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [line])
  let author = 'ada'
  book.on('update', (update: Uint8Array) => written.push({ update, author, push: null }))
  book.getXmlFragment('prosemirror').insert(0, [paragraph])
  while (written.length < ENTRIES) {
    author = written.length % 2_000 < 1_000 ? 'ada' : 'bo'
    if (written.length % 7 === 0 && line.length > 3) line.delete(line.length - 3, 2)
    else
      line.insert((written.length * 31) % (line.length + 1), String.fromCharCode(97 + (written.length % 26)))
  }
  return written
}

let log: MemoryLog
let reads: number
let milestones: Milestones
const reported: unknown[] = []
beforeEach(async () => {
  log = new MemoryLog({ wall: () => 1_000_000 })
  reads = 0
  reported.length = 0
  milestones = fresh()
  await log.commit([batch('book', entries)])
})
afterEach(() => log.close())

function fresh(): Milestones {
  return new Milestones({
    log,
    history: new InlineHistory(),
    clock: new VirtualClock(),
    metrics: new Metrics(),
    report: (...said) => reported.push(said),
  })
}

/** What the document says at a position, and how many entries it took to find out. */
async function said(at: number): Promise<{ readonly text: string; readonly read: number }> {
  const stored = await storedAt({ log, milestones }, { document: DOCUMENT, kind: 'page', upTo: seq(at) })
  const bytes = render(stored, { format: 'text', standalone: false })
  return { text: new TextDecoder().decode(bytes), read: stored.updates.length }
}

function replayed(at: number): string {
  const updates = entries.slice(0, at).map(({ update }) => update)
  return new TextDecoder().decode(render({ kind: 'page', updates }, { format: 'text', standalone: false }))
}

async function built(): Promise<readonly number[]> {
  milestones.begin(DOCUMENT, seq(ENTRIES))
  await milestones.settled(DOCUMENT)
  return log.past.milestones(DOCUMENT)
}

test('A21 any position is read from a state before it and a short tail, and says what a replay says', async () => {
  const standing = await built()
  expect(standing.length).toBeGreaterThan(3)
  const positions = [1, 2, 999, 5_000, standing[1] ?? 0, (standing[2] ?? 0) + 1, 17_777, ENTRIES]
  for (const at of positions) {
    const { text, read } = await said(at)
    expect(text).toBe(replayed(at))
    expect(read).toBeLessThan(6_000)
  }
  expect(reported).toEqual([])
})

test('A21 who asks for a far position first has them built, and reads the long way meanwhile', async () => {
  const first = await said(ENTRIES - 5)
  expect(first.read).toBe(ENTRIES - 5)
  await milestones.settled(DOCUMENT)
  const again = await said(ENTRIES - 5)
  expect(again.read).toBeLessThan(6_000)
  expect(again.text).toBe(first.text)
})

test('A21 together they take no more than what the log counts, and are built once', async () => {
  const standing = await built()
  const cost = entries.reduce((sum, { update }) => sum + update.length + 24, 0)
  expect((await log.past.sizes(DOCUMENT))?.milestoneBytes).toBeLessThan(cost)
  // Another process on the same log finds what this one built.
  milestones = fresh()
  const before = await log.past.milestone(DOCUMENT, seq(ENTRIES))
  expect(await built()).toEqual(standing)
  expect((await log.past.milestone(DOCUMENT, seq(ENTRIES)))?.state).toBe(before?.state)
})

test('A21 what grows gets more of them, and nothing is built twice', async () => {
  const half = seq(ENTRIES / 2)
  milestones.begin(DOCUMENT, half)
  await milestones.settled(DOCUMENT)
  const early = await log.past.milestones(DOCUMENT)
  const put = log.past.putMilestone.bind(log.past)
  log.past.putMilestone = (document, at, packed) => {
    reads += 1
    return put(document, at, packed)
  }
  const all = await built()
  expect(all.slice(0, early.length)).toEqual(early)
  expect(all.length).toBe(early.length + reads)
})
