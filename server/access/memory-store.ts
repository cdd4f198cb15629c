/** An access store that forgets: for tests, and the measure of the other one. */
import type { DocumentId } from '#shared/id.ts'
import type { Share } from './share.ts'
import type { AccessStore, Joined, Named, ShareRoom, StoredSession, TakenBack } from './store.ts'

export class MemoryAccessStore implements AccessStore {
  readonly #sessions = new Map<string, StoredSession>()
  readonly #shares = new Map<string, Share>()
  readonly #hashes = new Map<string, string>()
  readonly #joined = new Map<string, Joined>()
  readonly #names = new Map<string, Named>()
  readonly #takenBack = new Map<string, TakenBack>()

  async session(id: string): Promise<StoredSession | null> {
    return this.#sessions.get(id) ?? null
  }

  async putSession(session: StoredSession): Promise<void> {
    this.#sessions.set(session.id, session)
  }

  async removeSession(id: string): Promise<void> {
    this.#sessions.delete(id)
  }

  async tidySessions(limits: {
    readonly usedBeforeMs: number
    readonly most: number
  }): Promise<readonly string[]> {
    const inOrder = [...this.#sessions.values()].sort(
      (a, b) => Number(a.person === null) - Number(b.person === null) || b.usedAtMs - a.usedAtMs,
    )
    const gone = inOrder.filter(
      ({ usedAtMs }, index) => usedAtMs < limits.usedBeforeMs || index >= limits.most,
    )
    for (const { id } of gone) this.#sessions.delete(id)
    return gone.map(({ id }) => id)
  }

  async share(id: string): Promise<Share | null> {
    return this.#shares.get(id) ?? null
  }

  async shareOf(tokenHash: string): Promise<Share | null> {
    return this.#shares.get(this.#hashes.get(tokenHash) ?? '') ?? null
  }

  async shares(document: DocumentId): Promise<readonly Share[]> {
    return [...this.#shares.values()].filter((share) => share.document === document).reverse()
  }

  async addShare(share: Share, tokenHash: string, room?: ShareRoom): Promise<boolean> {
    const working = [...this.#shares.values()].filter(
      ({ document, revokedAtMs, expiresAtMs }) =>
        document === share.document &&
        revokedAtMs === null &&
        (expiresAtMs ?? Number.POSITIVE_INFINITY) >= (room?.endedBeforeMs ?? 0),
    )
    if (working.length >= (room?.most ?? Number.POSITIVE_INFINITY)) return false
    this.#shares.set(share.id, share)
    this.#hashes.set(tokenHash, share.id)
    return true
  }

  async tidyShares(endedBeforeMs: number): Promise<readonly string[]> {
    const gone = [...this.#shares.values()].filter(
      ({ revokedAtMs, expiresAtMs }) =>
        Math.min(revokedAtMs ?? Number.POSITIVE_INFINITY, expiresAtMs ?? Number.POSITIVE_INFINITY) <
        endedBeforeMs,
    )
    for (const { id } of gone) this.#shares.delete(id)
    return gone.map(({ id }) => id)
  }

  async putShare(share: Share): Promise<void> {
    this.#shares.set(share.id, share)
  }

  async joined(): Promise<readonly Joined[]> {
    return [...this.#joined.values()]
  }

  async join(joined: Joined): Promise<void> {
    this.#joined.set(joined.guest, joined)
  }

  async named(subs: readonly string[]): Promise<readonly Named[]> {
    return subs.map((sub) => this.#names.get(sub)).filter((found) => found !== undefined)
  }

  async putName(named: Named): Promise<void> {
    this.#names.set(named.sub, named)
  }

  async takenBack(): Promise<readonly TakenBack[]> {
    return [...this.#takenBack.values()]
  }

  async takeBack(one: TakenBack): Promise<void> {
    this.#takenBack.set(one.sub, one)
  }

  async close(): Promise<void> {}
}
