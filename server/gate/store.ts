/**
 * Bytes of bodies and answers in memory: bounded for everybody together, and for each address and person.
 *
 * Where there is no room for more, a body that has not come whole makes way: the largest of whoever has most, so that
 * nobody keeps others from saving by promising bytes.
 */
import { ANONYMOUS } from './known.ts'

export interface Payer {
  readonly address: string
  /** Who it is; nobody counts by themselves of whom nothing is known. */
  readonly author: string
}

/** A body of which the rest has not come yet. */
export interface Unfinished {
  readonly payer: Payer
  readonly bytes: number
  /** Gives up what there is of it, at once. */
  end(): void
}

export interface StoreOptions {
  readonly maxBytes: number
  /** The largest that one body may be: a share is never less. */
  readonly bodyBytes: number
}

/** What one address, and one person, may have of all there is. */
const OF_ADDRESS = 1 / 2
const OF_PERSON = 1 / 4

export class Store {
  readonly #max: number
  readonly #addressMax: number
  readonly #personMax: number
  readonly #used = new Map<string, number>()
  readonly #unfinished = new Set<Unfinished>()
  #all = 0

  constructor({ maxBytes, bodyBytes }: StoreOptions) {
    this.#max = maxBytes
    this.#addressMax = Math.max(maxBytes * OF_ADDRESS, bodyBytes)
    this.#personMax = Math.max(maxBytes * OF_PERSON, bodyBytes)
  }

  get used(): number {
    return this.#all
  }

  /** From now on this body may be ended for others' sake, until the returned function is called. */
  begin(body: Unfinished): () => void {
    this.#unfinished.add(body)
    return () => void this.#unfinished.delete(body)
  }

  /**
   * False, and nothing taken, where there is no room for them. `payer` is null for what is bounded elsewhere; `body` is
   * the one that grows by them.
   */
  take(bytes: number, payer: Payer | null, body: Unfinished | null = null): boolean {
    for (;;) {
      const among = this.#full(bytes, payer)
      if (among === null) break
      const victim = this.#victim(among, payer, (body?.bytes ?? 0) + bytes)
      if (victim === null) return false
      victim.end()
    }
    this.#count(bytes, payer)
    return true
  }

  giveBack(bytes: number, payer: Payer | null): void {
    this.#count(-bytes, payer)
  }

  #count(bytes: number, payer: Payer | null): void {
    this.#all += bytes
    for (const name of payer === null ? [] : namesOf(payer)) {
      const used = (this.#used.get(name) ?? 0) + bytes
      if (used === 0) this.#used.delete(name)
      else this.#used.set(name, used)
    }
  }

  /** Whose share they do not fit in any more: a name, '' for everybody's; null where they fit. */
  #full(bytes: number, payer: Payer | null): string | null {
    for (const name of payer === null ? [] : namesOf(payer)) {
      const max = name.startsWith(ADDRESS) ? this.#addressMax : this.#personMax
      if ((this.#used.get(name) ?? 0) + bytes > max) return name
    }
    return this.#all + bytes > this.#max ? '' : null
  }

  /** Null where whoever asks has most, and nothing unfinished that is larger than what they ask for. */
  #victim(among: string, asking: Payer | null, size: number): Unfinished | null {
    const own = asking === null ? '' : nameOf(asking)
    let most = this.#used.get(own) ?? 0
    let heaviest = own
    const bodies = [...this.#unfinished].filter(({ payer }) => among === '' || namesOf(payer).includes(among))
    for (const { payer } of bodies) {
      const used = this.#used.get(nameOf(payer)) ?? 0
      if (used <= most) continue
      most = used
      heaviest = nameOf(payer)
    }
    let largest: Unfinished | null = null
    for (const body of bodies)
      if (nameOf(body.payer) === heaviest && (largest === null || body.bytes > largest.bytes)) largest = body
    return heaviest === own && (largest?.bytes ?? 0) <= size ? null : largest
  }
}

const ADDRESS = 'address '

function namesOf({ address, author }: Payer): readonly string[] {
  return author === ANONYMOUS ? [ADDRESS + address] : [ADDRESS + address, `person ${author}`]
}

/** By which they are told from others. */
function nameOf({ address, author }: Payer): string {
  return author === ANONYMOUS ? ADDRESS + address : `person ${author}`
}
