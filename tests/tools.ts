/** The programs beside Node that tests need: where they are, and how to get them. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

interface Tool {
  readonly names: readonly string[]
  /** Places a program is installed in without being in PATH. */
  readonly places: readonly string[]
  readonly aptPackage: string
  readonly needed: string
}

export const tools = {
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'],
    places: [
      '/usr/lib/chromium/chromium',
      '/opt/google/chrome/chrome',
      '/snap/bin/chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    aptPackage: 'chromium',
    needed: 'a Chromium or Chrome browser, for the tests in real pages',
  },
  strace: {
    names: ['strace'],
    places: [],
    aptPackage: 'strace',
    needed:
      'strace, for the test of a flush that fails (Linux; on Debian and Ubuntu: apt-get install strace)',
  },
  prlimit: {
    names: ['prlimit'],
    places: [],
    aptPackage: 'util-linux',
    needed:
      'prlimit, for the test of a disk that is full (Linux; on Debian and Ubuntu: apt-get install util-linux)',
  },
  nginx: {
    names: ['nginx'],
    places: ['/usr/sbin/nginx'],
    aptPackage: 'nginx',
    needed: 'nginx, for the tests behind a real proxy (on Debian and Ubuntu: apt-get install nginx)',
  },
  haproxy: {
    names: ['haproxy'],
    places: ['/usr/sbin/haproxy'],
    aptPackage: 'haproxy',
    needed: 'HAProxy, for the tests behind a real proxy (on Debian and Ubuntu: apt-get install haproxy)',
  },
} as const satisfies Record<string, Tool>

export type ToolName = keyof typeof tools

/** The path of the program, or null. */
export function findTool(name: ToolName): string | null {
  const { names, places } = tools[name]
  const { PATH = '' } = process.env
  const folders = PATH.split(delimiter).filter((folder) => folder !== '')
  const inPath = names.flatMap((program) => folders.map((folder) => join(folder, program)))
  return [...inPath, ...places].find(isProgram) ?? null
}

/** The path of the program. Throws with what to install. */
export function tool(name: ToolName): string {
  const path = findTool(name)
  if (path === null) throw new Error(`What is missing: ${tools[name].needed}.`)
  return path
}

/** Installs the program with apt-get, as root or through sudo without a password. True when it is there afterwards. */
export function installTool(name: ToolName): boolean {
  const isRoot = process.getuid?.() === 0
  const prefix = isRoot ? [] : ['sudo', '-n']
  const commands = [
    ['apt-get', 'update', '-q'],
    ['apt-get', 'install', '-q', '-y', '--no-install-recommends', tools[name].aptPackage],
  ]
  for (const command of commands) {
    const [program = '', ...rest] = [...prefix, ...command]
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status, stderr, error } = spawnSync(program, rest, { encoding: 'utf8', env, timeout: 300_000 })
    if (status === 0) continue
    process.stderr.write(`${command.join(' ')} failed: ${error?.message ?? stderr.trim().slice(-500)}\n`)
    return false
  }
  return findTool(name) !== null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not ours to run: the next place may have it.
    return false
  }
}
