/**
 * The configuration: settings.ts read from an environment and flags that are handed in. Pure; nothing is read at
 * import. A flag wins over the environment; an empty variable counts as unset.
 */
import { BlockList, isIP } from 'node:net'
import { flagOf, type Setting } from './setting.ts'
import { settings } from './settings.ts'

type Settings = typeof settings
type Key = keyof Settings

/** One field for each row of the table. Limits are numbers, Infinity for none; unset URLs are null. */
export type Config = {
  readonly [K in Key]: Exclude<ReturnType<Settings[K]['parse']>, undefined>
}

export type ReadConfig =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'help'; readonly text: string }
  /** One sentence for standard error; the process ends with 2. */
  | { readonly kind: 'refused'; readonly sentence: string }

/** A setting the person has to change before the server can start. */
class Refusal extends Error {}

/** `argv` without the program's own names: `process.argv.slice(2)`. Never throws. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
): ReadConfig {
  if (argv.includes('--help') || argv.includes('-h')) return { kind: 'help', text: helpText() }
  try {
    const given = readFlags(argv)
    const values = new Map<Key, unknown>()
    for (const key of keys()) values.set(key, settingValue(settings[key], given.get(key), env))
    const config = Object.freeze(Object.fromEntries(values)) as Config
    refuseOpenNetwork(config)
    return { kind: 'config', config }
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', sentence: error.message }
    throw error
  }
}

/** Whether only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare.toLowerCase() === 'localhost') return true
  const version = isIP(bare)
  if (version === 0) return false
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(bare, version === 4 ? 'ipv4' : 'ipv6')
}

/** The table of docs/operations.md. */
export function settingsTable(): string {
  const rows = keys().map((key) => {
    const { name, fallback, does, expects } = settings[key]
    const flag = flagOf(settings[key])
    return `| \`${name}\` | \`${flag}\` | ${fallback === '' ? 'unset' : `\`${fallback}\``} | ${does} Must be ${expects}. |`
  })
  return ['| variable | flag | without it | what it does |', '| --- | --- | --- | --- |', ...rows, ''].join(
    '\n',
  )
}

function helpText(): string {
  const rows = keys().map((key) => {
    const { name, fallback, does } = settings[key]
    return `  ${flagOf(settings[key])}, ${name}${fallback === '' ? '' : ` (${fallback})`}\n      ${does}`
  })
  return `Vellum: npm start -- [flags]\n\nEach setting is a flag or a variable of the environment; the flag wins.\n\n${rows.join('\n')}\n`
}

function settingValue(
  setting: Setting<unknown>,
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  const fromEnv = env[setting.name]
  const text = given ?? (fromEnv === '' ? undefined : fromEnv)
  if (text !== undefined && setting.missing !== undefined) throw new Refusal(setting.missing)
  const value = text === '' ? undefined : setting.parse(text ?? setting.fallback)
  if (value !== undefined) return value
  if (setting.isSecret) throw new Refusal(`${setting.name} (${flagOf(setting)}) must be ${setting.expects}.`)
  const shown = JSON.stringify((text ?? '').slice(0, 60))
  throw new Refusal(`${setting.name} (${flagOf(setting)}) must be ${setting.expects}, not ${shown}.`)
}

function readFlags(argv: readonly string[]): ReadonlyMap<Key, string> {
  const byFlag = new Map(keys().map((key) => [flagOf(settings[key]), key]))
  const given = new Map<Key, string>()
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? ''
    const equals = argument.indexOf('=')
    const flag = equals === -1 ? argument : argument.slice(0, equals)
    const key = byFlag.get(flag)
    if (key === undefined) throw new Refusal(unknownFlag(flag))
    if (given.has(key)) throw new Refusal(`${flag} is given twice.`)
    const setting: Setting<unknown> = settings[key]
    const next = argv[i + 1]
    if (equals !== -1) given.set(key, argument.slice(equals + 1))
    else if (next !== undefined && !next.startsWith('--')) {
      given.set(key, next)
      i++
    } else if (setting.isSwitch) given.set(key, 'true')
    else throw new Refusal(`${flag} needs a value: ${setting.expects}.`)
  }
  return given
}

function unknownFlag(flag: string): string {
  const shown = JSON.stringify(flag.slice(0, 60))
  return `${shown} is not a setting. Run with --help to see them all.`
}

function refuseOpenNetwork(config: Config): void {
  if (isLoopback(config.host) || config.allowOpenNetwork || isGuarded(config)) return
  throw new Refusal(
    `HOST (--host) is ${config.host}, which others can reach, and nobody has to sign in: everybody could read and ` +
      'write every document. Set AUTH_SECRET (`npm run vellum -- token --secret` makes one), or ALLOW_OPEN_NETWORK=true ' +
      '(--allow-open-network) if that is meant.',
  )
}

/** Whether everybody has to say who they are. */
export function isGuarded({ authSecret, authJwksUrl }: Pick<Config, 'authSecret' | 'authJwksUrl'>): boolean {
  return authSecret !== null || authJwksUrl !== null
}

function keys(): Key[] {
  return Object.keys(settings) as Key[]
}
