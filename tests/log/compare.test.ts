/** Both logs are asked the same, at random; SQLite's journal, runs and folds must not show. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MemoryLog } from '#server/log/memory.ts'
import type { Log, Merge, NewEntry } from '#server/log/port.ts'
import { seq } from '#shared/id.ts'
import { Folder } from './folder.ts'
import { batch, bytes, digestOf, doc, entry, LAPTOP, OTHER_EPOCH, PHONE, upTo } from './writing.ts'

const STEPS = 120
const DOCUMENTS = ['a', 'b/c', 'ü', 'd', 'e', 'f', 'g']

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.stop())

/** Numbers that look random and are the same every time. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

async function everything(log: Log, random: (below: number) => number): Promise<unknown> {
  const after = random(200)
  const maxBytes = random(4_000)
  const oldest = random(300)
  return Promise.all([
    log.list(4),
    ...DOCUMENTS.flatMap((name) => [
      log.outline(doc(name)),
      log.read(doc(name), seq(after), maxBytes).then((entries) => entries.map(plain)),
      log.pushes(doc(name), { session: LAPTOP, oldest, most: 1_000 }).then((found) => [...found]),
      log.checkpoint(doc(name)).then((found) => found?.seq ?? null),
      log.past.sizes(doc(name)).then((found) => found?.entries ?? null),
      log.past.boundaries(doc(name)),
      log.stretches(doc(name), { after: seq(after), most: 300, pauseMs: 50 }),
    ]),
  ])
}

/** Neighbours of one author below the newest checkpoint, three of four times; sometimes what may not be merged. */
async function someMerges(log: Log, name: string, random: (below: number) => number): Promise<Merge[]> {
  const { checkpointSeq } = await log.outline(doc(name))
  const entries = (await log.read(doc(name), seq(0), 1 << 30)).filter(({ seq: at }) => at <= checkpointSeq)
  const boundaries = new Set(await log.past.boundaries(doc(name)))
  const isReckless = random(4) === 0
  const merges: Merge[] = []
  for (let at = random(20); at + 1 < entries.length && merges.length < 50; at += 2 + random(6)) {
    const [one, two] = entries.slice(at, at + 2)
    if (one === undefined || two === undefined) break
    if (!isReckless && (one.author !== two.author || boundaries.has(one.seq))) continue
    merges.push({ from: one.from, seq: two.seq, update: new Uint8Array(random(90)).fill(at) })
  }
  return merges
}

function plain<Kept extends { readonly update: Uint8Array }>(one: Kept): unknown {
  return { ...one, update: Buffer.from(one.update).toString('hex') }
}

for (const seed of [1, 2])
  test(`SQLite answers as memory does, seed ${seed}`, async () => {
    const random = chance(seed)
    let now = 1_000
    const memory = new MemoryLog({ wall: () => now })
    folder = new Folder(() => now)
    await folder.open()
    let number = 0
    let merged = 0
    const some = (): NewEntry => {
      number += 1
      const session = random(2) === 0 ? LAPTOP : PHONE
      const push = random(3) === 0 ? null : { session, number, digest: digestOf(session, number) }
      const size = random(40) === 0 ? random(200_000) : random(60)
      const update = new Uint8Array(size).fill(number)
      return entry('', { update, author: `author ${random(3)}`, push })
    }
    for (let step = 0; step < STEPS; step++) {
      now += random(100) - 40
      const names = DOCUMENTS.filter(() => random(3) > 0)
      const count = random(10) === 0 ? 400 : 8
      const group = []
      for (const name of names) {
        const { head } = await memory.outline(doc(name))
        const stale = random(12) === 0 ? Math.max(0, head - 1) : head
        const foreign = random(20) === 0 ? { epoch: OTHER_EPOCH } : {}
        const kind = (['none', 'page', 'any'] as const)[random(3)] ?? 'none'
        group.push(batch(name, upTo(1 + random(count)).map(some), { head: stale, kind, ...foreign }))
      }
      expect(await folder.log.commit(group)).toEqual(await memory.commit(group))
      if (random(15) === 0)
        for (const name of DOCUMENTS) {
          const { head } = await memory.outline(doc(name))
          if (head === 0) continue
          const checkpoint = { seq: seq(1 + random(head)), state: bytes(`${head}`), knowledge: bytes('k') }
          await Promise.all([
            folder.log.putCheckpoint(doc(name), checkpoint),
            memory.putCheckpoint(doc(name), checkpoint),
          ])
        }
      if (random(6) === 0) {
        const name = DOCUMENTS[random(DOCUMENTS.length)] ?? ''
        const merges = await someMerges(memory, name, random)
        const isMerged = await folder.log.past.merge(doc(name), merges)
        expect(isMerged, `step ${step}`).toBe(await memory.past.merge(doc(name), merges))
        if (isMerged) merged += 1
      }
      if (random(40) === 0) await folder.reopen()
      if (random(4) > 0) continue
      const questions = random(1 << 30)
      const answers = await everything(folder.log, chance(questions))
      expect(answers, `step ${step}`).toEqual(await everything(memory, chance(questions)))
    }
    expect(number).toBeGreaterThan(4_000)
    expect(merged).toBeGreaterThan(0)
  })
