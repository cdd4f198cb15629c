/** Who was let in, who was not, and who changed what others may. Never content, tokens or secrets. */
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Action } from './action.ts'

export interface AuditLine {
  readonly event:
    | 'let in'
    | 'refused'
    | 'turned out'
    | 'took up a token'
    | 'took up a share'
    | 'signed out'
    | 'made a share'
    | 'changed a share'
    | 'revoked a share'
    | 'took back tokens'
    /** Something that is asked for by name, and done: `act`. */
    | 'did'
  /** Who; null where nobody knows. */
  readonly author: string | null
  readonly document: DocumentId | null
  readonly action?: Action
  /** The operation of the API, as its description names it. */
  readonly act?: string
  readonly role?: Role
  /** By what they were let in. */
  readonly by?: string | null
  /** Why not. */
  readonly reason?: string
  /** The id of a share. */
  readonly share?: string
  /** How many lines like this one were left out, in a minute before. */
  readonly leftOut?: number
  /** Whose tokens. */
  readonly of?: string
}

export interface Audit {
  note(line: AuditLine): void
}

/** The same again within this is not told again: a poll asks every few seconds. */
const SAME_MS = 10 * 60_000
const MAX_SAME = 10_000
/** Lines a minute about those who were refused; who asks without end must not fill the disk. */
const REFUSED_LINES = 120
const MINUTE_MS = 60_000

/** Leaves out what was told just before, and most of what one who is refused without end would bring. */
export class QuietAudit implements Audit {
  readonly #to: Audit
  readonly #wall: () => number
  readonly #told = new Map<string, number>()
  #minute = 0
  #refused = 0

  constructor(to: Audit, wall: () => number) {
    this.#to = to
    this.#wall = wall
  }

  note(line: AuditLine): void {
    const now = this.#wall()
    this.#sumUp(now)
    if (line.event === 'refused' && !this.#hasRoom()) return
    const isAct = line.action === 'manage' || line.action === 'share' || line.action === 'govern'
    if (line.event === 'let in' && !isAct && !this.#isNew(line, now)) return
    this.#to.note(line)
  }

  /** With the first line of a later minute: how many were left out. */
  #sumUp(now: number): void {
    const minute = Math.floor(now / MINUTE_MS)
    if (minute === this.#minute) return
    const leftOut = this.#refused - REFUSED_LINES
    this.#minute = minute
    this.#refused = 0
    if (leftOut > 0) this.#to.note({ event: 'refused', author: null, document: null, leftOut })
  }

  #hasRoom(): boolean {
    this.#refused += 1
    return this.#refused <= REFUSED_LINES
  }

  #isNew({ author, document, action, role }: AuditLine, now: number): boolean {
    const key = JSON.stringify([author, document, action, role])
    const before = this.#told.get(key)
    if (before !== undefined && now - before < SAME_MS) return false
    this.#told.delete(key)
    this.#told.set(key, now)
    const [oldest] = this.#told.keys()
    if (this.#told.size > MAX_SAME && oldest !== undefined) this.#told.delete(oldest)
    return true
  }
}
