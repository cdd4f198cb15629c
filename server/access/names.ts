/**
 * What people are called: by the name that was verified when the server saw them last. It is kept beside the sessions,
 * so that a history says who wrote what long after a token has ended.
 */
import { plainLine } from '#shared/plain-line.ts'
import { guestName } from './guest-name.ts'
import { guestAuthor } from './principal.ts'
import type { AccessStore, Named } from './store.ts'

export interface Names {
  /** By author; without those nobody knows the name of. One line each, as others may see it. Never rejects. */
  of(authors: Iterable<string>): Promise<ReadonlyMap<string, string>>
}

export interface PeopleNamesOptions {
  readonly store: Pick<AccessStore, 'named' | 'putName'>
  /** The store failed: of some the name is not known for now. */
  onFailed(error: unknown): void
}

/** Names held in memory; the longest unseen goes first. */
const MAX_HELD = 10_000

export class PeopleNames implements Names {
  readonly #options: PeopleNamesOptions
  readonly #held = new Map<string, string>()

  constructor(options: PeopleNamesOptions) {
    this.#options = options
  }

  /** Who showed a token that was found valid. */
  seen({ sub, name: given }: Named): void {
    const name = plainLine(given)
    if (name === '' || this.#held.get(sub) === name) return
    this.#hold(sub, name)
    this.#options.store.putName({ sub, name }).catch((error: unknown) => {
      // It is put there when they are seen again.
      this.#held.delete(sub)
      this.#options.onFailed(error)
    })
  }

  async of(authors: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    const unknown: string[] = []
    for (const author of new Set(authors)) {
      const name = isGuest(author) ? guestName(author) : this.#held.get(author)
      if (name !== undefined) found.set(author, name)
      else if (author !== '') unknown.push(author)
    }
    if (unknown.length === 0) return found
    try {
      for (const { sub, name: kept } of await this.#options.store.named(unknown)) {
        const name = plainLine(kept)
        if (name !== '') found.set(sub, name)
        if (!this.#held.has(sub)) this.#hold(sub, name)
      }
    } catch (error) {
      this.#options.onFailed(error)
    }
    return found
  }

  #hold(sub: string, name: string): void {
    this.#held.delete(sub)
    this.#held.set(sub, name)
    const [oldest] = this.#held.keys()
    if (this.#held.size > MAX_HELD && oldest !== undefined) this.#held.delete(oldest)
  }
}

/** Where nobody says who they are: guests of former days are called what they were. */
export const guestNames: Names = {
  of: async (authors) =>
    new Map(
      Array.from(authors)
        .filter(isGuest)
        .map((author) => [author, guestName(author)]),
    ),
}

function isGuest(author: string): boolean {
  return author.startsWith(guestAuthor(''))
}
