import { describe, expect, test } from 'vitest'
import { readConfig } from '#server/config.ts'
import { Door } from '#server/gate/admission.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

/** What the door of a server says to a page that asks for a channel. */
function answerTo(headers: Record<string, string>, env: Record<string, string> = {}): number | 'admitted' {
  const read = readConfig(env, [])
  if (read.kind !== 'config') throw new Error('no configuration')
  const door = new Door(read.config, { clock: new VirtualClock(), metrics: new Metrics() })
  const admission = door.ask({ url: '/sync/plan', headers, remoteAddress: '127.0.0.1' })
  return admission.kind === 'admitted' ? 'admitted' : admission.status
}

const host = '127.0.0.1:8787'
const ours = 'http://127.0.0.1:8787'
const theirs = 'https://notes.example'

describe('pages of which origins may connect', () => {
  test('the own one may, a foreign one may not, and who is no browser sends none', () => {
    expect(answerTo({ host, origin: ours })).toBe('admitted')
    expect(answerTo({ host, origin: theirs })).toBe(403)
    expect(answerTo({ host, origin: 'null' })).toBe(403)
    expect(answerTo({ host })).toBe('admitted')
  })

  test('behind a proxy that gives the server another name the origin of PUBLIC_URL may', () => {
    expect(answerTo({ host, origin: theirs }, { PUBLIC_URL: theirs })).toBe('admitted')
  })

  test('… and the own one, where the browser itself says that it is', () => {
    expect(answerTo({ host, origin: theirs, 'sec-fetch-site': 'same-origin' })).toBe('admitted')
    for (const site of ['same-site', 'cross-site', 'none', ''])
      expect(answerTo({ host, origin: theirs, 'sec-fetch-site': site }), site).toBe(403)
  })

  test('an origin is more than a name: other schemes, and the own name without TLS where PUBLIC_URL has it, may not', () => {
    for (const scheme of ['ftp', 'file', 'chrome-extension'])
      expect(answerTo({ host, origin: `${scheme}://${host}` }), scheme).toBe(403)
    const called = { host: 'notes.example', origin: 'http://notes.example' }
    expect(answerTo(called, { PUBLIC_URL: theirs })).toBe(403)
    expect(answerTo({ ...called, origin: theirs }, { PUBLIC_URL: theirs })).toBe('admitted')
    expect(answerTo({ host, origin: ours }, { PUBLIC_URL: theirs })).toBe('admitted')
  })

  test('a request without an origin that a page of another site makes is refused, a link that is followed is not', () => {
    for (const site of ['cross-site', 'same-site']) {
      const asks = { host, 'sec-fetch-site': site }
      for (const mode of ['no-cors', 'cors', 'websocket'])
        expect(answerTo({ ...asks, 'sec-fetch-mode': mode }), `${site} ${mode}`).toBe(403)
      expect(answerTo({ ...asks, 'sec-fetch-mode': 'navigate' }), site).toBe('admitted')
    }
    expect(answerTo({ host, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'no-cors' })).toBe('admitted')
    expect(answerTo({ host, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).toBe('admitted')
  })

  test('whatever the browser says, the server answers to its own names only', () => {
    expect(answerTo({ host: 'evil.example', 'sec-fetch-site': 'same-origin' })).toBe(403)
  })
})
