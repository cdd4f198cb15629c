/** Lines of a log, in a file or on standard error. What cannot be written is left out: no log is worth the server. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** How often a pipe that is full is tried again, and after how long each time. */
const TRIES = 10
const TRY_MS = 5
const STANDARD_ERROR = 2
/** What turns or hides text around it, or commands a terminal, and stands in JSON as it is. */
const UNPRINTABLE =
  /[\u007f-\u009f\u2028\u2029\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu

/** Write at once, since the last line before an exit must not be lost; never throws. */
export class Lines {
  readonly #fd: number
  readonly #onDropped: () => void
  #dropped = 0
  /** The start of a line stands there without its end. */
  #isTorn = false

  private constructor(fd: number, onDropped: () => void) {
    this.#fd = fd
    this.#onDropped = onDropped
  }

  static standardError(onDropped: () => void): Lines {
    return new Lines(STANDARD_ERROR, onDropped)
  }

  /** Added to what is there, for nobody else to read. Throws where the file cannot be opened. */
  static file(path: string, onDropped: () => void): Lines {
    mkdirSync(dirname(path), { recursive: true })
    return new Lines(openSync(path, 'a', 0o600), onDropped)
  }

  /** `line` is JSON, with its end: as programs read it nothing of it changes, people see it as it is. */
  write(line: string): void {
    const missed = this.#dropped === 0 ? '' : `${JSON.stringify({ level: 'warn', leftOut: this.#dropped })}\n`
    const bytes = Buffer.from(`${this.#isTorn ? '\n' : ''}${missed}${legible(line)}`)
    const written = this.#put(bytes)
    if (written > 0) this.#isTorn = written < bytes.length
    if (written === bytes.length) {
      this.#dropped = 0
      return
    }
    this.#dropped += 1
    this.#onDropped()
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** How many of these bytes stand there now. */
  #put(bytes: Buffer): number {
    let written = 0
    for (let tries = 0; written < bytes.length && tries < TRIES; ) {
      try {
        written += writeSync(this.#fd, bytes, written)
      } catch (error) {
        if (!isFull(error)) break
        tries += 1
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_MS)
      }
    }
    return written
  }
}

function legible(json: string): string {
  return json.replace(UNPRINTABLE, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A pipe whose reader is behind, as against a disk that is full or a reader that is gone. */
function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
