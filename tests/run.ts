/**
 * What `npm test` runs: types, style, the page's build, then every test. Prints failures, then one line of counts.
 * With CI=true nothing is left out: a missing tool is installed or is a failure.
 */
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'
import { startServer } from './server-process.ts'
import { Tally } from './tally.ts'
import { findTool, installTool, type ToolName, tools } from './tools.ts'

const NODE_MAJOR = 26
const LIMIT_MS = 14 * 60_000
const MAX_OUTPUT_BYTES = 64 << 20

const root = fileURLToPath(new URL('..', import.meta.url))
const { CI, PATH = '' } = process.env
const isCi = CI === 'true'
// Programs that tests start are found as `npm run` would find them, also when this file is started by hand.
Object.assign(process.env, { PATH: [join(root, 'node_modules', '.bin'), PATH].join(delimiter) })
process.chdir(root)

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

function finish(counts: { readonly passed: number; readonly failed: number }): never {
  say(`${counts.passed} passed, ${counts.failed} failed`)
  process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1)
}

/** Runs one program of ours; its output is shown only where it fails. */
function passes(title: string, command: string): Promise<boolean> {
  const [program = '', ...rest] = command.split(' ')
  return new Promise((resolve) => {
    execFile(program, rest, { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error !== null) say(`FAILED ${title} (${command})\n${stdout}${stderr}`)
      resolve(error === null)
    })
  })
}

/** Folders of tests of which some file launches a browser, by what they import. */
function testsThatLaunchABrowser(): string[] {
  const launching = globSync('tests/*/**/*.ts').filter((path) =>
    /\/browser\.ts'/.test(readFileSync(path, 'utf8')),
  )
  return [...new Set(launching.map((path) => `${path.split('/').slice(0, 2).join('/')}/**`))]
}

if (Number(process.versions.node.split('.')[0]) !== NODE_MAJOR) {
  say(
    `The tests need Node ${NODE_MAJOR}, this is ${process.versions.node}. "npm ci" brings it, "npm test" uses it.`,
  )
  finish({ passed: 0, failed: 1 })
}

setTimeout(() => {
  say(`The tests took longer than ${LIMIT_MS / 60_000} minutes and were stopped.`)
  finish({ passed: 0, failed: 1 })
}, LIMIT_MS).unref()

/** One after the other; true for each that passed. */
async function inTurn(
  ...programs: readonly (readonly [title: string, command: string])[]
): Promise<boolean[]> {
  const passed: boolean[] = []
  for (const [title, command] of programs) passed.push(await passes(title, command))
  return passed
}

/** The first server builds the page, and compiles what all others start with: that is written down when one ends. */
async function startsAndStops(): Promise<boolean> {
  try {
    await using server = await startServer()
    const { code } = await server.kill('SIGTERM')
    if (code !== 0) say(`FAILED stopping a server: ${code}\n${server.stderr}`)
    return code === 0
  } catch (error) {
    say(`FAILED starting a server: ${error}`)
    return false
  }
}

// Two rows of them, as there are two cores.
const [types, others] = await Promise.all([
  inTurn(
    ...(['shared', 'server', 'client', 'tests'] as const).map(
      (folder) => [`types of ${folder}`, `tsc -p ${folder}`] as const,
    ),
  ),
  inTurn(['style', 'biome ci --colors=off --diagnostic-level=warn --error-on-warnings .']),
])
const checks = [...types, ...others, await startsAndStops()]

const exclude: string[] = []
const mayInstall = isCi || process.getuid?.() === 0
for (const name of Object.keys(tools) as ToolName[]) {
  if (findTool(name) !== null || (mayInstall && installTool(name))) continue
  say(
    `What is missing: ${tools[name].needed}. On Debian and Ubuntu: apt-get install ${tools[name].aptPackage}.`,
  )
  if (isCi) finish({ passed: 0, failed: 1 })
  if (name === 'chromium') exclude.push(...testsThatLaunchABrowser())
}

const tally = new Tally()
const vitest = await startVitest('test', [], {
  watch: false,
  reporters: ['minimal', tally],
  passWithNoTests: false,
  ...(exclude.length > 0 && { exclude: ['**/node_modules/**', ...exclude] }),
})
await vitest.close()
if (exclude.length > 0) say(`Left out for want of a tool: ${exclude.join(', ')}.`)
if (tally.skipped > 0) say(`${tally.skipped} skipped`)

finish({
  passed: tally.passed + checks.filter((passed) => passed).length,
  failed: tally.failed + checks.filter((passed) => !passed).length + (isCi ? tally.skipped : 0),
})
