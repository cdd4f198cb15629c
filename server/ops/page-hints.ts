/** What the page will ask for later, as a `Link` header, from the manifest the builder writes. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Faces every document shows: Latin letters of the text and of what is around it. */
const FACES = ['inter-latin-wght-normal.woff2', 'source-serif-4-latin-wght-normal.woff2']

interface Built {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
}

export interface PageHints {
  /** For `/`. */
  readonly home: string
  /** For `/d/…`. */
  readonly document: string
}

/** '' where the builder left no manifest: the page then works the same, a moment later. */
export async function pageHints(dist: string): Promise<PageHints> {
  const manifest = await readManifest(join(dist, '.vite/manifest.json'))
  const fonts = Object.entries(manifest)
    .filter(([source]) => FACES.some((face) => source.endsWith(`/${face}`)))
    .map(([, { file }]) => `</${file}>; rel=preload; as=font; type="font/woff2"; crossorigin`)
  const scripts = (...parts: readonly string[]): string[] => {
    const found = new Set<string>()
    for (const part of parts) filesOf(manifest, part, found)
    return [...found].map((file) => `</${file}>; rel=modulepreload`)
  }
  return {
    home: [...fonts, ...scripts('home.ts')].join(', '),
    document: [...fonts, ...scripts('editing.ts', 'device-store.ts')].join(', '),
  }
}

/** The part's own file and those it imports from the start. */
function filesOf(manifest: Readonly<Record<string, Built>>, part: string, found: Set<string>): Set<string> {
  const built = manifest[part]
  if (built === undefined || built.isEntry === true || found.has(built.file)) return found
  found.add(built.file)
  for (const imported of built.imports ?? []) filesOf(manifest, imported, found)
  return found
}

async function readManifest(path: string): Promise<Readonly<Record<string, Built>>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, Built>
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
