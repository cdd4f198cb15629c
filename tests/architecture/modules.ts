/** The project's source as modules and what each of them imports, read from the text. */
import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

export interface Module {
  /** `server/room/room.ts` */
  readonly path: string
  /** Without comments. */
  readonly source: string
  /** Project paths (`shared/id.ts`), or package specifiers as written (`yjs`, `node:fs`). */
  readonly imports: readonly string[]
  /** What it starts as a worker: known by URL, with a thread and a message between. */
  readonly starts: readonly string[]
}

const FOLDERS = ['shared', 'server', 'client']

/** Every way a module can import another: static, re-exporting, for effect, dynamic. */
const IMPORTS = [
  /\b(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/g,
  /\bimport\s*['"]([^'"]+)['"]/g,
  /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
]
const STARTS = [
  /\bnew\s+URL\s*\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta\.url/g,
  /\bimport\.meta\.resolve\s*\(\s*['"]([^'"]+)['"]/g,
]

export function readModules(root: string): Module[] {
  const paths = globSync(
    FOLDERS.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  )
  return paths.sort().map((path) => moduleOf(path, readFileSync(posix.join(root, path), 'utf8')))
}

export function moduleOf(path: string, text: string): Module {
  const source = withoutComments(text)
  const named = (patterns: readonly RegExp[]): string[] => {
    const found = patterns.flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1] ?? ''))
    return [...new Set(found.map((specifier) => resolve(path, specifier)))]
  }
  return { path, source, imports: named(IMPORTS), starts: named(STARTS) }
}

/** Whole lines and ends of lines only: the style of the project has comments nowhere else. */
function withoutComments(text: string): string {
  return text
    .split('\n')
    .map((line) => (/^\s*(\/\/|\/\*|\*)/.test(line) ? '' : line.replace(/\s\/\/ .*$/, '')))
    .join('\n')
}

function resolve(from: string, specifier: string): string {
  const path = specifier.split('?')[0] ?? ''
  if (path.startsWith('.')) return posix.join(posix.dirname(from), path)
  return path.startsWith('#') ? path.slice(1) : path
}

/** A ring of imports, as the paths along it, or null. Types count: a ring of types is a knot of ideas all the same. */
export function findRing(modules: readonly Module[]): string[] | null {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): string[] | null => {
    const start = trail.indexOf(path)
    if (start !== -1) return [...trail.slice(start), path]
    const module = byPath.get(path)
    if (module === undefined || done.has(path)) return null
    for (const next of module.imports) {
      const ring = walk(next, [...trail, path])
      if (ring !== null) return ring
    }
    done.add(path)
    return null
  }
  for (const { path } of modules) {
    const ring = walk(path, [])
    if (ring !== null) return ring
  }
  return null
}
