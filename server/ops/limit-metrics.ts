/** How often somebody came to a limit, by which. Limits on one channel's rates are counted as times it was slowed. */
import { Counter, type Registry } from 'prom-client'

const limits = {
  channelsPerAddress: 'channels_per_address',
  channelsPerPerson: 'channels_per_person',
  requests: 'requests',
  signIns: 'sign_ins',
  newDocuments: 'new_documents',
  newcomers: 'newcomers',
  connections: 'connections',
  malformed: 'malformed',
  answers: 'answers',
  firstFrame: 'first_frame',
  heldRequests: 'held_requests',
  postedBytes: 'posted_bytes',
  bodyBytes: 'body_bytes',
  content: 'content',
  presenceBytes: 'presence_bytes',
  rooms: 'rooms',
} as const

export type Limited = Record<keyof typeof limits, number>

export function limitMetrics(registry: Registry): Limited {
  const names = Object.keys(limits) as (keyof Limited)[]
  const limited = Object.fromEntries(names.map((name) => [name, 0])) as Limited
  new Counter({
    name: 'vellum_limited_total',
    help: 'Times somebody was turned away or cut, by the limit they came to',
    registers: [registry],
    labelNames: ['limit'],
    collect() {
      this.reset()
      for (const name of names) this.inc({ limit: limits[name] }, limited[name])
    },
  })
  return limited
}
