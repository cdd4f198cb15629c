/**
 * How many people a second can sign in by a link, so many at a time: node tests/performance/sign-ins.ts [--count 400]
 * [--at-once 50]. What a sign-in changes is on disk before it is answered.
 */
import { parseArgs } from 'node:util'
import { makeToken } from '#server/access/making.ts'
import { startServer } from '#tests/server-process.ts'

const { values } = parseArgs({
  options: { count: { type: 'string', default: '400' }, 'at-once': { type: 'string', default: '50' } },
})
const secret = 'a secret of forty-three characters, or more.'
await using server = await startServer({
  env: {
    AUTH_SECRET: secret,
    MAX_SIGN_INS_PER_MINUTE: '0',
    MAX_REQUESTS_PER_SECOND: '0',
    LOG_LEVEL: 'error',
  },
})
const owner = await makeToken({ secret, sub: 'ana', doc: '*', role: 'owner', expiresInSeconds: 600 })
const made = await fetch(`${server.url}/v1/documents/plan/shares`, {
  method: 'POST',
  headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
  body: '{"role":"writer"}',
})
const { url } = (await made.json()) as { readonly url: string }
const body = JSON.stringify({ token: url.split('#token=')[1] })
let left = Number(values.count)
const waits: number[] = []
const begun = performance.now()
const signIn = async () => {
  while (left > 0) {
    left -= 1
    const at = performance.now()
    const answer = await fetch(`${server.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    if (!answer.ok) throw new Error(`${answer.status}`)
    await answer.json()
    waits.push(performance.now() - at)
  }
}
await Promise.all(Array.from({ length: Number(values['at-once']) }, signIn))
const seconds = (performance.now() - begun) / 1_000
waits.sort((a, b) => a - b)
const p99 = waits[Math.floor(waits.length * 0.99)] ?? 0
process.stdout.write(`${(waits.length / seconds).toFixed(0)} sign-ins a second, p99 ${p99.toFixed(0)} ms\n`)
