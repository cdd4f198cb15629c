/**
 * Where words that were taken away stand again: in a block of another kind, in another place, in two blocks or in one.
 * Longest pieces first, in order.
 */

/** A letter of one of the texts that are searched. */
export interface Letter {
  readonly text: number
  readonly offset: number
}

/** Of the words taken away so much must stand together, or all in all, to be the same words and not others like them. */
const ENOUGH = { letters: 24, share: 0.4 } as const
const MIN_LETTERS = 3
/** Words that stand in more places say nothing about where. */
const MAX_PLACES = 64

interface Token {
  readonly word: string
  readonly from: number
}

interface Range {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

export class Counterparts {
  readonly #tokens: (Token & { readonly text: number })[] = []
  readonly #places = new Map<string, number[]>()

  /** The texts to be searched, in their order. */
  constructor(texts: readonly string[]) {
    for (const [text, words] of texts.entries()) {
      for (const token of tokensOf(words)) {
        const place = this.#tokens.push({ ...token, text }) - 1
        const places = this.#places.get(token.word) ?? []
        this.#places.set(token.word, places)
        places.push(place)
      }
      // Nothing reaches from one text into the next.
      this.#tokens.push({ word: '', from: words.length, text })
    }
  }

  /** For each letter where it stands again, null where it does not. All null: the words are gone. */
  of(words: string): (Letter | null)[] {
    const out: (Letter | null)[] = Array.from({ length: words.length }, () => null)
    const tokens = tokensOf(words)
    let [longest, all] = [0, 0]
    const waiting: Range[] = [{ from: 0, to: tokens.length, start: 0, end: this.#tokens.length }]
    for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
      const found = this.#longest(tokens, range)
      if (found === null) continue
      const { from, to, start, end } = found
      let letters = 0
      for (let at = from; at < to; at++) {
        const [token, target] = [tokens[at], this.#tokens[start + at - from]]
        if (token === undefined || target === undefined) continue
        for (let offset = 0; offset < token.word.length; offset++)
          out[token.from + offset] = { text: target.text, offset: target.from + offset }
        letters += token.word.length
      }
      longest = Math.max(longest, letters)
      all += letters
      waiting.push({ ...range, to: from, end: start }, { ...range, from: to, start: end })
    }
    const isSame = longest >= ENOUGH.letters || all >= ENOUGH.share * words.trim().length
    return isSame && all > 0 ? out : out.fill(null)
  }

  #longest(tokens: readonly Token[], { from, to, start, end }: Range): Range | null {
    let best: Range | null = null
    let most = 0
    for (let at = from; at < to; at++) {
      const word = tokens[at]?.word ?? ''
      const places = this.#places.get(word) ?? []
      if (places.length > MAX_PLACES) continue
      for (const place of places) {
        if (place < start || place >= end) continue
        // One that began before was found from there.
        if (at > from && place > start && tokens[at - 1]?.word === this.#tokens[place - 1]?.word) continue
        let [length, letters] = [0, 0]
        while (
          at + length < to &&
          place + length < end &&
          tokens[at + length]?.word === this.#tokens[place + length]?.word
        )
          letters += tokens[at + length++]?.word.trim().length ?? 0
        if (letters <= most) continue
        if (
          letters < MIN_LETTERS &&
          !this.#isAll(tokens, { from: at, to: at + length, start: place, end: place + length })
        )
          continue
        most = letters
        best = { from: at, to: at + length, start: place, end: place + length }
      }
    }
    return best
  }

  /** Whether it is all of the words, and all of the text they stand in again. */
  #isAll(tokens: readonly Token[], { from, to, start, end }: Range): boolean {
    const isBegin = start === 0 || this.#tokens[start - 1]?.word === ''
    return from === 0 && to === tokens.length && isBegin && this.#tokens[end]?.word === ''
  }
}

function tokensOf(words: string): Token[] {
  return Array.from(words.matchAll(/[\p{L}\p{N}\p{M}]+|\s+|./gsu), (found) => ({
    word: found[0],
    from: found.index,
  }))
}
