/**
 * What of a document's life is on the screen: takes where somebody looks, asks for it, and shows it. While a hand is on
 * the slider the bare text goes along; what changed in it is marked as soon as the hand rests.
 */
import type { Clock } from '#shared/time.ts'
import { Refusal } from '../refusal.ts'
import type { Author } from './authors.ts'
import type { HistoryApi, Shot } from './history-api.ts'
import { type Life, sittingAt, stopAfter, stopBefore } from './life.ts'
import { Scrubber, type Wish } from './scrubber.ts'
import type { VersionView } from './version-view.ts'

/** Compared with nothing, with how the sitting began, or with another position. */
export type Comparison =
  | { readonly kind: 'none' }
  | { readonly kind: 'sitting' }
  | { readonly kind: 'position'; readonly base: number }

export interface Place {
  readonly position: number
  readonly comparison: Comparison
  readonly life: Life
}

export interface Shown {
  /** The positions compared; `from` null where nothing is. */
  readonly wish: Wish
  /** The position the text is of. */
  readonly at: number
  /** Places that changed. */
  readonly places: number
}

export interface ViewingParts {
  readonly api: HistoryApi
  readonly view: VersionView
  readonly clock: Clock
  readonly authorOf: (author: string) => Author
  /** Called after anything below has changed. */
  readonly changed: () => void
}

/** A hand that does not move for so long rests. */
const REST_MS = 150
/** Changes over so many edits are found about as fast as the bare text: they go along under the hand. */
const QUICK_EDITS = 1_000

export class Viewing {
  readonly #parts: ViewingParts
  readonly #scrubber: Scrubber
  #place: Place | null = null
  #wanted: Wish | null = null
  #cancel: (() => void) | null = null
  shown: Shown | null = null
  /** Why what is wanted cannot be shown; null while it can. */
  refusal: Refusal | null = null

  constructor(parts: ViewingParts) {
    this.#parts = parts
    const { api, clock } = parts
    this.#scrubber = new Scrubber({
      clock,
      load: ({ at, from }, signal) =>
        from === null ? api.content(at, signal) : api.changes(from, at, signal),
      show: (wish, shot) => this.#show(wish, shot),
      failed: (refusal) => {
        this.refusal = refusal
        parts.changed()
      },
      near: () => this.#near(),
    })
  }

  /** Whether what is shown is not yet what is wanted. */
  get isBusy(): boolean {
    return (
      this.refusal === null &&
      !(this.shown !== null && this.#wanted !== null && same(this.shown.wish, this.#wanted))
    )
  }

  /** `isMoving`: more is likely to come at once. */
  look(place: Place, isMoving: boolean): void {
    this.#place = place
    this.#cancel?.()
    this.#cancel = null
    const wish = wishAt(place)
    const goesAlong = wish.from === null || wish.at - wish.from <= QUICK_EDITS
    if (!isMoving || goesAlong) this.#want(wish)
    else {
      this.#want({ at: place.position, from: null })
      this.#cancel = this.#parts.clock.after(REST_MS, () => this.#want(wish))
    }
  }

  again(): void {
    if (this.#place !== null) this.look(this.#place, false)
  }

  close(): void {
    this.#cancel?.()
    this.#scrubber.close()
  }

  #want(wish: Wish): void {
    this.#wanted = wish
    this.refusal = null
    this.#scrubber.wish(wish)
    this.#parts.changed()
  }

  #show(wish: Wish, { at, content }: Shot): void {
    try {
      const places = this.#parts.view.show(content, this.#parts.authorOf)
      this.shown = { wish, at, places }
      this.refusal = null
    } catch (error) {
      this.refusal = new Refusal(
        'failed',
        'This version holds something this page does not know. Reload to get the new version of the page.',
        String(error),
      )
    }
    this.#parts.changed()
  }

  /** The sittings before and after, as somebody who steps through them would see them. */
  #near(): readonly Wish[] {
    const place = this.#place
    if (place === null) return []
    const { life, position } = place
    return [stopBefore(life, position), stopAfter(life, position)]
      .filter((stop) => stop !== position)
      .map((stop) => wishAt({ ...place, position: stop }))
      .filter(({ at, from }) => from === null || at - from <= QUICK_EDITS)
  }
}

export function wishAt({ position, comparison, life }: Place): Wish {
  if (comparison.kind === 'none') return { at: position, from: null }
  const base = comparison.kind === 'position' ? comparison.base : (sittingAt(life, position)?.from ?? 1) - 1
  if (base === position) return { at: position, from: null }
  return base < position ? { at: position, from: base } : { at: base, from: position }
}

function same(a: Wish, b: Wish): boolean {
  return a.at === b.at && a.from === b.from
}
