/** Every limit there is: named, with a default that is one, counted where it is come to, and tried somewhere. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig } from '#server/config.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { settings } from '#server/settings.ts'

interface Told {
  /** What counts those who come to it. */
  readonly metric: string
  /** Where somebody comes to it, and the words that stand there. */
  readonly tried: readonly [file: string, words: string]
}

const limited = (limit: string) => `vellum_limited_total{limit="${limit}"}`
const SLOWED = 'vellum_slowed_total'

const limits: Readonly<Record<string, Told>> = {
  maxFrameBytes: {
    metric: 'vellum_closed_total{code="4413"}',
    tried: ['carriers/hostile-frames', 'MAX_FRAME_BYTES'],
  },
  maxDocumentBytes: { metric: 'vellum_refused_total{code="4413"}', tried: ['room/intake', 'documentBytes'] },
  maxUpdatesPerSecond: { metric: SLOWED, tried: ['room/pace', 'updatesPerSecond'] },
  maxBytesPerSecond: { metric: SLOWED, tried: ['room/pace', 'bytesPerSecond'] },
  maxSignalsPerSecond: { metric: SLOWED, tried: ['room/pace', 'signalsPerSecond'] },
  maxAnswerBytesPerSecond: { metric: limited('answers'), tried: ['room/pace', 'limited.answers'] },
  maxNewClientsPerMinute: { metric: SLOWED, tried: ['room/intake', 'newClientsPerMinute'] },
  maxWorkerMsPerSecond: { metric: SLOWED, tried: ['room/workers', 'asker?.spent(6_000)'] },
  maxChannelsPerAddress: {
    metric: limited('channels_per_address'),
    tried: ['gate/http', 'MAX_CHANNELS_PER_ADDRESS'],
  },
  maxChannelsPerPerson: {
    metric: limited('channels_per_person'),
    tried: ['gate/quota', 'channelsPerPerson'],
  },
  maxRequestsPerSecond: { metric: limited('requests'), tried: ['process/limits', "limited('requests')"] },
  maxSignInsPerMinute: { metric: limited('sign_ins'), tried: ['process/limits', "limited('sign_ins')"] },
  maxNewDocumentsPerHour: {
    metric: limited('new_documents'),
    tried: ['process/limits', "limited('new_documents')"],
  },
  maxNewcomers: { metric: limited('newcomers'), tried: ['gate/newcomers', 'max: 3'] },
  maxConnectionsPerSecond: { metric: limited('connections'), tried: ['gate/turns', 'limited.connections'] },
  maxMalformedPerMinute: { metric: limited('malformed'), tried: ['gate/turns', 'limited.malformed'] },
  firstFrameWithinMs: { metric: limited('first_frame'), tried: ['gate/websocket', 'firstFrame'] },
  maxHeldRequests: { metric: limited('held_requests'), tried: ['gate/http', 'maxHeld'] },
  maxPostedBytes: { metric: limited('posted_bytes'), tried: ['gate/untaken', 'maxPostedBytes'] },
  maxRooms: { metric: limited('rooms'), tried: ['process/limits', "limited('rooms')"] },
  maxPartialBytes: { metric: 'vellum_partial_bytes', tried: ['gate/partials', 'maxBytes'] },
  maxWaitingBytes: { metric: 'vellum_waiting_bytes', tried: ['room/lagging', 'waitingBytes'] },
  channelQueueBytes: { metric: 'vellum_lagging_channels', tried: ['room/lagging', 'queueBytes'] },
  maxContentWaiting: { metric: limited('content'), tried: ['process/fair-content', "limited('content')"] },
  presenceBytes: { metric: limited('presence_bytes'), tried: ['room/pace', 'limited.presenceBytes'] },
}
/** Written like a limit, and is how often something is done. */
const OTHERS = ['lookAtLogMs']

const read = readConfig({}, [])
if (read.kind !== 'config') throw new Error('the settings were refused')
const { config } = read
const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')

test('every setting that is a limit is among those that are counted and tried, and nothing else is', () => {
  const written = Object.entries(settings).filter(
    ([, { expects }]) => expects === 'a whole number, or 0 for no limit',
  )
  const names = written.map(([key]) => key).filter((key) => !OTHERS.includes(key))
  expect(Object.keys(limits).toSorted()).toEqual(names.toSorted())
})

test('whoever comes to a limit is counted by one of those that are read, and no count is of none', async () => {
  const text = await new Metrics().registry.metrics()
  const counted = Object.values(limits).map(({ metric }) => metric)
  for (const metric of counted)
    expect(text).toMatch(new RegExp(`^${metric.replace(/[{}]/g, '\\$&')} 0$`, 'm'))
  const there = [...text.matchAll(/^(vellum_limited_total\{limit="\w+"\})/gm)].map(([, metric]) => metric)
  // The size of a body follows from that of a frame.
  expect(there.filter((metric) => !counted.includes(metric ?? ''))).toEqual([limited('body_bytes')])
})

test.each(Object.entries(limits))(
  '%s has a default that is a limit, a line for those who run a server, and is tried',
  (key, { tried }) => {
    const value = config[key as keyof typeof config]
    expect(Number.isFinite(value) && Number(value) > 0).toBe(true)
    const { name } = settings[key as keyof typeof settings]
    expect(page).toContain(
      `| \`${name}\` | \`--${name.toLowerCase().replaceAll('_', '-')}\` | \`${value}\` |`,
    )
    const [file, words] = tried
    const path = new URL(`../${file}.test.ts`, import.meta.url)
    expect(existsSync(path), file).toBe(true)
    expect(readFileSync(path, 'utf8')).toContain(words)
  },
)
