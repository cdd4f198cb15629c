/** The command line as a process of its own. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../server/command/main.ts', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output, a JSON object a line. */
  readonly lines: readonly Record<string, unknown>[]
}

export type Env = Readonly<Record<string, string>>

/** Runs it to its end. `env` is all it has beside PATH. */
export async function vellum(args: readonly string[], env: Env = {}): Promise<Ran> {
  const child = start(args, env)
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return {
    code: await code,
    stdout,
    stderr,
    get lines() {
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    },
  }
}

/** Begins it. */
export function start(args: readonly string[], env: Env = {}) {
  const { PATH = '' } = process.env
  return spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
