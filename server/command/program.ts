/** Which command is meant, its help, and what is said where it fails. */
import { backup } from './backup.ts'
import { cat } from './cat.ts'
import { type Command, type Exit, exits, Failed, helpOf, Misused, parse, shown } from './command.ts'
import { exporting } from './export.ts'
import { importing } from './import.ts'
import { list } from './list.ts'
import { restore } from './restore.ts'
import { snapshot } from './snapshot.ts'
import type { Surroundings } from './surroundings.ts'
import { token } from './token.ts'
import { verify } from './verify.ts'

export const commands: readonly Command[] = [
  list,
  cat,
  importing,
  exporting,
  snapshot,
  restore,
  backup,
  verify,
  token,
]

/** Resolves with the code the process ends with. */
export async function run(argv: readonly string[], around: Surroundings): Promise<Exit> {
  const [name, ...rest] = argv
  if (name === undefined) {
    around.progress.say(help())
    return exits.misused
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const about = commands.find((one) => one.name === rest[0])
    await around.out.write(about === undefined ? help() : helpOf(about))
    return exits.done
  }
  if (name === '--version') {
    await around.out.write(`${around.version}\n`)
    return exits.done
  }
  const command = commands.find((one) => one.name === name)
  if (command === undefined) {
    around.progress.say(`There is no command ${shown(name)}. "--help" shows which there are.`)
    return exits.misused
  }
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
  const width = Math.max(...commands.map(({ name }) => name.length))
  const rows = commands.map(({ name, does }) => `  ${name.padEnd(width)}  ${does}\n`).join('')
  return `Vellum's command line: npm run --silent vellum -- COMMAND

${rows}
"COMMAND --help" says more of each. Commands about documents ask the server that VELLUM_URL (--url) names, or else
the one that runs on DATA_DIR (--data-dir, ./data); where none runs they open that folder themselves. backup and
verify read the folder's files, while a server runs, too.

Exit codes: 0 done; 1 it did not work, not for all, or something is wrong with the store; 2 the command makes no sense.
Standard output is for what was asked for, standard error for everything else.
`
}
