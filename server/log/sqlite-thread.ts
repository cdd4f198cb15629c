/**
 * One thread of the SQLite log as the event loop sees it: started, spoken to, closed. It knows no requests.
 * A thread that ends without having been asked to is fatal: what it was doing is unknown.
 */

import { Worker } from 'node:worker_threads'
import { CannotOpen } from './port.ts'
import type { Ending, Opening, ThreadData } from './sqlite-message.ts'

export interface ThreadOptions<Answer> {
  readonly file: './sqlite-writer.ts' | './sqlite-reader.ts'
  readonly data: ThreadData
  readonly onAnswer: (answer: Answer) => void
  readonly onFatal: (error: Error) => void
}

/** Megabytes a thread's own objects may take; documents' bytes are outside of them and are bounded by requests. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const

export class Thread<Request, Answer> {
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #closing = false

  /** Resolves when the thread has opened the store; rejects with CannotOpen when it cannot. */
  static async start<Request, Answer>(options: ThreadOptions<Answer>): Promise<Thread<Request, Answer>> {
    const worker = new Worker(new URL(options.file, import.meta.url), {
      workerData: options.data,
      resourceLimits: HEAP,
    })
    const opening = await new Promise<Opening>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    if (opening.kind === 'cannotOpen') {
      await worker.terminate()
      throw new CannotOpen(opening.message)
    }
    worker.removeAllListeners('error')
    return new Thread(worker, options)
  }

  private constructor(worker: Worker, { onAnswer, onFatal }: ThreadOptions<Answer>) {
    this.#worker = worker
    let over = false
    const end = (error: Error): void => {
      if (over) return
      over = true
      onFatal(error)
    }
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        if (!this.#closing) end(new Error('a thread of the log ended by itself'))
        resolve()
      })
    })
    worker.on('error', end)
    worker.on('message', (message: Answer | Ending) => {
      if (over) return
      if (isEnding(message)) end(new Error(message.message))
      else onAnswer(message)
    })
  }

  post(request: Request, transfer: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(request, transfer)
  }

  /** Resolves when the thread has done what it was asked before, closed its files and ended. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.#worker.postMessage('close')
    }
    await this.#exited
  }
}

function isEnding(message: unknown): message is Ending {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'fatal'
}
