/** A paper typed keystroke by keystroke: the recorded one where it is at hand, else a made one of the same kind. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { InlineHistory } from '#server/history/inline.ts'
import { WorkerHistory } from '#server/history/pool.ts'
import type { BuiltCheckpoint, ReplayedEntry } from '#server/history/port.ts'
import { checkpointOf, dice, inTurn, opened, realClock, Writer } from './people.ts'

const RECORDING = new URL('../../../shared/bench/traces/automerge-paper.json.gz', import.meta.url)
/** The whole recording takes some seconds of Yjs' time alone to be typed; its beginning says as much. */
const KEYSTROKES = 30_000
const PIECE = 5_000

/** Where, how many letters are deleted there, what is typed there. */
type Patch = readonly [number, number, string]

interface Recording {
  readonly txns: readonly { readonly patches: readonly Patch[] }[]
}

function patches(): Patch[] {
  if (!existsSync(RECORDING)) return madeUp()
  const recording: Recording = JSON.parse(gunzipSync(readFileSync(RECORDING)).toString())
  return recording.txns.flatMap(({ patches }) => patches).slice(0, KEYSTROKES)
}

function madeUp(): Patch[] {
  const roll = dice(42)
  let length = 0
  let caret = 0
  return Array.from({ length: KEYSTROKES }, (): Patch => {
    if (roll(100) === 0) caret = roll(length + 1)
    if (caret > 0 && roll(10) < 3) {
      length--
      return [--caret, 1, '']
    }
    length++
    return [caret++, 0, 'etaoin shrdlu'.charAt(roll(13))]
  })
}

describe('the paper', () => {
  let entries: ReplayedEntry[]
  let final: string
  let built: BuiltCheckpoint
  const history = new InlineHistory()

  beforeAll(async () => {
    const writer = new Writer(1)
    let plain = ''
    for (const [at, deleted, typed] of patches()) {
      if (deleted > 0) writer.text.delete(at, deleted)
      if (typed !== '') writer.text.insert(at, typed)
      plain = plain.slice(0, at) + typed + plain.slice(at + deleted)
    }
    final = plain
    entries = writer.edits.map((update) => ({ update, author: 'ann' }))
    built = await history.build({ checkpoint: null, entries: inTurn(pieces(entries)) })
  })

  it('opens from its checkpoint as it was typed, and reloads to the same bytes', () => {
    const doc = opened(built.state)
    expect(doc.getText('text').toString()).toBe(final)
    expect(Buffer.compare(Y.encodeStateAsUpdate(doc), built.state)).toBe(0)
    expect(built.healed).toBe(false)
  })

  it('is a fraction of its log', () => {
    const log = entries.reduce((sum, { update }) => sum + update.length, 0)
    expect(built.state.length).toBeLessThan(log / 4)
  })

  it('comes out the same, state and knowledge, from a thread that takes it in step by step', async () => {
    const worker = new WorkerHistory({ clock: realClock })
    let stepped: BuiltCheckpoint | null = null
    const steps = 14
    for (let step = 0; step < steps; step++) {
      const from = Math.round((entries.length * step) / steps)
      const to = Math.round((entries.length * (step + 1)) / steps)
      const tail = inTurn(pieces(entries.slice(from, to)))
      stepped = await worker.build({ checkpoint: stepped, entries: tail })
    }
    await worker.close()
    expect(Buffer.compare(stepped?.state ?? new Uint8Array(), built.state)).toBe(0)
    expect(Buffer.compare(stepped?.knowledge ?? new Uint8Array(), built.knowledge)).toBe(0)
  })

  it('is brought to a reader who stopped in the middle by one update', async () => {
    const reader = new Y.Doc()
    reader.transact(() => {
      for (const { update } of entries.slice(0, KEYSTROKES / 2)) Y.applyUpdate(reader, update)
    })
    Y.applyUpdate(reader, await history.diff(checkpointOf(built), Y.encodeStateVector(reader)))
    expect(reader.getText('text').toString()).toBe(final)
  })

  it('resent keystroke by keystroke is the same as what the log holds', async () => {
    const resent = Y.mergeUpdates(entries.slice(0, 300).map(({ update }) => update))
    expect(await history.compare(checkpointOf(built), resent)).toBe('same')
  })
})

function pieces(entries: readonly ReplayedEntry[]): ReplayedEntry[][] {
  const all: ReplayedEntry[][] = []
  for (let from = 0; from < entries.length; from += PIECE) all.push(entries.slice(from, from + PIECE))
  return all
}
