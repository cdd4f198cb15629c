/** What a setting is, and the kinds of them that there are several of. */

export interface Setting<T> {
  /** The name in the environment; the flag is made from it (`DATA_DIR`, `--data-dir`). */
  readonly name: string
  /** What it is without being set, as text; '' for unset. */
  readonly fallback: string
  /** Completes "must be …". */
  readonly expects: string
  /** What it does, for help and documents. */
  readonly does: string
  /** The value, or undefined when the text is malformed. */
  readonly parse: (text: string) => T | undefined
  /** A flag of this setting may stand without a value. */
  readonly isSwitch?: true
  /** Never shown, not even where it is refused. */
  readonly isSecret?: true
  /** Known by name only: setting it is refused with this sentence, so that nobody believes it works. */
  readonly missing?: string
}

export function flagOf(setting: { readonly name: string }): string {
  return `--${setting.name.toLowerCase().replaceAll('_', '-')}`
}

export function text(name: string, fallback: string, expects: string, does: string): Setting<string> {
  return { name, fallback, expects, does, parse: (value) => (value.includes('\0') ? undefined : value) }
}

export function flag(name: string, does: string): Setting<boolean> {
  return {
    name,
    fallback: 'false',
    expects: 'true or false',
    does,
    isSwitch: true,
    parse: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
  }
}

export function limit(name: string, fallback: number, does: string): Setting<number> {
  return {
    name,
    fallback: String(fallback),
    expects: 'a whole number, or 0 for no limit',
    does,
    parse: (value) => wholeNumber(value, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY),
  }
}

export function missing(name: string, because: string): Setting<null> {
  const sentence = `${name} is not supported by this version: ${because}. Remove it to start.`
  return {
    name,
    fallback: '',
    expects: 'left unset',
    does: 'Not supported by this version: setting it is refused.',
    parse: () => null,
    missing: sentence,
  }
}

/** A whole number up to `max`; `none` is what 0 stands for, where it stands for anything but itself. */
export function wholeNumber(value: string, max: number, none = 0): number | undefined {
  if (!/^\d{1,16}$/.test(value)) return undefined
  const number = Number(value)
  if (number > max) return undefined
  return number === 0 ? none : number
}

/** Origins as browsers write them, separated by commas. */
export function origins(value: string): readonly string[] | undefined {
  if (value === '') return []
  const list = value.split(',').map((part) => part.trim())
  return list.every((part) => webUrl(part)?.origin === part) ? list : undefined
}

export function publicUrl(value: string): string | null | undefined {
  if (value === '') return null
  const url = webUrl(value)
  return url === null || url.search !== '' || url.hash !== '' || url.username !== '' ? undefined : url.href
}

/** Null for what is no http or https address. */
export function webUrl(value: string): URL | null {
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) ? url : null
}
