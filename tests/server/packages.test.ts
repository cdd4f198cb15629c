/** What others wrote and this project runs: exactly these packages, as few as serve, each known by its hash. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string): unknown => JSON.parse(readFileSync(`${root}/${name}`, 'utf8'))

const names = z.record(z.string(), z.string())
const project = z
  .object({ dependencies: names, devDependencies: names, optionalDependencies: names })
  .parse(read('package.json'))
const { packages } = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string(),
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
        dev: z.boolean().optional(),
      }),
    ),
  })
  .parse(read('package-lock.json'))

const locked = Object.entries(packages).filter(([path]) => path !== '')
const asked = { ...project.dependencies, ...project.devDependencies, ...project.optionalDependencies }

test('every package is locked by a hash, wherever it is fetched from', () => {
  expect(locked.length).toBeGreaterThan(50)
  expect(locked.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))).toEqual([])
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})

test('every version that is asked for is one version, and it is the one that is locked', () => {
  for (const [name, version] of Object.entries(asked)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
    expect(packages[`node_modules/${name}`]?.version, name).toBe(version)
  }
})

test('no package that people run brings a program which runs while it is installed', () => {
  const scripts = locked.filter(([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true)
  // Of macOS, optional, and not installed with scripts off, as the readme has it.
  expect(scripts.map(([path]) => path).filter((path) => !path.endsWith('/fsevents'))).toEqual([])
})

test('every package that people run is one that the program takes something of', () => {
  const sources = globSync('{client,server,shared}/**/*.{ts,css,html}', { cwd: root })
    .concat('vite.config.ts')
    .map((path) => readFileSync(`${root}/${path}`, 'utf8'))
    .join('\n')
  for (const name of Object.keys(project.dependencies))
    expect(new RegExp(`['"]${name}(/[^'"]*)?['"]`).test(sources), name).toBe(true)
})

/** Versions before these have faults that let somebody outside do harm. */
const floors: Readonly<Record<string, string>> = { lib0: '0.2.118', ws: '8.23.0', hono: '4.12.21' }

test.each(Object.entries(floors))('%s is there once, and not older than %s', (name, floor) => {
  const found = locked.filter(([path]) => path.endsWith(`node_modules/${name}`))
  expect(found).toHaveLength(1)
  const version = found[0]?.[1].version ?? ''
  expect(version.localeCompare(floor, 'en', { numeric: true })).toBeGreaterThanOrEqual(0)
})
