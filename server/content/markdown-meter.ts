/**
 * What reading Markdown may cost. The parser is linear for what people write and quadratic, or worse, for what was made
 * to be dear; here its steps are counted while it works, and what needs far more of them than its length is refused.
 */
import { codeText } from 'micromark-core-commonmark'
import type { Code, Construct, Effects, Extension, State, TokenizeContext } from 'micromark-util-types'
import { InvalidContent } from './port.ts'

/** Signs that are read one by one: what people write needs fewer than two steps a sign. */
const STEPS_EACH = 16
/** Each mark looks back at those before it in its paragraph, cell or heading: in what people write not once a sign. */
const LOOKS_EACH = 64
/** What every text may cost, however short it is. */
const FREE_STEPS = 1_000_000
const FREE_LOOKS = 3_000_000
/** Quotes and lists that begin in one line; the parser looks at each twice. */
const MAX_BEGUN = 100

/** Marks that look back: `! * [ ] _ ~`. */
const LOOKING = [33, 42, 91, 93, 95, 126]
/** Marks that look ahead: `& < \`; the backtick is apart, since not each of a row begins something. */
const AHEAD = [38, 60, 92]
const BACKTICK = 96
/** They come by the thousand in honest lists of words, and cost less. */
const AHEAD_WEIGHT = 1 / 4
/** How quotes, lists and footnotes begin. */
const BEGINNING = [42, 43, 45, 62, 91, ...Array.from({ length: 10 }, (_, digit) => 48 + digit)]

export class MarkdownMeter {
  readonly #marks = new WeakMap<TokenizeContext, number>()
  readonly #watched = new WeakSet<Effects>()
  #mostSteps = FREE_STEPS
  #mostLooks = FREE_LOOKS
  #steps = 0
  #looks = 0
  #line = 0
  #begun = 0

  /** What was spent, for whoever measures. */
  get spent(): { readonly steps: number; readonly looks: number } {
    return { steps: this.#steps, looks: this.#looks }
  }

  /** For the parser of this source, which throws InvalidContent where all that is read with this meter costs too much. */
  extensionFor({ length }: string): Extension {
    this.#mostSteps += STEPS_EACH * length
    this.#mostLooks += LOOKS_EACH * length
    this.#line = 0
    const looking = counted((context, effects) => {
      this.#watch(effects)
      this.#look(context, 1)
    })
    const ahead = counted((context, effects) => {
      this.#watch(effects)
      this.#look(context, AHEAD_WEIGHT)
    })
    const beginning = counted((context) => this.#begin(context.now().line))
    return {
      document: Object.fromEntries(BEGINNING.map((code) => [code, beginning])),
      text: Object.fromEntries([
        ...LOOKING.map((code) => [code, looking]),
        ...AHEAD.map((code) => [code, ahead]),
        [BACKTICK, { ...ahead, previous: codeText.previous ?? null }],
      ]),
    }
  }

  #look(context: TokenizeContext, weight: number): void {
    const marks = (this.#marks.get(context) ?? 0) + 1
    this.#marks.set(context, marks)
    this.#looks += marks * weight
    if (this.#looks > this.#mostLooks)
      throw new InvalidContent(
        '',
        'too many marks (such as * _ [ ] ~) in one paragraph: divide it, or put \\ before those that are meant as they stand',
      )
  }

  #begin(line: number): void {
    this.#begun = line === this.#line ? this.#begun + 1 : 1
    this.#line = line
    if (this.#begun > 2 * MAX_BEGUN)
      throw new InvalidContent('', `more than ${MAX_BEGUN} quotes and lists inside of one another`)
  }

  /** Counts what is read from now on, again and again where the parser goes back. */
  #watch(effects: Effects): void {
    if (this.#watched.has(effects)) return
    this.#watched.add(effects)
    const { consume } = effects
    effects.consume = (code: Code) => {
      this.#steps += 1
      if (this.#steps > this.#mostSteps)
        throw new InvalidContent(
          '',
          'so many things in it begin and never end that it cannot be read: divide it',
        )
      return consume(code)
    }
  }
}

/** Is tried before those of the parser, and never matches. */
function counted(count: (context: TokenizeContext, effects: Effects) => void): Construct {
  return {
    tokenize(effects: Effects, _ok: State, nok: State): State {
      count(this, effects)
      return nok
    },
  }
}
