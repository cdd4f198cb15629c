#!/usr/bin/env node
/** `npm run vellum -- COMMAND`: the one place of the command line that touches the process. */
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { exits } from './command.ts'
import { run } from './program.ts'
import type { Out, ProgressLine, Surroundings } from './surroundings.ts'

const NODE_MAJOR = 26
const CACHE = new URL('../../node_modules/.cache/compiled', import.meta.url)
const CLEAR_LINE = '\r\u001b[2K'
/** As shells say it of a process that was ended by Ctrl-C. */
const INTERRUPTED = 130
/** As shells say it of a process whose reader went: what it did not get to is not done. */
const UNREAD = 141

await main()

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) !== NODE_MAJOR) {
    process.stderr.write(
      `Vellum needs Node ${NODE_MAJOR}; this is ${process.version}. Use "npm run vellum".\n`,
    )
    process.exit(exits.misused)
  }
  // Compiled once, it starts in half the time, and so do its threads, which take it from the environment.
  process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(CACHE)
  enableCompileCache(process.env['NODE_COMPILE_CACHE'])
  // Whoever reads along may have enough: `vellum list | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? UNREAD : exits.failed)
  })
  const cleaning = new Set<() => void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      for (const clean of cleaning) clean()
      process.exit(INTERRUPTED)
    })
  const around: Surroundings = {
    env: process.env,
    version: versionOf(),
    out: standardOutput(),
    progress: standardError(),
    now: () => performance.now(),
    onInterrupted: (clean) => {
      cleaning.add(clean)
      return () => cleaning.delete(clean)
    },
  }
  process.exitCode = await run(process.argv.slice(2), around)
}

function versionOf(): string {
  const file = new URL('../../package.json', import.meta.url)
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'))
  return version
}

function standardOutput(): Out {
  return {
    write: (bytes) => new Promise((resolve) => void process.stdout.write(bytes, () => resolve())),
  }
}

function standardError(): ProgressLine {
  const { stderr } = process
  let isDrawn = false
  return {
    isWatched: stderr.isTTY === true,
    over(line) {
      stderr.write(`${CLEAR_LINE}${line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1))}`)
      isDrawn = line !== ''
    },
    say(line) {
      stderr.write(`${isDrawn ? CLEAR_LINE : ''}${line}\n`)
      isDrawn = false
    },
  }
}
