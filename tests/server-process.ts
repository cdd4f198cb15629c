/** The real server as a process of its own: started, killed, started again on the same folder and port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const START_MS = 150_000
/** What a server that ended by itself compiled, so that the next one starts in half the time. */
const COMPILED = join(ROOT, 'node_modules/.cache/vellum-server')
const PORT_TRIES = 20

export interface ServerOptions {
  /** A new folder of its own without it. */
  readonly dataDir?: string
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
  readonly flags?: readonly string[]
  /** A file descriptor that standard error goes to; it is kept as `stderr` without it. */
  readonly stderr?: number
  /** A folder with a copy of the project, whose server and page it then is. Default: this project. */
  readonly root?: string
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The process ended before it said that it was ready. */
export class DidNotStart extends Error {
  readonly exit: Exit
  readonly stderr: string
  readonly stdout: string
  constructor(exit: Exit, output: { readonly stdout: string; readonly stderr: string }) {
    super(
      `the server ended with ${exit.code ?? exit.signal} before it was ready:\n${output.stderr.slice(-2000)}`,
    )
    this.exit = exit
    this.stderr = output.stderr
    this.stdout = output.stdout
  }
}

export class ServerProcess {
  readonly dataDir: string
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly exited: Promise<Exit>
  readonly #options: ServerOptions
  readonly #child: ChildProcess
  readonly #output: { stdout: string; stderr: string }

  constructor(from: {
    child: ChildProcess
    exited: Promise<Exit>
    output: { stdout: string; stderr: string }
    url: string
    options: ServerOptions
    dataDir: string
  }) {
    this.#child = from.child
    this.#output = from.output
    this.#options = from.options
    this.exited = from.exited
    this.dataDir = from.dataDir
    this.url = from.url
    this.port = Number(new URL(from.url).port)
    this.pid = from.child.pid ?? 0
  }

  get stdout(): string {
    return this.#output.stdout
  }

  get stderr(): string {
    return this.#output.stderr
  }

  /** What y-websocket's provider takes as its server. */
  get syncUrl(): string {
    return `${this.url.replace('http', 'ws')}/sync`
  }

  /** Sends the signal and waits for the end. May be called on a process that ended. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.#child.kill(signal)
    return this.exited
  }

  /** A new process on the same folder and the same port, once this one has ended. */
  async restart(): Promise<ServerProcess> {
    await this.kill()
    for (let tries = 1; ; tries++) {
      try {
        return await start({ ...this.#options, port: this.port }, this.dataDir)
      } catch (error) {
        // Meanwhile a connection of somebody else's may have been given this port; such a one ends soon.
        if (!(error instanceof DidNotStart && / is taken/.test(error.stderr)) || tries === PORT_TRIES)
          throw error
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    if (this.#options.dataDir === undefined) await removeFolder(this.dataDir)
  }
}

/** Resolves when the server has written its URL. Rejects with DidNotStart. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  return start(options, options.dataDir ?? (await temporaryFolder()))
}

async function start(options: ServerOptions, dataDir: string): Promise<ServerProcess> {
  const { PATH } = process.env
  const child = spawn(
    process.execPath,
    [join(options.root ?? ROOT, 'server/main.ts'), ...(options.flags ?? [])],
    {
      env: {
        PATH,
        NODE_COMPILE_CACHE: COMPILED,
        HOST: '127.0.0.1',
        PORT: String(options.port ?? 0),
        DATA_DIR: dataDir,
        LOG_LEVEL: 'info',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', options.stderr ?? 'pipe'],
    },
  )
  const output = { stdout: '', stderr: '' }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL')
    }, START_MS)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
      const found = /http:\/\/[^\s/]+:\d+/.exec(output.stdout)
      if (found === null) return
      clearTimeout(late)
      resolve(found[0])
    })
    exited.then((exit) => {
      clearTimeout(late)
      reject(new DidNotStart(exit, output))
    }, reject)
  })
  return new ServerProcess({ child, exited, output, url, options, dataDir })
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'vellum-'))
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
