import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { makeApp } from '#server/app.ts'
import { healthRoutes } from '#server/ops/health.ts'
import { documentMark, makeLogger } from '#server/ops/logger.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { nodeChance, nodeClock } from '#server/ops/time.ts'

function health(problem: string | null = null) {
  const metrics = new Metrics()
  return { metrics, routes: healthRoutes({ metrics, problem: () => problem }) }
}

describe('health', () => {
  test('a server that can commit is alive and ready', async () => {
    const { routes } = health()
    expect((await routes.request('/healthz')).status).toBe(200)
    expect((await routes.request('/readyz')).status).toBe(200)
  })

  test('a server that cannot commit is alive, not ready, and says why', async () => {
    const { routes } = health('The disk is full.')
    expect((await routes.request('/healthz')).status).toBe(200)
    const answer = await routes.request('/readyz')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: 503, detail: 'The disk is full.' })
  })

  test('what was counted on the way can be read as metrics, and reading twice adds nothing', async () => {
    const { metrics, routes } = health()
    metrics.counts.framesIn += 3
    metrics.levels.rooms = 2
    metrics.refused.malformed++
    metrics.committed({ entries: 7, bytes: 70, durationMs: 3 })
    await routes.request('/metrics')
    const lines = (await (await routes.request('/metrics')).text()).split('\n')
    for (const line of [
      'vellum_frames_in_total 3',
      'vellum_rooms 2',
      'vellum_refused_total{code="4400"} 1',
      'vellum_refused_total{code="4413"} 0',
      'vellum_entries_total 7',
      'vellum_group_entries_sum 7',
      'vellum_commit_seconds_count 1',
      'vellum_not_saving 0',
    ])
      expect(lines).toContain(line)
  })

  test('the process tells its memory and event-loop delay', async () => {
    const { metrics, routes } = health()
    metrics.watchProcess()
    const text = await (await routes.request('/metrics')).text()
    expect(text).toContain('nodejs_eventloop_utilization')
    expect(text).toContain('process_resident_memory_bytes')
  })
})

describe('a request that fails by a mistake of ours', () => {
  test('is answered with a problem that says nothing of it, and told to who runs the server', async () => {
    const told: string[] = []
    const api = new Hono()
    api.get('/documents', () => {
      throw new Error('the shelf fell over')
    })
    const app = makeApp({
      isOurHost: () => true,
      health: new Hono(),
      api,
      page: new Hono(),
      onFailed: ({ message }) => told.push(message),
    })
    const answer = await app.request('/v1/documents')
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('shelf')
    expect(told).toEqual(['the shelf fell over'])
  })
})

describe('logs', () => {
  test('a document stands in the log as a mark that opens nothing', () => {
    expect(documentMark('secret-name')).toMatch(/^[0-9a-f]{12}$/)
    expect(documentMark('secret-name')).not.toBe(documentMark('secret-names'))
  })

  test('lines are structured, and ids, URLs, headers and tokens logged by mistake are left out', () => {
    const lines: string[] = []
    const log = makeLogger('info', { write: (line) => void lines.push(line) })
    log.debug('too quiet')
    log.info(
      { url: '/sync/secret?token=hunter2', request: { document: 'secret', headers: { cookie: 'hunter2' } } },
      'x',
    )
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'x' })
    expect(lines[0]).not.toMatch(/secret|hunter2/)
  })

  test('what a client sent cannot forge a line', () => {
    const lines: string[] = []
    makeLogger('info', { write: (line) => void lines.push(line) }).info(
      { reason: 'a\n{"level":"fatal"}\u001b[31m' },
      'x',
    )
    expect(lines.join('').trimEnd()).toMatch(/^[ -~]+$/)
  })
})

describe('clock and chance', () => {
  test('a timer runs once unless it was called off', async () => {
    const clock = nodeClock()
    const ran: string[] = []
    const cancel = clock.after(0, () => ran.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => {
      clock.after(5, () => {
        ran.push('late')
        resolve()
      })
    })
    cancel()
    expect(ran).toEqual(['late'])
  })

  test('chance spreads over [0, 1) and bytes do not repeat', () => {
    const chance = nodeChance()
    const fractions = Array.from({ length: 200 }, () => chance.fraction())
    expect(fractions.every((f) => f >= 0 && f < 1)).toBe(true)
    expect(new Set(fractions.map((f) => Math.floor(f * 4))).size).toBe(4)
    expect(chance.bytes(16)).toHaveLength(16)
    expect(chance.bytes(16)).not.toEqual(chance.bytes(16))
  })
})
