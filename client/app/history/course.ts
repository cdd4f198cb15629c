/** The life of the document that is open, kept up with while its history is looked at. */
import type { Clock } from '#shared/time.ts'
import type { OpenedDocument } from '../opened.ts'
import { type Refusal, refusalFrom } from '../refusal.ts'
import type { HistoryApi, Me } from './history-api.ts'
import { grown, type Life, NO_LIFE } from './life.ts'

export interface CourseParts {
  readonly api: HistoryApi
  readonly opened: OpenedDocument
  readonly clock: Clock
  readonly changed: () => void
}

/** Who writes mostly writes on: the life is read again a while after. */
const GATHER_MS = 1_500
/** More sittings than can have begun since it was read. */
const NEWEST = 50

export class Course {
  readonly #parts: CourseParts
  readonly #giveUp = new AbortController()
  #reading = false
  #isStale = false
  #cancel: (() => void) | null = null
  /** Null until it is known, and where nobody is. */
  me: Me | null = null
  /** Null until it was read once. */
  life: Life | null = null
  /** Why it could not be read; null when it was. */
  refusal: Refusal | null = null

  constructor(parts: CourseParts) {
    this.#parts = parts
    parts.opened.doc.on('update', this.#soon)
    void this.read()
  }

  /** Reads what is new in it; all of it for the first time. Never rejects. */
  async read(): Promise<void> {
    if (this.#reading) {
      this.#isStale = true
      return
    }
    this.#reading = true
    const { api, changed } = this.#parts
    const { signal } = this.#giveUp
    try {
      const known = this.life?.sittings ?? []
      const [sittings, versions, me] = await Promise.all([
        known.length === 0 ? api.sittings(signal) : api.sittings(signal, NEWEST),
        api.versions(signal),
        // Who is not known is called what the log calls them: the history is no worse for it.
        this.me ?? api.me(signal).catch(() => null),
      ])
      this.me = me
      this.life = { sittings: known.length === 0 ? sittings : grown(known, sittings), versions }
      this.refusal = null
    } catch (error) {
      const refusal = refusalFrom(error)
      if (refusal.kind === 'missing' && this.#isUnwritten) this.#begin()
      else if (!signal.aborted) this.refusal = refusal
    }
    this.#reading = false
    if (signal.aborted) return
    changed()
    if (this.#isStale) {
      this.#isStale = false
      this.#soon()
    }
  }

  /** Whether the server knows no document here because there is none yet. */
  get #isUnwritten(): boolean {
    return this.life === null && this.#parts.opened.doc.store.clients.size === 0
  }

  #begin(): void {
    this.life = NO_LIFE
    this.refusal = null
  }

  close(): void {
    this.#parts.opened.doc.off('update', this.#soon)
    this.#cancel?.()
    this.#giveUp.abort()
  }

  readonly #soon = (): void => {
    this.#cancel ??= this.#parts.clock.after(GATHER_MS, () => {
      this.#cancel = null
      void this.read()
    })
  }
}
