/** One connection of a line: a pipe each way, and what ends it. */
import type { Socket } from 'node:net'
import type { LineRules } from './line.ts'
import { Pipe } from './pipe.ts'

interface ConnectionParts {
  readonly near: Socket
  readonly far: Socket
  /** What may still pass before it is lost; null for as much as there is. */
  readonly bytesLeft: number | null
  /** `byRule`: it carried something, and was ended here. */
  readonly onEnded: (byRule: boolean) => void
}

export class Connection {
  readonly #parts: ConnectionParts
  readonly #pipes: readonly Pipe[]
  #bytesLeft: number | null
  #age: ReturnType<typeof setTimeout> | undefined
  #silence: ReturnType<typeof setTimeout> | undefined
  readonly #startedAt = performance.now()
  #hasEnded = false
  /** A browser opens some in advance. */
  #isUsed = false

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.#bytesLeft = parts.bytesLeft
    const { near, far } = parts
    const onBytes = (count: number): boolean => this.#passes(count)
    this.#pipes = [new Pipe({ from: near, to: far, onBytes }), new Pipe({ from: far, to: near, onBytes })]
    for (const socket of [near, far]) socket.on('close', () => this.#closed(socket))
  }

  follow({ latencyMs = 0, cutAfterMs, cutIdleMs, isDown = false, isBlackHole = false }: LineRules): void {
    if (isDown) {
      this.cut()
      return
    }
    for (const pipe of this.#pipes) pipe.follow({ latencyMs, isHeld: isBlackHole })
    clearTimeout(this.#age)
    clearTimeout(this.#silence)
    this.#silence = undefined
    const cut = (): void => this.cut()
    if (cutAfterMs !== undefined) {
      const left = cutAfterMs - (performance.now() - this.#startedAt)
      this.#age = setTimeout(cut, Math.max(0, left))
    }
    if (cutIdleMs !== undefined) this.#silence = setTimeout(cut, cutIdleMs)
  }

  cut(): void {
    this.#end(true)
  }

  #passes(count: number): boolean {
    this.#isUsed = true
    this.#silence?.refresh()
    if (this.#bytesLeft === null) return true
    this.#bytesLeft -= count
    if (this.#bytesLeft > 0) return true
    this.#end(true)
    return false
  }

  /** A silent line does not tell either that somebody is gone. */
  #closed(socket: Socket): void {
    const [forth, back] = this.#pipes
    const pipe = socket === this.#parts.near ? forth : back
    pipe?.whenEmpty(() => this.#end(false))
  }

  #end(byRule: boolean): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#age)
    clearTimeout(this.#silence)
    for (const pipe of this.#pipes) pipe.stop()
    if (byRule) {
      this.#parts.near.resetAndDestroy()
      this.#parts.far.resetAndDestroy()
    } else {
      this.#parts.near.destroy()
      this.#parts.far.destroy()
    }
    this.#parts.onEnded(byRule && this.#isUsed)
  }
}
