/** The long-poll carrier, downwards: one request, answered with the frames that are new since an offset. */
import type { ServerResponse } from 'node:http'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Answer } from '#server/room/poll.ts'
import { types } from '#shared/frame.ts'
import { encodeOffset } from '#shared/offset.ts'
import { PLAIN, refusalOf, refuse } from './answer.ts'
import { layBufs } from './bufs.ts'

/** Says what a reading of the room came to: 200 with frames, 204 without, or what it was refused with. */
export function answerPoll(response: ServerResponse, answer: Answer, metrics: Metrics): void {
  if (response.destroyed) return
  if (answer.kind === 'refused') {
    metrics.closedWith(answer.code)
    refuse(response, refusalOf(answer.code, answer.reason))
    return
  }
  const { packets, position, told } = answer
  const parts = packets.map((packet) => packet.as(layBufs))
  let length = 0
  for (const part of parts) length += part.length
  const { counts, carriers } = metrics
  for (const { frames } of packets) {
    counts.framesOut += frames.length
    if (frames[0]?.[0] === types.hello) carriers['long-poll'].hellos += 1
  }
  counts.bytesOut += length
  carriers['long-poll'].bytesOut += length
  const headers = { ...PLAIN, 'Stream-Next-Offset': encodeOffset(position), 'Stream-Told': told }
  if (length === 0) {
    response.writeHead(204, headers).end()
    return
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': 'application/octet-stream',
    'Content-Length': length,
  })
  for (const part of parts) response.write(part)
  response.end()
}
