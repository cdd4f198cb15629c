/** The shares that were given out, as they are now. Whoever came by one reads it here, so a change counts at once. */
import { hash } from 'node:crypto'
import type { DocumentId } from '#shared/id.ts'
import type { Chance } from '#shared/time.ts'
import type { Audit } from './audit.ts'
import type { Changes } from './changes.ts'
import { isShareToken, type NewShare, type Share, type Shares, TooManyShares } from './share.ts'
import type { AccessStore } from './store.ts'

export interface LiveSharesOptions {
  readonly store: AccessStore
  readonly chance: Chance
  /** Wall-clock milliseconds. */
  readonly wall: () => number
  readonly changes: Changes
  readonly audit: Audit
}

type Named = { readonly document: DocumentId; readonly id: string }

/** Links one document may have that still work. */
const MAX_SHARES = 500
/** How long one that has ended by itself is still listed, and one that was revoked can still be told from none. */
const KEPT_MS = 30 * 24 * 3_600_000

export class LiveShares implements Shares {
  readonly #options: LiveSharesOptions
  /** Every one that somebody here has come by. */
  readonly #shares = new Map<string, Share>()
  /** Hash of its token → id. */
  readonly #tokens = new Map<string, string>()

  constructor(options: LiveSharesOptions) {
    this.#options = options
  }

  /** As it is now; null where it was not loaded, or there is none. */
  now(id: string): Share | null {
    return this.#shares.get(id) ?? null
  }

  async load(id: string): Promise<Share | null> {
    return this.#shares.get(id) ?? this.#keep(await this.#options.store.share(id))
  }

  /** The share of this token, revoked or not; null where there is none. At once where it is known. */
  byToken(token: string): Share | null | Promise<Share | null> {
    if (!isShareToken(token)) return null
    const digest = hash('sha256', token)
    const known = this.#shares.get(this.#tokens.get(digest) ?? '')
    if (known !== undefined) return known
    return this.#options.store.shareOf(digest).then((share) => {
      if (share !== null) this.#tokens.set(digest, share.id)
      return this.#keep(share)
    })
  }

  async make(made: NewShare): Promise<{ readonly share: Share; readonly token: string }> {
    const { store, chance, wall, audit } = this.#options
    const token = `vs_${Buffer.from(chance.bytes(32)).toString('base64url')}`
    const id = Buffer.from(chance.bytes(8)).toString('hex')
    const share: Share = { ...made, id, createdAtMs: wall(), revokedAtMs: null }
    const room = { most: MAX_SHARES, endedBeforeMs: wall() - KEPT_MS }
    if (!(await store.addShare(share, hash('sha256', token), room)))
      throw new TooManyShares('a document has at most 500 links that work')
    this.#shares.set(id, share)
    audit.note({ event: 'made a share', author: made.by, ...about(share) })
    return { share, token }
  }

  async of(document: DocumentId): Promise<readonly Share[]> {
    const { store, wall } = this.#options
    const since = wall() - KEPT_MS
    return (await store.shares(document)).filter(
      ({ revokedAtMs, expiresAtMs }) => revokedAtMs === null && (expiresAtMs ?? since) >= since,
    )
  }

  async change(named: Named, { role, by }: { role: Share['role']; by: string }): Promise<Share | null> {
    const share = await this.#find(named)
    if (share === null || share.revokedAtMs !== null) return null
    const changed = { ...share, role }
    await this.#put(changed)
    this.#options.audit.note({ event: 'changed a share', author: by, ...about(changed) })
    return changed
  }

  async revoke({ by, ...named }: Named & { readonly by: string }): Promise<boolean> {
    const share = await this.#find(named)
    if (share === null || share.revokedAtMs !== null) return false
    await this.#put({ ...share, revokedAtMs: this.#options.wall() })
    this.#options.audit.note({ event: 'revoked a share', author: by, ...about(share) })
    return true
  }

  /** Forgets those that ended a while ago: whoever came by one was put out long before. */
  async tidy(): Promise<void> {
    const gone = new Set(await this.#options.store.tidyShares(this.#options.wall() - KEPT_MS))
    for (const id of gone) this.#shares.delete(id)
    for (const [digest, id] of this.#tokens) if (gone.has(id)) this.#tokens.delete(digest)
  }

  async #find({ document, id }: Named): Promise<Share | null> {
    const share = await this.load(id)
    return share?.document === document ? share : null
  }

  async #put(share: Share): Promise<void> {
    await this.#options.store.putShare(share)
    this.#shares.set(share.id, share)
    this.#options.changes.tell()
  }

  #keep(share: Share | null): Share | null {
    if (share !== null) this.#shares.set(share.id, share)
    return share
  }
}

function about({ id, document, role }: Share) {
  return { share: id, document, role } as const
}
