/** Upgrades that are refused: a browser is told why once inside, and who stays there all the same is counted. */
import { expect, test } from 'vitest'
import { makeToken } from '#server/access/making.ts'
import { startServer } from '#tests/server-process.ts'
import { RawSocket } from './raw-socket.ts'

const SECRET = 'a secret that nobody can guess, of 40 bytes'
const MOST = 20
const COUNT = 100

test('N12 of more refused upgrades that do not go than there may be newcomers, the longest refused go at once', async () => {
  await using server = await startServer({
    env: { AUTH_SECRET: SECRET, MAX_NEWCOMERS: String(MOST), MAX_CONNECTIONS_PER_SECOND: '0' },
  })
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1))
  }
  const token = await makeToken({
    secret: SECRET,
    sub: 'ana',
    doc: '*',
    role: 'writer',
    expiresInSeconds: 600,
  })
  const ana = await RawSocket.upgrade(server.port, `/sync/plan?token=${token}`)
  const refused = await Promise.all(
    Array.from({ length: COUNT }, () => RawSocket.upgrade(server.port, '/sync/plan')),
  )
  expect(await metric('vellum_limited_total{limit="newcomers"}')).toBeGreaterThan(0)
  expect(await metric('vellum_newcomers')).toBeLessThanOrEqual(MOST)
  await expect
    .poll(() => refused.filter(({ socket }) => socket.destroyed).length, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(COUNT - MOST)
  expect(ana.socket.destroyed).toBe(false)
  for (const one of [ana, ...refused]) one.reset()
})
