/** Which guests turned out to be which people: kept, so that what they wrote as guests stays theirs. */
import type { AccessStore, Joined } from './store.ts'

/** Guests one person may turn out to have been; beyond, the newest are not kept. */
const MAX_GUESTS = 100

export class People {
  readonly #store: AccessStore
  readonly #guests = new Map<string, readonly string[]>()

  private constructor(store: AccessStore, joined: readonly Joined[]) {
    this.#store = store
    for (const one of joined) this.#add(one)
  }

  static async open(store: AccessStore): Promise<People> {
    return new People(store, await store.joined())
  }

  guestsOf(sub: string): readonly string[] {
    return this.#guests.get(sub) ?? []
  }

  async join(joined: Joined): Promise<void> {
    const guests = this.guestsOf(joined.sub)
    if (guests.includes(joined.guest) || guests.length >= MAX_GUESTS) return
    await this.#store.join(joined)
    this.#add(joined)
  }

  #add({ sub, guest }: Joined): void {
    this.#guests.set(sub, [...this.guestsOf(sub), guest])
  }
}
