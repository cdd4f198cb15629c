/** What a command of the command line is: its words for people, its options, and what it does. */
import { parseArgs } from 'node:util'
import type { Surroundings } from './surroundings.ts'

/** How the program ends; docs/command-line.md. */
export const exits = { done: 0, failed: 1, misused: 2 } as const

export type Exit = (typeof exits)[keyof typeof exits]

export interface Option {
  /** What stands behind it in the help, like `FILE`; null for one that stands alone. */
  readonly value: string | null
  readonly does: string
}

export interface Command {
  readonly name: string
  /** What follows the name: `ID [--format FORMAT]`. */
  readonly usage: string
  /** Paragraphs of its own help. */
  readonly more: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** How many words without a dash it takes. */
  readonly least: number
  readonly most: number
  /** Throws Misused and Failed. */
  run(given: Given, around: Surroundings): Promise<Exit>
}

/** The command line makes no sense: one sentence, exit code 2. */
export class Misused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Misused'
  }
}

/** It did not work: one sentence, exit code 1. */
export class Failed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Failed'
  }
}

/** What was given on the command line. */
export class Given {
  readonly words: readonly string[]
  readonly #values: Readonly<Record<string, string | boolean | undefined>>

  constructor(words: readonly string[], values: Readonly<Record<string, string | boolean | undefined>>) {
    this.words = words
    this.#values = values
  }

  /** Null where it was not given. */
  text(option: string): string | null {
    const value = this.#values[option]
    return typeof value === 'string' ? value : null
  }

  flag(option: string): boolean {
    return this.#values[option] === true
  }

  /** Whole number of at least `least`. Throws Misused. */
  number(option: string, least: number): number | null {
    const text = this.text(option)
    if (text === null) return null
    const number = Number(text)
    if (/^\d{1,15}$/.test(text) && number >= least) return number
    throw new Misused(`--${option} must be a whole number from ${least} on, not ${shown(text)}.`)
  }

  /** One of these. Throws Misused. */
  choice<Name extends string>(option: string, names: readonly Name[]): Name | null {
    const text = this.text(option)
    if (text === null) return null
    const found = names.find((name) => name === text)
    if (found !== undefined) return found
    throw new Misused(`--${option} must be one of ${names.join(', ')}, not ${shown(text)}.`)
  }
}

export const HELP: Option = { value: null, does: 'Shows this.' }

/** Throws Misused. */
export function parse(command: Command, argv: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, help: HELP }).map(([name, { value }]) => [
      name,
      { type: value === null ? 'boolean' : 'string', ...(name === 'help' && { short: 'h' }) } as const,
    ]),
  )
  const { positionals, values } = parsed(argv, options)
  const given = new Given(positionals, values as Record<string, string | boolean | undefined>)
  if (given.flag('help')) return given
  if (positionals.length < command.least || positionals.length > command.most)
    throw new Misused(`This is not how it is used: ${command.name} ${command.usage}`)
  return given
}

function parsed(argv: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args: [...argv], options: options ?? {}, allowPositionals: true, strict: true })
  } catch (error) {
    // Node's own words, of which the first sentence says what is wrong.
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/)
    throw new Misused(`${first.replace(/\.$/, '')}.`)
  }
}

export function helpOf({ name, usage, more, options }: Command): string {
  const rows = Object.entries({ ...options, help: HELP }).map(
    ([option, { value, does }]) => `  --${option}${value === null ? '' : ` ${value}`}\n      ${does}\n`,
  )
  return `vellum ${name} ${usage}\n\n${more.map((words) => `${words}\n\n`).join('')}${rows.join('')}`
}

/** Something a person typed, cut and quoted. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
