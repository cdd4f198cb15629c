/** What the server does by itself is counted, and can be read as metrics. */
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { InlineHistory } from '#server/history/inline.ts'
import { MemoryLog } from '#server/log/memory.ts'
import type { NewEntry } from '#server/log/port.ts'
import { startErasing } from '#server/ops/erasing.ts'
import { startKeeping } from '#server/ops/keeping.ts'
import { startMerging } from '#server/ops/merging.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { Milestones } from '#server/room/milestones.ts'
import { seq } from '#shared/id.ts'
import { inTurn } from '#tests/history/people.ts'
import { batch, doc } from '#tests/log/writing.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Long enough that a milestone is due behind each. */
const LONG = 'x'.repeat(140_000)

function written(): readonly NewEntry[] {
  const entries: NewEntry[] = []
  const page = new Y.Doc()
  page.on('update', (update: Uint8Array) => entries.push({ update, author: 'ada', push: null }))
  const text = new Y.XmlText()
  page.getXmlFragment('prosemirror').push([text])
  for (const words of [LONG, 'two', LONG, 'four', 'five']) text.insert(0, words)
  return entries
}

async function house() {
  const clock = new VirtualClock()
  const wall = () => clock.wall()
  const log = new MemoryLog({ wall })
  const history = new InlineHistory()
  const metrics = new Metrics()
  const { upkeep } = metrics
  let ids = 0
  const chance = { fraction: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(++ids) }
  const failed: string[] = []
  const onFailed = (error: unknown) => void failed.push(String(error))
  const parts = { log, clock, upkeep, onFailed }
  const entries = written()
  const now = async () => {
    const lines = (await metrics.registry.metrics()).split('\n')
    return (name: string) => Number(lines.find((line) => line.startsWith(`vellum_${name} `))?.split(' ')[1])
  }
  await log.commit([batch('page', entries)])
  const built = await history.build({ checkpoint: null, entries: inTurn([entries]) })
  await log.putCheckpoint(doc('page'), { seq: seq(5), ...built })
  return { clock, wall, log, history, metrics, upkeep, chance, failed, parts, now }
}

test('milestones, snapshots by the clock, merging and erasing are counted, each by what came of it', async () => {
  const { clock, wall, log, history, metrics, chance, parts, now } = await house()
  const milestones = new Milestones({ log, history, clock, metrics, report: () => {} })
  milestones.begin(doc('page'), seq(6))
  await milestones.settled(doc('page'))
  expect((await now())('milestones_total')).toBe(2)
  expect((await now())('upkeep_runs_total{work="milestones"}')).toBe(1)

  await log.commit([batch('gone', ['words'])])
  await log.delete(doc('gone'))
  const stops = [
    startKeeping({ ...parts, chance, isOn: true }),
    startErasing({ ...parts, wall, afterDays: 0, onErased: () => {} }),
    startMerging({ ...parts, history, afterDays: 1, onMerged: () => {} }),
  ]
  await clock.pass(HOUR_MS)
  let count = await now()
  expect(count('kept_snapshots_total')).toBe(1)
  expect(count('erased_documents_total')).toBe(1)
  expect(count('merged_entries_total')).toBe(0)
  for (const work of ['keeping', 'erasing', 'merging'])
    expect(count(`upkeep_runs_total{work="${work}"}`)).toBeGreaterThan(0)

  // What is old enough is merged; of one day's snapshots the newest stays.
  for (let hours = 0; hours < 50; hours++) {
    const { head } = await log.outline(doc('page'))
    const update = Y.encodeStateAsUpdate(new Y.Doc())
    await log.commit([batch('page', [{ update, author: 'bo', push: null }], { head })])
    await clock.pass(HOUR_MS)
  }
  await clock.pass(DAY_MS)
  count = await now()
  expect(count('merged_entries_total')).toBeGreaterThan(0)
  expect(count('kept_snapshots_total')).toBeGreaterThan(40)
  expect(count('thinned_snapshots_total')).toBeGreaterThan(0)
  expect(count('upkeep_failures_total{work="merging"}')).toBe(0)
  for (const stop of stops) stop()
})

test('what failed is counted as failed, and looked at again', async () => {
  const { clock, wall, log, metrics, chance, failed, parts, now } = await house()
  const refusing = new Error('the disk is full')
  const fail = () => Promise.reject(refusing)
  const milestones = new Milestones({
    log,
    history: { state: fail },
    clock,
    metrics,
    report: () => {},
  })
  milestones.begin(doc('page'), seq(6))
  await milestones.settled(doc('page'))
  const stops = [
    startKeeping({
      ...parts,
      log: { list: fail, describe: fail, snapshots: log.snapshots },
      chance,
      isOn: true,
    }),
    startErasing({ ...parts, log: { erasable: fail, erase: fail }, wall, afterDays: 0, onErased: () => {} }),
    startMerging({ ...parts, history: { merge: fail }, afterDays: 1 / 24, onMerged: () => {} }),
  ]
  await clock.pass(3 * HOUR_MS)
  const count = await now()
  for (const work of ['keeping', 'erasing', 'merging', 'milestones'])
    expect(count(`upkeep_failures_total{work="${work}"}`)).toBeGreaterThan(0)
  expect(count('upkeep_runs_total{work="keeping"}')).toBe(0)
  expect(count('merged_entries_total')).toBe(0)
  expect(new Set(failed)).toEqual(new Set([String(refusing)]))
  for (const stop of stops) stop()
})
