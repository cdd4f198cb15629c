/** One load over any mixture of carriers: one person in each document types, the others read. */
import type { Seq } from '#shared/id.ts'
import { paced, typed, until } from './edits.ts'
import { HttpPeer } from './http-peer.ts'
import { LightChannel } from './light-channel.ts'
import { MeasuredServer } from './measured-server.ts'
import { quantile, table } from './report.ts'

export type CarrierName = 'websocket' | 'event-stream' | 'long-poll'
/** How many peers of each in each document. */
export type Carriers = Readonly<Partial<Record<CarrierName, number>>>

export interface CarrierLoad {
  readonly documents: number
  readonly carriers: Carriers
  /** Edits of the one who types, in each document. */
  readonly perSecond: number
  readonly seconds: number
}

/** What was measured at the peers of one carrier, in a load of which it is all or a part. */
export interface Cost {
  readonly load: string
  readonly carrier: CarrierName
  readonly peers: number
  readonly deliveries: number
  /** From `push` to the reader, of each delivery over this carrier. */
  readonly deliveredMs: readonly number[]
  readonly acknowledgedMs: readonly number[]
  /** Of the whole load: per delivery, whichever carrier made it. */
  readonly cpuUsPerDelivery: number
  readonly bytesPerPeer: number
  readonly loadBusy: number
}

type Peer = Pick<HttpPeer, 'head' | 'pending' | 'push' | 'drop' | 'onEntries' | 'latenciesMs'>

interface Seat {
  readonly carrier: CarrierName
  readonly peer: Peer
}

const OPENING = 25
const WARM_SECONDS = 3

export async function measureCarriers(
  load: CarrierLoad,
  onTrouble: (error: Error) => void,
): Promise<readonly Cost[]> {
  const { documents, perSecond, seconds } = load
  await using server = await MeasuredServer.start()
  const before = server.memoryBytes()
  const rooms = await openRooms(load, server.syncUrl, onTrouble)
  const warm = Math.ceil(perSecond * WARM_SECONDS)
  const updates = rooms.map((_, room) => typed(room, warm + Math.ceil(perSecond * seconds)))
  const deliveredMs = new Map<CarrierName, number[]>()
  const sentAt: number[][] = rooms.map(() => [])
  for (const [room, seats] of rooms.entries())
    for (const { carrier, peer } of seats.slice(1)) {
      const latencies = deliveredMs.get(carrier) ?? []
      deliveredMs.set(carrier, latencies)
      peer.onEntries = (from: Seq, to: Seq) => {
        // One person types in each document, and each edit is one entry: the first has position 1.
        const now = performance.now()
        for (let at = from as number; at <= to; at++) latencies.push(now - (sentAt[room]?.[at] ?? Number.NaN))
      }
    }
  const type = async (from: number, count: number): Promise<void> => {
    await paced(count * documents, perSecond * documents, (index) => {
      const room = index % documents
      const number = from + Math.floor(index / documents)
      const update = updates[room]?.[number]
      if (update === undefined) return
      if (sentAt[room] !== undefined) sentAt[room][number + 1] = performance.now()
      rooms[room]?.[0]?.peer.push(update)
    })
    // One entry for each edit, from position 1 on.
    await until(() => rooms.every((seats) => isTold(seats, from + count)))
  }
  await type(0, warm)
  await server.rest()
  const peers = rooms.flat().length
  const bytesPerPeer = (server.memoryBytes() - before) / peers
  for (const latencies of deliveredMs.values()) latencies.length = 0
  for (const { peer } of rooms.flat()) peer.latenciesMs = []
  const used = server.measure()
  const count = Math.ceil(perSecond * seconds)
  await type(warm, count)
  const { cpuUs, loadBusy } = used()
  for (const { peer } of rooms.flat()) peer.drop()
  const deliveries = count * (peers - documents)
  const name = Object.entries(load.carriers)
    .map(([carrier, each]) => `${each * documents} ${carrier}`)
    .join(' + ')
  return [...deliveredMs].map(([carrier, latencies]) => ({
    load: name,
    carrier,
    peers,
    deliveries: latencies.length,
    deliveredMs: latencies,
    acknowledgedMs: rooms.flatMap(([writer]) => (writer?.carrier === carrier ? writer.peer.latenciesMs : [])),
    cpuUsPerDelivery: cpuUs / deliveries,
    bytesPerPeer,
    loadBusy,
  }))
}

/** The one who types comes first; documents take turns in which carrier that is. */
async function openRooms(
  { documents, carriers }: CarrierLoad,
  syncUrl: string,
  onTrouble: (error: Error) => void,
): Promise<Seat[][]> {
  const names = Object.entries(carriers).flatMap(([carrier, each]) =>
    Array.from({ length: each }, () => carrier as CarrierName),
  )
  const rooms: Seat[][] = []
  for (let room = 0; room < documents; room++) {
    const turned = Math.floor((room / documents) * names.length)
    const inTurn = [...names.slice(turned), ...names.slice(0, turned)]
    const seats: Seat[] = []
    for (let from = 0; from < inTurn.length; from += OPENING) {
      const some = inTurn.slice(from, from + OPENING).map(async (carrier, i): Promise<Seat> => {
        const number = room * names.length + from + i + 1
        const options = { syncUrl, document: `carriers-${room}`, number, onTrouble }
        const peer =
          carrier === 'websocket' ? await LightChannel.join(options) : await HttpPeer.join(carrier, options)
        return { carrier, peer }
      })
      seats.push(...(await Promise.all(some)))
    }
    rooms.push(seats)
  }
  return rooms
}

function isTold(seats: readonly Seat[], head: number): boolean {
  return seats.every(({ peer }) => peer.pending === 0 && peer.head === head)
}

export function costTable(costs: readonly Cost[]): string {
  return table(
    [
      'load',
      'figures of',
      'deliveries',
      'server CPU µs/delivery',
      'memory KB/peer',
      'delivered p50 ms',
      'p99 ms',
      'acknowledged p50 ms',
      'p99 ms',
      'load busy %',
    ],
    costs.map((cost) => [
      cost.load,
      cost.carrier,
      String(cost.deliveries),
      cost.cpuUsPerDelivery.toFixed(1),
      (cost.bytesPerPeer / 1024).toFixed(1),
      ...[0.5, 0.99].map((share) => quantile(cost.deliveredMs, share).toFixed(1)),
      ...[0.5, 0.99].map((share) => quantile(cost.acknowledgedMs, share).toFixed(1)),
      (cost.loadBusy * 100).toFixed(0),
    ]),
  )
}
