/** Scenario D: everybody drops in the same moment and is back at once, each with the position it held. */
import { typed, until } from './edits.ts'
import { LightChannel } from './light-channel.ts'
import { MeasuredServer } from './measured-server.ts'
import type { Position } from './position.ts'
import type { Coming } from './report.ts'

export interface Returning {
  readonly documents: number
  /** In each document. */
  readonly channels: number
  /** Of text, in each document. */
  readonly documentBytes: number
}

const EDIT_BYTES = 1_000

export async function comeBack(
  { documents, channels, documentBytes }: Returning,
  onTrouble: (error: Error) => void,
): Promise<Coming> {
  await using server = await MeasuredServer.start()
  const { syncUrl } = server
  let number = 1
  const join = (document: string, position?: Position) =>
    LightChannel.join({ syncUrl, document, number: number++, onTrouble }, position)
  const held: { readonly document: string; readonly channel: LightChannel }[] = []
  for (let i = 0; i < documents; i++) {
    const document = `returning-${i}`
    const updates = typed(i, Math.ceil(documentBytes / EDIT_BYTES) + 1, EDIT_BYTES)
    const last = updates.pop()
    if (last === undefined) throw new RangeError('a document must hold something')
    const first = await join(document)
    for (const update of updates) first.push(update)
    await until(() => first.pending === 0)
    // These all come when the document is there, so that they know its epoch; the edit after it gives each a hash.
    const here = await Promise.all(Array.from({ length: channels }, () => join(document)))
    first.push(last)
    await until(() => first.pending === 0 && here.every(({ head }) => head === first.head))
    first.drop()
    held.push(...here.map((channel) => ({ document, channel })))
  }
  await server.rest()
  const positions = held.map(({ channel }) => channel.position)
  const used = server.measure()
  for (const { channel } of held) channel.drop()
  const back = await Promise.all(held.map(({ document }, i) => join(document, positions[i])))
  const coming = {
    scenario: `D ${held.length} come back to ${documents} documents, by position`,
    channels: held.length,
    bytes: back.reduce((sum, { bytes }) => sum + bytes, 0),
    used: used(),
  }
  const anew = back.filter(({ resumedAt }, i) => resumedAt !== positions[i]?.seq).length
  if (anew > 0) throw new Error(`${anew} channels came back and were not known by their position`)
  for (const channel of back) channel.drop()
  return coming
}
