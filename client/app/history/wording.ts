/** What the history says of what it shows. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Refusal } from '../refusal.ts'
import { type Author, hueOf, isNameless, SOMEONE, summary } from './authors.ts'
import { headOf, type Life, sittingAt } from './life.ts'
import type { Wish } from './scrubber.ts'
import { titleAt } from './version-rows.ts'
import type { Shown } from './viewing.ts'
import { count, momentIn, number } from './words.ts'

export interface Where {
  readonly life: Life
  readonly position: number
  readonly authors: ReadonlyMap<string, Author>
  readonly now: number
}

export interface PositionWords {
  /** Its name, or when it was. */
  readonly title: string
  readonly more: string
  /** All of it, for who hears the slider. */
  readonly spoken: string
}

export function positionWords({ life, position, authors, now }: Where): PositionWords {
  const title = titleAt(life, position, now)
  const sitting = sittingAt(life, position)
  if (sitting === null) return { title, more: '', spoken: `${title}, before anything was written` }
  const when = momentIn(sitting, position, now)
  const names = isNameless(authors)
    ? ''
    : summary(sitting.authors.map(({ author }) => (authors.get(author) ?? SOMEONE).name))
  const edit = `edit ${number(position)} of ${number(headOf(life))}`
  const more = [title === when ? '' : when, names, edit].filter(Boolean)
  return { title, more: more.join(' · '), spoken: [title, ...more].join(', ') }
}

export interface State {
  readonly shown: Shown | null
  readonly isBusy: boolean
  readonly refusal: Refusal | null
  /** Which place was gone to; -1 for none. */
  readonly place: number
  readonly isCompared: boolean
}

export function stateWords({ shown, isBusy, refusal, place, isCompared }: State, life: Life): string {
  if (refusal !== null) {
    const still = shown === null ? '' : ` The text below is that of ${titleAt(life, shown.at, Date.now())}.`
    return `This version cannot be shown. ${refusal.message}${still}`
  }
  if (shown === null) return 'Reading…'
  if (!isCompared) return ''
  if (shown.wish.from === null) return isBusy ? 'Looking for what changed…' : 'Nothing changed'
  if (shown.places === 0) return 'No text changed'
  return place < 0 ? count(shown.places, 'change') : `Change ${place + 1} of ${shown.places}`
}

/** Whose colour is whose, of those who wrote between the positions compared. */
export function legend({
  life,
  wish,
  authors,
}: {
  readonly life: Life
  readonly wish: Wish
  readonly authors: ReadonlyMap<string, Author>
}): TemplateResult | typeof nothing {
  const { from } = wish
  if (from === null) return nothing
  const names = new Set(
    life.sittings
      .filter((sitting) => sitting.to > from && sitting.from <= wish.at)
      .flatMap((sitting) => sitting.authors.map(({ author }) => author)),
  )
  return html`<ul class="legend" aria-label="Colours">
    ${
      isNameless(authors)
        ? html`<li class="person-nobody"><ins class="came">Added</ins></li>
          <li class="person-nobody"><del class="went">Deleted</del></li>`
        : [...names].map((name) => {
            const author = authors.get(name) ?? SOMEONE
            return html`<li class=${hueOf(author)}><span class="swatch-dot" aria-hidden="true"></span><bdi>${author.name}</bdi></li>`
          })
    }
  </ul>`
}
