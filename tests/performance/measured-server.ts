/** A server on a core of its own, and what it uses there. The process that makes the load keeps to another core. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setInterval } from 'node:timers/promises'
import { type ServerProcess, startServer } from '#tests/server-process.ts'

/** What was used between two moments. */
export interface Used {
  readonly ms: number
  /** Of all threads of the server. */
  readonly cpuUs: number
  /** Time on the processor of the process that makes the load, by `ms`. Near 1 the figures show that process. */
  readonly loadBusy: number
}

/** A server whose processor time in such a stretch is below this is at rest: heartbeats only. */
const REST_MS = 300
const REST_CPU_US = 6_000

export class MeasuredServer {
  readonly #server: ServerProcess

  /** Where the run fails, nobody disposes of this. */
  readonly #end = (): void => {
    process.kill(this.#server.pid, 'SIGKILL')
    rmSync(this.#server.dataDir, { recursive: true, force: true, maxRetries: 3 })
  }

  private constructor(server: ServerProcess) {
    this.#server = server
    process.once('exit', this.#end)
  }

  static async start(): Promise<MeasuredServer> {
    const server = await startServer({
      env: {
        MAX_UPDATES_PER_SECOND: '0',
        MAX_CHANNELS_PER_ADDRESS: '0',
        MAX_HELD_REQUESTS: '0',
        LOG_LEVEL: 'warn',
        // As `npm start` has it.
        NODE_OPTIONS: '--max-semi-space-size=8',
      },
    })
    pin(server.pid, 0)
    pin(process.pid, 1)
    return new MeasuredServer(server)
  }

  get syncUrl(): string {
    return this.#server.syncUrl
  }

  /** Begins to measure; what it returns says what was used since. */
  measure(): () => Used {
    const load = process.cpuUsage()
    const startedAt = performance.now()
    const cpuUs = this.#cpuUs()
    return () => {
      const used = this.#cpuUs() - cpuUs
      const ms = performance.now() - startedAt
      const { user, system } = process.cpuUsage(load)
      return { ms, cpuUs: used, loadBusy: (user + system) / 1000 / ms }
    }
  }

  /** Resolves when the server has nothing to do any more: checkpoints are made after the last edit. */
  async rest(): Promise<void> {
    let before = this.#cpuUs()
    for await (const _ of setInterval(REST_MS)) {
      const now = this.#cpuUs()
      if (now - before < REST_CPU_US) return
      before = now
    }
  }

  get port(): number {
    return this.#server.port
  }

  /** Memory the server holds, in bytes, whatever for. */
  memoryBytes(): number {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#server.pid}/status`, 'utf8'))
    return Number(found?.[1]) * 1024
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#end)
    await this.#server[Symbol.asyncDispose]()
  }

  /** Time on the processor of all threads, in µs. */
  #cpuUs(): number {
    const tasks = `/proc/${this.#server.pid}/task`
    let ns = 0
    for (const task of readdirSync(tasks)) ns += Number(readTask(`${tasks}/${task}/schedstat`).split(' ')[0])
    return ns / 1000
  }
}

function readTask(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The thread ended between the listing and the reading: its time is gone from the list, too.
    return '0'
  }
}

/** All threads of the process, and those they start. Without `taskset` or a second core nothing is pinned. */
function pin(pid: number, core: number): void {
  if (availableParallelism() > 1 || core === 0)
    spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)])
}
