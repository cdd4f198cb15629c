/** Scenario C: a recorded history is taken in as fast as the server acknowledges it; then others open the document. */
import { type Recording, readRecording } from '#tests/process/paper-typing.ts'
import { recorded, until } from './edits.ts'
import { LightChannel } from './light-channel.ts'
import { MeasuredServer } from './measured-server.ts'
import { NOTHING, type Position } from './position.ts'
import { type Coming, quantile, type Typing } from './report.ts'

export interface BigDocument {
  readonly trace: string | URL
  /** Openings of which the middle one is told. */
  readonly rounds: number
}

/** Pushes on their way at most. */
const WINDOW = 256
const DOCUMENT = 'paper'

export async function takeIn(
  { trace, rounds }: BigDocument,
  onTrouble: (error: Error) => void,
): Promise<{ readonly typing: Typing; readonly coming: readonly Coming[] }> {
  const recording: Recording = await readRecording(trace)
  const updates = recorded(recording)
  await using server = await MeasuredServer.start()
  const { syncUrl } = server
  let number = 1
  const join = (position = NOTHING) =>
    LightChannel.join({ syncUrl, document: DOCUMENT, number: number++, onTrouble }, position)
  const last = updates.splice(-1)
  const author = await join()
  const used = server.measure()
  await pushAll(author, updates)
  const typing: Typing = {
    scenario: 'C taking in a recorded paper',
    edits: updates.length,
    deliveries: 0,
    latenciesMs: author.latenciesMs,
    used: used(),
  }
  // Who was there before the last edit holds a position: the epoch from `hello`, the hash with that edit.
  const reader = await join()
  await pushAll(author, last)
  await until(() => reader.head === author.head)
  const { position } = reader
  const open = async (scenario: string, position: Position): Promise<Coming> => {
    await server.rest()
    const used = server.measure()
    const channel = await join(position)
    const coming = { scenario, channels: 1, bytes: channel.bytes, used: used() }
    if (channel.resumedAt !== position.seq) throw new Error(`${scenario}: resumed at ${channel.resumedAt}`)
    channel.drop()
    return coming
  }
  const several = async (scenario: string, position: Position): Promise<Coming> => {
    const all: Coming[] = []
    for (let round = 0; round < rounds; round++) all.push(await open(scenario, position))
    return middle(all)
  }
  const fresh = await several('C opening it with nothing', NOTHING)
  const again = await several('C opening it at the head, by position', position)
  for (const channel of [author, reader]) channel.drop()
  return { typing, coming: [fresh, again] }
}

async function pushAll(channel: LightChannel, updates: readonly Uint8Array[]): Promise<void> {
  let pushed = 0
  const fill = () => {
    while (channel.pending < WINDOW) {
      const update = updates[pushed]
      if (update === undefined) return
      pushed++
      channel.push(update)
    }
  }
  channel.onAck = fill
  fill()
  await until(() => pushed === updates.length && channel.pending === 0)
  channel.onAck = null
}

function middle(all: readonly Coming[]): Coming {
  const ms = quantile(
    all.map(({ used }) => used.ms),
    0.5,
  )
  const found = all.find(({ used }) => used.ms === ms)
  if (found === undefined) throw new RangeError('nothing was opened')
  return found
}
