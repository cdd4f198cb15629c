/** What every answer says to browsers, whoever gives it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { RawSocket, upgradeRequest } from './raw-socket.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await startServer()
})

afterAll(() => server?.[Symbol.asyncDispose]())

describe('every answer', () => {
  it.each([
    ['GET', '/', 200],
    ['GET', '/d/plan', 200],
    ['GET', '/service-worker.js', 200],
    ['GET', '/assets/none.js', 404],
    ['GET', '/nothing', 404],
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/metrics', 200],
    ['GET', '/v1/docs', 200],
    ['GET', '/v1/openapi.json', 200],
    ['GET', '/v1/documents', 200],
    ['GET', '/v1/documents/none', 404],
    ['GET', '/v1/documents/%00', 400],
    ['GET', '/v1/documents/none/content', 404],
    ['POST', '/v1/documents', 405],
    ['GET', '/v1/nothing', 404],
    ['GET', '/sync/plan', 200],
    ['GET', '/sync/plan?live=sse', 200],
    ['POST', '/sync/plan', 200],
    ['PUT', '/sync/plan', 405],
    ['GET', '/sync/%00', 400],
    ['GET', '/sync/plan?live=never', 400],
  ])('to %s %s says that it is taken for nothing else, and who may show it', async (method, path, status) => {
    const gone = new AbortController()
    const { headers, status: answered } = await fetch(server.url + path, { method, signal: gone.signal })
    gone.abort()
    expect(answered).toBe(status)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('x-frame-options')).toMatch(/^(DENY|SAMEORIGIN)$/)
    expect(headers.get('permissions-policy')).toContain('camera=()')
    expect(headers.has('access-control-allow-origin')).toBe(false)
    expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null])
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/default-src '(none|self)'/)
    expect(policy).toMatch(/frame-ancestors '(none|self)'/)
    expect(policy).not.toMatch(/script-src[^;]*unsafe|\*/)
  })

  it('that refuses an upgrade says so, too', async () => {
    const raw = await RawSocket.connect(server.port)
    raw.say(upgradeRequest('/nowhere'))
    const said = (await raw.ended).toString('latin1').toLowerCase()
    for (const name of ['content-security-policy', 'x-content-type-options', 'referrer-policy'])
      expect(said).toContain(`\r\n${name}: `)
  })
})
