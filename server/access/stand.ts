/** A standing in guarded mode: what somebody holds, and what it came to when it was looked at last. */
import type { DocumentId } from '#shared/id.ts'
import type { Decision, Granted, Refused, Standing } from './access.ts'
import type { Action } from './action.ts'
import type { Audit } from './audit.ts'
import type { Credential } from './credential.ts'
import { type Facts, type Held, type Judged, judge, mayRead, refused } from './judging.ts'
import type { Principal } from './principal.ts'

/** What a credential came to. */
export type Shown = Held | Refused

export interface StandOptions {
  readonly held: Held
  readonly judged: Judged
  readonly asked: { readonly action: Action; readonly document: DocumentId | null }
  readonly by: Credential['by'] | null
  readonly facts: Facts
  readonly audit: Audit
  /** What a new token stands for. Never rejects. */
  show(token: string): Shown | Promise<Shown>
}

export const SOMEBODY_ELSE = 'somebody else is signed in here by now'

export class Stand implements Standing {
  readonly principal: Principal
  readonly expiresAtMs: number | null
  readonly by: Credential['by'] | null
  readonly #options: StandOptions
  readonly #granted: Granted

  constructor(options: StandOptions) {
    this.#options = options
    this.principal = options.judged.principal
    this.expiresAtMs = options.judged.expiresAtMs
    this.by = options.by
    this.#granted = { kind: 'granted', standing: this }
  }

  again(): Decision {
    return this.#judge(this.#options.held)
  }

  async renew(token: string): Promise<Decision> {
    const shown = await this.#options.show(token)
    if ('kind' in shown) return this.#refused(shown)
    // Nobody becomes somebody else on a channel: what they wrote there is theirs.
    const judged = judge(shown, this.#options.asked, this.#options.facts)
    if (judged.kind === 'granted' && judged.principal.author !== this.principal.author)
      return this.#refused(refused('forbidden', 'this token is for somebody else'))
    return this.#judge(shown)
  }

  shows(document: DocumentId): boolean {
    return mayRead(this.#options.held, document, this.#options.facts)
  }

  #judge(held: Held): Decision {
    const judged = judge(held, this.#options.asked, this.#options.facts)
    if (judged.kind === 'refused') return this.#refused(judged)
    if (!this.#isStill(judged.principal)) return this.#refused(refused('unauthenticated', SOMEBODY_ELSE))
    if (held === this.#options.held && this.#isAsBefore(judged)) return this.#granted
    return { kind: 'granted', standing: new Stand({ ...this.#options, held, judged }) }
  }

  #refused(decision: Refused): Decision {
    const { action, document } = this.#options.asked
    const { author } = this.principal
    this.#options.audit.note({ event: 'turned out', author, document, action, reason: decision.reason })
    return decision
  }

  /** What waits in a page that one person left open is not sent as the next one's; a guest may turn out to be somebody. */
  #isStill({ author, also }: Principal): boolean {
    const before = this.principal.author
    return author === before || (also?.includes(before) ?? false)
  }

  #isAsBefore({ principal, expiresAtMs }: Judged): boolean {
    const { author, role, identity } = this.principal
    return (
      expiresAtMs === this.expiresAtMs &&
      principal.author === author &&
      principal.role === role &&
      principal.identity?.name === identity?.name &&
      principal.identity?.colour === identity?.colour &&
      principal.also?.length === this.principal.also?.length
    )
  }
}
