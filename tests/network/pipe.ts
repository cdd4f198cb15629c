/** One way of a connection: bytes in order, late by as much as is said, or held back until they may go on. */
import type { Socket } from 'node:net'

export interface PipeRules {
  readonly latencyMs: number
  readonly isHeld: boolean
}

export interface PipeParts {
  readonly from: Socket
  readonly to: Socket
  /** Told of what came; false when the connection has ended by that. */
  readonly onBytes: (count: number) => boolean
}

interface Waiting {
  readonly due: number
  readonly pass: () => void
}

export class Pipe {
  readonly #to: Socket
  #rules: PipeRules = { latencyMs: 0, isHeld: false }
  #waiting: Waiting[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor({ from, to, onBytes }: PipeParts) {
    this.#to = to
    // Whatever goes wrong with a socket is followed by its `close`.
    from.on('error', () => undefined)
    from.on('data', (bytes: Buffer) => {
      if (!onBytes(bytes.length)) return
      this.#take(() => {
        if (this.#to.write(bytes)) return
        from.pause()
        this.#to.once('drain', () => from.resume())
      })
    })
    from.on('end', () => this.#take(() => this.#to.end()))
  }

  follow(rules: PipeRules): void {
    this.#rules = rules
    this.#pump()
  }

  /** Calls back once everything that came so far has gone on. */
  whenEmpty(then: () => void): void {
    this.#take(then)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#waiting = []
  }

  #take(pass: () => void): void {
    // A shorter latency does not let later bytes overtake earlier ones: they wait in line.
    this.#waiting.push({ due: performance.now() + this.#rules.latencyMs, pass })
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    if (this.#rules.isHeld) return
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const left = first.due - performance.now()
      if (left > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(left))
        return
      }
      this.#waiting.shift()
      first.pass()
    }
  }
}
