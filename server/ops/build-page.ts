/**
 * Builds the page when it has to: when `dist` is missing, or was built from other sources than those that are there.
 * Sources are compared by content, since a checkout gives every file a new time.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

export interface PageSources {
  /** The project's folder: holds client/, shared/ and vite.config.ts; dist/ is put there. */
  readonly root: string
}

const STAMP = '.sources'

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
  } finally {
    await rm(made, { recursive: true, force: true })
  }
  return dist
}

async function build(root: string, outDir: string): Promise<void> {
  // Imported only here: a server whose page is built starts without loading the builder.
  const vite = await import('vite')
  await vite.build({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  })
}

/** Puts the new page where the old one was. Another process may do the same at the same time: either page is right. */
async function exchange(made: string, dist: string, stamp: string): Promise<void> {
  const old = `${made}-old`
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      await rename(dist, old)
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error
    }
    try {
      await rename(made, dist)
      break
    } catch (error) {
      // Somebody else's page came in between the two renames.
      if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST') && !isCode(error, 'EPERM')) throw error
      if ((await readStamp(dist)) === stamp) break
    } finally {
      await rm(old, { recursive: true, force: true })
    }
  }
  if ((await readStamp(dist)) !== stamp) throw new Error(`the page could not be put into ${dist}`)
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
