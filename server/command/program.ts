/** Which command is meant, its help, and what is said where it fails. */
import { type Command, type Exit, exits, Failed, helpOf, Misused, parse, shown } from './command.ts'
import type { Surroundings } from './surroundings.ts'

/** Each is loaded when it is meant: some need a large part of the server. */
export const commands: Readonly<
  Record<string, { readonly does: string; readonly load: () => Promise<Command> }>
> = {
  list: {
    does: 'Lists documents, newest change first.',
    load: async () => (await import('./list.ts')).list,
  },
  cat: {
    does: 'Writes what a document says to standard output.',
    load: async () => (await import('./cat.ts')).cat,
  },
  import: {
    does: 'Makes documents out of files, and of all files in folders.',
    load: async () => (await import('./import.ts')).importing,
  },
  export: {
    does: 'Writes documents as files into a folder.',
    load: async () => (await import('./export.ts')).exporting,
  },
  snapshot: {
    does: 'Keeps a snapshot of a document, or lists its snapshots.',
    load: async () => (await import('./snapshot.ts')).snapshot,
  },
  restore: {
    does: 'Makes a document say again what a snapshot of it says.',
    load: async () => (await import('./restore.ts')).restore,
  },
  backup: {
    does: 'Copies the store into a file, also while the server runs.',
    load: async () => (await import('./backup.ts')).backup,
  },
  verify: {
    does: 'Reads every log, rebuilds every checkpoint, and says what is wrong.',
    load: async () => (await import('./verify.ts')).verify,
  },
  token: {
    does: 'Makes an access token, or the secret that tokens are signed with.',
    load: async () => (await import('./token.ts')).token,
  },
}

/** Resolves with the code the process ends with. */
export async function run(argv: readonly string[], around: Surroundings): Promise<Exit> {
  const [name, ...rest] = argv
  if (name === undefined) {
    around.progress.say(help())
    return exits.misused
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const about = rest[0] === undefined ? undefined : commands[rest[0]]
    await around.out.write(about === undefined ? help() : helpOf(await about.load()))
    return exits.done
  }
  if (name === '--version') {
    await around.out.write(`${around.version}\n`)
    return exits.done
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) {
    around.progress.say(`There is no command ${shown(name)}. "--help" shows which there are.`)
    return exits.misused
  }
  const command = await entry.load()
  try {
    const given = parse(command, rest)
    if (!given.flag('help')) return await command.run(given, around)
    await around.out.write(helpOf(command))
    return exits.done
  } catch (error) {
    if (error instanceof Misused) {
      around.progress.say(`${error.message} "${command.name} --help" says more.`)
      return exits.misused
    }
    around.progress.say(sentenceOf(error))
    return exits.failed
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Failed) return error.message
  // Not foreseen: whoever is told needs more than a sentence.
  return `That did not work: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

function help(): string {
  const names = Object.keys(commands)
  const width = Math.max(...names.map((name) => name.length))
  const rows = names.map((name) => `  ${name.padEnd(width)}  ${commands[name]?.does}\n`).join('')
  return `Vellum's command line: npm run --silent vellum -- COMMAND

${rows}
"COMMAND --help" says more of each. Commands about documents ask the server that VELLUM_URL (--url) names, or else
the one that runs on DATA_DIR (--data-dir, ./data); where none runs they open that folder themselves. backup and
verify read the folder's files, while a server runs, too.

Exit codes: 0 done; 1 it did not work, not for all, or something is wrong with the store; 2 the command makes no sense.
Standard output is for what was asked for, standard error for everything else.
`
}
