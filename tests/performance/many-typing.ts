/** Scenarios A and B: people who type at a steady rate, in one document or in many. */
import { paced, typed, until } from './edits.ts'
import { LightChannel } from './light-channel.ts'
import { MeasuredServer } from './measured-server.ts'
import type { Typing } from './report.ts'

export interface Crowd {
  readonly scenario: string
  readonly documents: number
  /** In each document. */
  readonly channels: number
  /** In each document; the other channels read. */
  readonly writers: number
  /** Edits of each writer. */
  readonly perSecond: number
  readonly seconds: number
}

/** Channels that are opened at a time. */
const OPENING = 50
/** Typed before anything is measured: the server's code is compiled by then, and each writer's id is known. */
const WARM_SECONDS = 1

export async function typeTogether(crowd: Crowd, onTrouble: (error: Error) => void): Promise<Typing> {
  const { documents, perSecond, seconds } = crowd
  await using server = await MeasuredServer.start()
  const rooms = await openRooms(crowd, server.syncUrl, onTrouble)
  const channels = rooms.flat()
  // One writer of each document after the other, so that a document's writers do not type in the same moment.
  const writers: LightChannel[] = []
  for (let writer = 0; writer < crowd.writers; writer++)
    for (const room of rooms) writers.push(...room.slice(writer, writer + 1))
  const warm = Math.ceil(perSecond * WARM_SECONDS)
  const updates = writers.map((_, writer) => typed(writer, warm + perSecond * seconds))
  const type = async (from: number, count: number) => {
    await paced(count * writers.length, perSecond * writers.length, (index) => {
      const writer = index % writers.length
      const update = updates[writer]?.[from + Math.floor(index / writers.length)]
      if (update !== undefined) writers[writer]?.push(update)
    })
    await until(() => rooms.every(isTold))
  }
  await type(0, warm)
  for (const channel of channels) channel.latenciesMs = []
  await server.rest()
  const used = server.measure()
  await type(warm, perSecond * seconds)
  const edits = perSecond * seconds * writers.length
  const row = {
    scenario: crowd.scenario,
    edits,
    deliveries: edits * (channels.length / documents - 1),
    latenciesMs: writers.flatMap(({ latenciesMs }) => latenciesMs),
    used: used(),
  }
  for (const channel of channels) channel.drop()
  return row
}

/** Everything pushed is acknowledged, and has come to everybody. */
function isTold(room: readonly LightChannel[]): boolean {
  const head = Math.max(...room.map((channel) => channel.head))
  return room.every((channel) => channel.pending === 0 && channel.head === head)
}

async function openRooms(
  { documents, channels }: Crowd,
  syncUrl: string,
  onTrouble: (error: Error) => void,
): Promise<LightChannel[][]> {
  const opened: LightChannel[] = []
  for (let from = 0; from < documents * channels; from += OPENING) {
    const count = Math.min(OPENING, documents * channels - from)
    const some = Array.from({ length: count }, (_, i) => {
      const number = from + i
      const document = `typing-${Math.floor(number / channels)}`
      return LightChannel.join({ syncUrl, document, number: number + 1, onTrouble })
    })
    opened.push(...(await Promise.all(some)))
  }
  return Array.from({ length: documents }, (_, room) => opened.slice(room * channels, (room + 1) * channels))
}
