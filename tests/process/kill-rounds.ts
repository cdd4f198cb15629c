/** Kills the server at random moments while people type, starts it again, and looks whether anything that was said to be saved, or that somebody had seen, is missing. */
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'
import { Person } from './people.ts'
import { readWords, Typist } from './typist.ts'

export interface KillTally {
  rounds: number
  acknowledged: number
  seen: number
  /** Acknowledged, or seen by somebody, and not there after the restart. */
  lost: string[]
  /** There more than once. */
  doubled: string[]
}

export interface KillOptions {
  readonly rounds: number
  /** In [0, 1), for the moments of the kills. */
  readonly fraction: () => number
  readonly onRound?: (tally: KillTally) => void
}

const DOCUMENT = 'killed'
const TYPISTS = 4
const NO_LIMITS = {
  MAX_UPDATES_PER_SECOND: '0',
  MAX_NEW_CLIENTS_PER_MINUTE: '0',
  MAX_CHANNELS_PER_ADDRESS: '0',
}

export async function killRounds({ rounds, fraction, onRound }: KillOptions): Promise<KillTally> {
  const tally: KillTally = { rounds: 0, acknowledged: 0, seen: 0, lost: [], doubled: [] }
  const dataDir = await temporaryFolder()
  const expected = new Set<string>()
  let server = await startServer({ dataDir, env: NO_LIMITS })
  try {
    for (let round = 0; round < rounds; round++) {
      const { acknowledged, seen } = await oneRound(server, round, fraction)
      for (const word of [...acknowledged, ...seen]) expected.add(word)
      server = await server.restart()
      const words = await readWords(server.syncUrl, DOCUMENT)
      const held = new Set(words)
      tally.rounds++
      tally.acknowledged += acknowledged.size
      tally.seen += seen.size
      tally.lost = [...expected].filter((word) => !held.has(word))
      if (held.size !== words.length)
        tally.doubled = words.filter((word, index) => words.indexOf(word) !== index)
      onRound?.(tally)
      if (tally.lost.length > 0 || tally.doubled.length > 0) break
    }
  } finally {
    await server.kill()
    await removeFolder(dataDir)
  }
  return tally
}

/** Typists type as fast as they are acknowledged, an observer on the old wire reads along, then the process is killed. */
async function oneRound(
  server: ServerProcess,
  round: number,
  fraction: () => number,
): Promise<{ readonly acknowledged: Set<string>; readonly seen: Set<string> }> {
  const names = Array.from({ length: TYPISTS }, (_, index) => `r${round}t${index}`)
  const typists = await Promise.all(names.map((name) => Typist.sit(server.syncUrl, DOCUMENT, name)))
  const observer = await new Person(server.syncUrl, DOCUMENT).synced()
  // By the words acknowledged, not by the clock: a slow machine is killed in the same places.
  const killAt = 1 + Math.floor(fraction() * 300)
  const burst = 1 + Math.floor(fraction() * 20)
  let isOver = false
  const typing = typists.map(async (typist) => {
    while (!isOver) {
      for (let i = 0; i < burst; i++) typist.type()
      await typist.acknowledgedOr(typist.sent.length)
      if (typist.acknowledged.size < typist.sent.length) return
    }
  })
  await Promise.race(typists.map((typist) => typist.acknowledgedOr(killAt)))
  for (const typist of typists) for (let i = 0; i < burst; i++) typist.type()
  const exited = server.kill('SIGKILL')
  isOver = true
  await Promise.all([exited, ...typing, ...typists.map((typist) => typist.channel.closed)])
  observer.provider.shouldConnect = false
  // Words of earlier rounds are expected already; only those of this one are news.
  const words = observer.doc.getArray<string>('words').toArray()
  const seen = new Set(words.filter((word) => word.startsWith(`r${round}t`)))
  observer.leave()
  return { acknowledged: new Set(typists.flatMap((typist) => [...typist.acknowledged])), seen }
}
