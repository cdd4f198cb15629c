/** The committing process as a test holds it: what it said, and a way to wait for what it says next. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Log } from '#server/log/port.ts'
import { texts, upTo } from './writing.ts'

const PROGRAM = './committer.ts'

export class Child {
  /** The newest position of each document that the process was told is saved. */
  readonly saved = new Map<string, number>()
  readonly said: string[] = []
  readonly #process: ChildProcess
  readonly #closed: Promise<unknown>
  #waiting: { readonly until: (line: string) => boolean; readonly resolve: (line: string) => void }[] = []

  /** `under` is a program and its arguments that is to run the process, for instance under a tracer. */
  constructor(folder: string, under: readonly string[] = [], program: string = PROGRAM) {
    const path = fileURLToPath(new URL(program, import.meta.url))
    const [command = '', ...rest] = [...under, process.execPath, path, folder]
    this.#process = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#closed = once(this.#process, 'close')
    const { stdout } = this.#process
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#hear(line))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The next line that is `until`. Rejects when the process ends before. */
  heard(until: (line: string) => boolean): Promise<string> {
    const line = new Promise<string>((resolve) => this.#waiting.push({ until, resolve }))
    return Promise.race([
      line,
      this.#closed.then(() => Promise.reject(new Error(`it ended; its last words: ${this.said.at(-1)}`))),
    ])
  }

  /** Resolves after that many more entries of anything were said to be saved. */
  async saves(count: number): Promise<void> {
    let left = count
    await this.heard((line) => line.startsWith('saved') && --left <= 0)
  }

  again(): void {
    this.#process.stdin?.write('again\n')
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#closed
  }

  async exit(): Promise<number | null> {
    await this.#closed
    return this.#process.exitCode
  }

  #hear(line: string): void {
    this.said.push(line)
    const [word, name = '', position = ''] = line.split(' ')
    if (word === 'saved') this.saved.set(name, Number(position))
    this.#waiting = this.#waiting.filter(({ until, resolve }) => {
      if (!until(line)) return true
      resolve(line)
      return false
    })
  }
}

/** What of `saved` the log does not hold as it was written; and that what it holds is without a gap. */
export async function missing(log: Log, saved: ReadonlyMap<string, number>): Promise<readonly string[]> {
  const lost: string[] = []
  for (const [name, position] of saved) {
    const found = await texts(log, name)
    const whole = upTo(found.length).every((seq) => found[seq - 1] === `${name}${seq}`)
    if (!whole || found.length < position) lost.push(`${name}: ${found.length} of ${position}`)
  }
  return lost
}
