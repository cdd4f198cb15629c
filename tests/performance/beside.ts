/** What those who write notice of something that runs beside them: their acknowledgements, with it and without, in turn. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ServerProcess } from '#tests/server-process.ts'
import { typed, until } from './edits.ts'
import { LightChannel } from './light-channel.ts'
import { quantile, table } from './report.ts'

const WRITERS = 20
const EDITS_PER_SECOND = 10
/** Enough for all rounds: each of a writer's edits is made before anything is measured. */
const SECONDS = 600
const PROGRAM = fileURLToPath(new URL('../../server/command/main.ts', import.meta.url))
const LOOK_MS = 20

export interface Beside {
  readonly server: ServerProcess
  readonly rounds: number
  /** Arguments of the command line, of this round. */
  readonly command: (round: number) => readonly string[]
}

/** Rounds in which the command runs and rounds of the same length in which nothing does, as a table. */
export async function beside({ server, rounds, command }: Beside): Promise<string> {
  const onTrouble = (error: Error): void => {
    throw error
  }
  const writers = await Promise.all(
    Array.from({ length: WRITERS }, (_, number) =>
      LightChannel.join({ syncUrl: server.syncUrl, document: `writer-${number}`, number, onTrouble }),
    ),
  )
  const updates = writers.map((_, writer) => typed(writer, SECONDS * EDITS_PER_SECOND))
  let next = 0
  const typing = setInterval(
    () => {
      const writer = next % WRITERS
      const update = updates[writer]?.[Math.floor(next / WRITERS)]
      next += 1
      if (update !== undefined) writers[writer]?.push(update)
    },
    1_000 / (WRITERS * EDITS_PER_SECOND),
  )
  const measured = async (run: () => Promise<unknown>): Promise<readonly number[]> => {
    for (const writer of writers) writer.latenciesMs = []
    await run()
    return writers.flatMap(({ latenciesMs }) => latenciesMs)
  }
  const lasting = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  await lasting(3_000)
  const idleBytes = memoryOf(server.pid)
  const rows: string[][] = []
  const all = { without: [] as number[], beside: [] as number[] }
  let peaks = { command: 0, server: 0 }
  for (let round = 0; round < rounds; round++) {
    let ms = 0
    const disturbed = await measured(async () => {
      const startedAt = performance.now()
      const found = await peaksOf(server.pid, command(round))
      peaks = {
        command: Math.max(peaks.command, found.command),
        server: Math.max(peaks.server, found.server),
      }
      ms = performance.now() - startedAt
    })
    const without = await measured(() => lasting(ms))
    all.without.push(...without)
    all.beside.push(...disturbed)
    rows.push(rowOf(`round ${round + 1}, ${(ms / 1_000).toFixed(1)} s`, without, disturbed))
  }
  clearInterval(typing)
  await until(() => writers.every(({ pending }) => pending === 0))
  for (const writer of writers) writer.drop()
  rows.push(rowOf('all', all.without, all.beside))
  const head = ['acknowledgements', 'p50 without', 'p50 beside', 'p99 without', 'p99 beside', 'p99 ratio']
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)
  return `${table(head, rows)}Command: at most ${megabytes(peaks.command)} MB. Server: at most ${megabytes(peaks.server)} MB, ${megabytes(peaks.server - idleBytes)} over what it held before.\n`
}

function rowOf(title: string, without: readonly number[], disturbed: readonly number[]): string[] {
  const [p50, p50Beside] = [quantile(without, 0.5), quantile(disturbed, 0.5)]
  const [p99, p99Beside] = [quantile(without, 0.99), quantile(disturbed, 0.99)]
  return [
    title,
    ...[p50, p50Beside, p99, p99Beside].map((ms) => `${ms.toFixed(1)} ms`),
    (p99Beside / p99).toFixed(2),
  ]
}

/** Runs the command, and looks at how much memory it and the server hold. */
async function peaksOf(
  server: number,
  argv: readonly string[],
): Promise<{ command: number; server: number }> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, ...argv], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const peaks = { command: 0, server: 0 }
  const looking = setInterval(() => {
    peaks.command = Math.max(peaks.command, memoryOf(child.pid ?? 0))
    peaks.server = Math.max(peaks.server, memoryOf(server))
  }, LOOK_MS)
  const [code] = await once(child, 'close')
  clearInterval(looking)
  if (code !== 0) throw new Error(`the command ended with ${String(code)}`)
  return peaks
}

/** Resident bytes; 0 of a process that is gone. */
function memoryOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    // It ended between two looks.
    return 0
  }
}
