/**
 * An access store on SQLite: one file in the data folder, on a thread of its own. It answers in the order it was
 * asked, so no message carries a number.
 */
import { Worker } from 'node:worker_threads'
import type { DocumentId } from '#shared/id.ts'
import type { Share } from './share.ts'
import type { AccessAnswer, AccessRequest } from './sqlite-tables.ts'
import {
  type AccessStore,
  type Joined,
  type Named,
  type ShareRoom,
  type StoredSession,
  StoreFailed,
  type TakenBack,
} from './store.ts'

/** Megabytes the thread's own objects may take. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const

const NO_BOUND: ShareRoom = { most: Number.MAX_SAFE_INTEGER, endedBeforeMs: 0 }

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export interface SqliteAccessOptions {
  /** The data folder, which is there. */
  readonly folder: string
  /** Called once, when the thread ended without having been asked to. */
  readonly onFatal: (error: Error) => void
}

/** Rejects with StoreFailed, whose message is meant for the person who started the server. */
export async function openSqliteAccess({ folder, onFatal }: SqliteAccessOptions): Promise<AccessStore> {
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
    workerData: { folder },
    resourceLimits: HEAP,
  })
  const opening = await new Promise<AccessAnswer>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  if (opening.kind === 'failed') {
    await worker.terminate()
    throw new StoreFailed(`What people may do cannot be read from ${folder}: ${opening.message}.`)
  }
  worker.removeAllListeners('error')
  return new SqliteAccessStore(worker, onFatal)
}

class SqliteAccessStore implements AccessStore {
  readonly #worker: Worker
  readonly #asked: Asked[] = []
  readonly #exited: Promise<void>
  #isClosing = false

  constructor(worker: Worker, onFatal: (error: Error) => void) {
    this.#worker = worker
    let over = false
    const end = (error: Error): void => {
      if (over || this.#isClosing) return
      over = true
      for (const { reject } of this.#asked.splice(0)) reject(new StoreFailed(error.message))
      onFatal(error)
    }
    worker.on('error', end)
    worker.on('message', (answer: AccessAnswer) => {
      const asked = this.#asked.shift()
      if (answer.kind === 'failed') asked?.reject(new StoreFailed(answer.message))
      else asked?.resolve(answer.value)
    })
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        end(new Error('the thread that keeps sessions and shares ended by itself'))
        resolve()
      })
    })
  }

  session(id: string): Promise<StoredSession | null> {
    return this.#ask({ kind: 'session', id }) as Promise<StoredSession | null>
  }

  async putSession(session: StoredSession): Promise<void> {
    await this.#ask({ kind: 'putSession', session })
  }

  async removeSession(id: string): Promise<void> {
    await this.#ask({ kind: 'removeSession', id })
  }

  tidySessions(limits: { readonly usedBeforeMs: number; readonly most: number }): Promise<readonly string[]> {
    return this.#ask({ kind: 'tidySessions', ...limits }) as Promise<readonly string[]>
  }

  share(id: string): Promise<Share | null> {
    return this.#ask({ kind: 'share', id }) as Promise<Share | null>
  }

  shareOf(tokenHash: string): Promise<Share | null> {
    return this.#ask({ kind: 'shareOf', tokenHash }) as Promise<Share | null>
  }

  shares(document: DocumentId): Promise<readonly Share[]> {
    return this.#ask({ kind: 'shares', document }) as Promise<readonly Share[]>
  }

  addShare(share: Share, tokenHash: string, room = NO_BOUND): Promise<boolean> {
    return this.#ask({ kind: 'addShare', share, tokenHash, room }) as Promise<boolean>
  }

  tidyShares(endedBeforeMs: number): Promise<readonly string[]> {
    return this.#ask({ kind: 'tidyShares', endedBeforeMs }) as Promise<readonly string[]>
  }

  async putShare(share: Share): Promise<void> {
    await this.#ask({ kind: 'putShare', share })
  }

  joined(): Promise<readonly Joined[]> {
    return this.#ask({ kind: 'joined' }) as Promise<readonly Joined[]>
  }

  async join(joined: Joined): Promise<void> {
    await this.#ask({ kind: 'join', joined })
  }

  named(subs: readonly string[]): Promise<readonly Named[]> {
    return this.#ask({ kind: 'named', subs }) as Promise<readonly Named[]>
  }

  async putName(named: Named): Promise<void> {
    await this.#ask({ kind: 'putName', named })
  }

  takenBack(): Promise<readonly TakenBack[]> {
    return this.#ask({ kind: 'takenBack' }) as Promise<readonly TakenBack[]>
  }

  async takeBack(one: TakenBack): Promise<void> {
    await this.#ask({ kind: 'takeBack', one })
  }

  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true
      this.#worker.postMessage('close')
    }
    await this.#exited
  }

  #ask(request: AccessRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isClosing) throw new StoreFailed('it is closed')
      this.#asked.push({ resolve, reject })
      this.#worker.postMessage(request)
    })
  }
}
