import { execFileSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { readWords, Typist } from './typist.ts'

const PATIENCE = { timeout: 60_000, interval: 100 }

/** From now on every write of the process to a file fails, as on a disk that is full; or none does any more. */
function setDisk(server: ServerProcess, disk: 'full' | 'roomy'): void {
  const bytes = disk === 'full' ? 1 : 'unlimited'
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`])
}

async function readiness(server: ServerProcess): Promise<number> {
  return (await fetch(`${server.url}/readyz`)).status
}

test('A24 a disk that is full: people are told, nothing is acknowledged, and once there is room all is saved by itself', async () => {
  await using server = await startServer()
  const typist = await Typist.sit(server.syncUrl, 'full', 'w')
  typist.type()
  await typist.acknowledgedOr(1)
  expect(await readiness(server)).toBe(200)

  setDisk(server, 'full')
  const told = typist.channel.frames.length
  for (let i = 0; i < 20; i++) typist.type()
  await vi.waitFor(async () => {
    expect(await readiness(server)).toBe(503)
    expect(typist.channel.frames.slice(told)).toContainEqual({ type: 'saving', saving: false })
  }, PATIENCE)
  expect(typist.acknowledged.size).toBe(1)
  const problem = await (await fetch(`${server.url}/readyz`)).text()
  expect(problem).not.toContain(server.dataDir)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('vellum_not_saving 1')
  // Reading goes on: who comes now gets what is on disk, and no more than that.
  expect(await readWords(server.syncUrl, 'full')).toEqual(['w-1'])
  // A16: programs are told, too, and nothing of what they ask is done later.
  for (const [method, document] of [
    ['PUT', 'new'],
    ['DELETE', 'full'],
  ]) {
    const asked = await fetch(`${server.url}/v1/documents/${document}`, { method: method ?? '' })
    expect([asked.status, asked.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await asked.json()).toMatchObject({ type: '/v1/docs#not-saving', code: 4503 })
  }

  setDisk(server, 'roomy')
  await typist.acknowledgedOr(21)
  expect(typist.acknowledged.size).toBe(21)
  expect(typist.channel.frames).toContainEqual({ type: 'saving', saving: true })
  await vi.waitFor(async () => expect(await readiness(server)).toBe(200), PATIENCE)
  expect((await fetch(`${server.url}/v1/documents/new`)).status).toBe(404)
  await using again = await server.restart()
  expect(await readWords(again.syncUrl, 'full')).toHaveLength(21)
})
