import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { build, defineConfig, type Plugin } from 'vite'

const here = import.meta.dirname
// The first versions that know light-dark(), popover and adopted style sheets.
const TARGET = ['chrome123', 'firefox125', 'safari17.5']
/** Faces that every document shows; the others are kept on the device once a text has needed them. */
const FACES = /^assets\/(inter|source-serif-4)-latin-wght-(normal|italic)-/

/** Builds client/app into dist/. Everything is a file of its own: the page's policy allows nothing inline. */
export default defineConfig({
  root: join(here, 'client/app'),
  base: '/',
  publicDir: false,
  resolve: { alias: { 'lib0/logging': join(here, 'client/document/lib0-logging.ts') } },
  plugins: [slimIcons(), withoutNetwork(), compressed()],
  build: {
    outDir: join(here, 'dist'),
    emptyOutDir: true,
    target: TARGET,
    // Fonts and icons as data: URLs would be refused by the policy.
    assetsInlineLimit: 0,
    // Every browser of `target` preloads modules by itself.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
})

/** Icons without what only a file of its own needs: the licence is in the package, the name space in every page. */
function slimIcons(): Plugin {
  return {
    name: 'vellum-slim-icons',
    enforce: 'pre',
    async load(id) {
      const [path = '', query] = id.split('?')
      if (query !== 'raw' || !path.includes('/lucide-static/')) return null
      const svg = (await readFile(path, 'utf8'))
        .replace(/<!--.*?-->\s*/s, '')
        .replace(/\s+(?:class|xmlns)="[^"]*"/g, '')
        .replace(/\s*\n\s*/g, ' ')
        .replaceAll('> <', '><')
        .trim()
      return `export default ${JSON.stringify(svg)}`
    },
  }
}

/**
 * Makes service-worker.js: the worker of client/app, told by name what it keeps on the device. It is built on its own,
 * as one classic script, since it must share no part with the page and not every browser takes a module there.
 */
function withoutNetwork(): Plugin {
  return {
    name: 'vellum-without-network',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name) || FACES.test(name))
      const page = bundle['index.html']
      if (page?.type !== 'asset') throw new Error('the page has no index.html')
      const assets = files.sort().map((name) => `/${name}`)
      const version = createHash('sha256')
        .update(page.source)
        .update(assets.join())
        .digest('hex')
        .slice(0, 16)
      const built = await build({
        configFile: false,
        root: here,
        logLevel: 'warn',
        define: { BUILT: JSON.stringify({ version, assets }) },
        build: {
          write: false,
          target: TARGET,
          rolldownOptions: {
            input: join(here, 'client/app/service-worker.ts'),
            output: { format: 'iife' },
          },
        },
      })
      const [output] = [built].flat().flatMap((made) => ('output' in made ? made.output : []))
      if (output?.type !== 'chunk') throw new Error('the service worker was not built')
      this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: output.code })
    },
  }
}

/** Lays a .br and a .gz beside every file that is text, so that serving one costs no compression. */
function compressed(): Plugin {
  return {
    name: 'vellum-compressed',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) return
      const texts = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name))
      await Promise.all(texts.map((name) => compress(join(dir, name))))
    },
  }
}

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path)
  await Promise.all([
    promisify(brotliCompress)(bytes).then((small) => writeFile(`${path}.br`, small)),
    promisify(gzip)(bytes, { level: 9 }).then((small) => writeFile(`${path}.gz`, small)),
  ])
}
