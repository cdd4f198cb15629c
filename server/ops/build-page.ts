/**
 * Builds the page when it has to: when `dist` is missing, or was built from other sources than those that are there.
 * Sources are compared by content, since a checkout gives every file a new time.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface PageSources {
  /** The project's folder: holds client/, shared/ and vite.config.ts; dist/ is put there. */
  readonly root: string
}

const STAMP = '.sources'
/** How much of what the builder said goes into an error, in characters. */
const MAX_WORDS = 4_000
const ATTEMPTS = 5
/** How often it is looked whether the page is there, and how long each time is waited: 5 s in all. */
const LOOKS = 200
const LOOK_MS = 25

/** Resolves with the folder of a page that is up to date. Rejects when building fails; an older page then stays. */
export async function ensurePage({ root }: PageSources): Promise<string> {
  const dist = join(root, 'dist')
  const stamp = await hashSources(root)
  if ((await readStamp(dist)) === stamp) return dist
  const made = join(root, `.dist-${randomBytes(6).toString('hex')}`)
  try {
    await build(root, made)
    await writeFile(join(made, STAMP), stamp)
    await exchange(made, dist, stamp)
    await present(dist, stamp)
  } finally {
    await rm(made, { recursive: true, force: true })
  }
  return dist
}

/**
 * In a process of its own: the builder's memory goes back when it ends, its words do not get between the server's, and
 * whatever this process is called in NODE_ENV, the page is the one for people.
 */
async function build(root: string, outDir: string): Promise<void> {
  const vite = join(
    dirname(createRequire(join(root, 'package.json')).resolve('vite/package.json')),
    'bin/vite.js',
  )
  const config = join(root, 'vite.config.ts')
  const flags = ['build', '--config', config, '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn']
  const child = spawn(process.execPath, [vite, ...flags], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-MAX_WORDS)
    })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the page could not be built:\n${words}`)
}

/** Puts the new page where the old one was. Another process may do the same at the same time: either page is right. */
async function exchange(made: string, dist: string, stamp: string): Promise<void> {
  const old = `${made}-old`
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Somebody else's page, put there meanwhile, is not taken away from whoever reads it by now.
    if ((await readStamp(dist)) === stamp) return
    try {
      await rename(dist, old)
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error
    }
    try {
      await rename(made, dist)
      return
    } catch (error) {
      // Somebody else's page came in between the two renames.
      if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST') && !isCode(error, 'EPERM')) throw error
    } finally {
      await rm(old, { recursive: true, force: true })
    }
  }
}

/** Waits until nobody is between the two renames any more. Throws when the page is not there then. */
async function present(dist: string, stamp: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if ((await readStamp(dist)) === stamp) return
    await setTimeout(LOOK_MS)
  }
  throw new Error(`the page could not be put into ${dist}`)
}

/** SHA-256 of everything the page is made of: names and contents, in order. */
async function hashSources(root: string): Promise<string> {
  const hash = createHash('sha256')
  const names = ['package-lock.json', 'vite.config.ts']
  for (const folder of ['client', 'shared']) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
    for (const entry of entries)
      if (entry.isFile()) names.push(relative(root, join(entry.parentPath, entry.name)))
  }
  for (const name of names.sort()) {
    const bytes = await readFile(join(root, name))
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

async function readStamp(dist: string): Promise<string> {
  try {
    return await readFile(join(dist, STAMP), 'utf8')
  } catch (error) {
    // No page, or one that was built by hand: it is built again.
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return ''
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
