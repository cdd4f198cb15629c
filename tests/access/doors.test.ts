import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Access } from '#server/access/access.ts'
import { carriers, frames as frameActions, routes } from '#server/access/doors.ts'
import { openSignIn } from '#server/access/sign-in.ts'
import { v1 } from '#server/api/api.ts'
import { NO_DOOR } from '#server/api/router.ts'
import { makeApp } from '#server/app.ts'
import type { Content } from '#server/content/port.ts'
import { healthRoutes } from '#server/ops/health.ts'
import { pageRoutes } from '#server/ops/page.ts'
import type { Frame } from '#shared/frame.ts'
import { ends } from '#tests/carriers/end.ts'
import { House } from '#tests/room/house.ts'
import { removeFolder, temporaryFolder } from '#tests/server-process.ts'
import { frames } from '#tests/shared/frames.ts'
import { SeededChance } from '#tests/simulation/chance.ts'

/** What was asked of access, which refuses everything. */
const asked: string[] = []
const access: Access = {
  mode: 'guarded',
  decide: ({ action, document }) => {
    asked.push(`${action} ${document}`)
    return { kind: 'refused', code: 'unauthenticated', reason: 'who are you' }
  },
  onChange: () => () => {},
}

let dist: string
let app: Hono

beforeAll(async () => {
  dist = await temporaryFolder()
  await mkdir(join(dist, 'assets'))
  await writeFile(join(dist, 'index.html'), '<!doctype html><title>Vellum</title>')
  const { rooms, disk: log, clock, metrics } = new House()
  app = makeApp({
    isOurHost: () => true,
    health: healthRoutes({ metrics, problem: () => null }),
    api: v1({
      log,
      rooms,
      clock,
      // Nothing is asked of it: only which routes there are.
      content: {} as Content,
      chance: new SeededChance(1),
      access,
      session: { signIn: openSignIn(), isSecure: () => false, waitMs: () => 0 },
      version: '0',
      maxBodyBytes: 1,
      maxBodiesBytes: 1,
      maxHeld: 1,
      door: NO_DOOR,
      onFailed: () => {},
    }),
    page: await pageRoutes({ dist }),
    onFailed: () => {},
  })
})

afterAll(() => removeFolder(dist))

describe('V1 every way in', () => {
  test('V1 a route that there is has a line that says what has to be allowed there, and no other has', () => {
    const found = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:(id|snapshot|share)\b/g, '{$1}')}`)
    expect([...new Set(found)].toSorted()).toEqual(Object.keys(routes).toSorted())
  })

  test.each(Object.entries(routes))(
    'V1 %s asks whether one may %s, before anything else',
    async (route, action) => {
      const [method = '', template = ''] = route.split(' ')
      const path = template.replace('{id}', 'plan').replace(/\{(snapshot|share)\}/, '0'.repeat(16))
      asked.length = 0
      const response = await app.request(path, { method })
      expect(asked).toEqual(
        action === 'public' ? [] : [`${action} ${template.includes('{id}') ? 'plan' : null}`],
      )
      if (action !== 'public') expect(response.status).toBe(401)
    },
  )

  test('V1 a carrier that there is has a line', () => {
    expect(
      Object.keys(carriers)
        .filter((name) => name !== 'post')
        .toSorted(),
    ).toEqual(Object.keys(ends).toSorted())
  })

  test('V1 a frame that there is has a line', () => {
    expect(Object.keys(frameActions).toSorted()).toEqual(Object.keys(frames).toSorted())
  })

  test.each(Object.entries(frameActions))(
    'V1 what a reader sends as %s (%s) never reaches the log',
    async (type, action) => {
      const samples: readonly Frame[] = fc.sample<Frame>(
        frames[type as Frame['type']] as fc.Arbitrary<Frame>,
        {
          numRuns: 5,
          seed: 1,
        },
      )
      for (const sample of samples) {
        const house = new House()
        const end = await house.arrive('vellum', { by: { author: 'rita', role: 'reader' } })
        end.say(sample)
        await house.clock.pass(100)
        expect(await house.entries()).toHaveLength(0)
        if (action === 'nothing') expect(end.ending).toBeNull()
        if (action === 'write' && sample.type !== 'push')
          expect(end.news().some((frame) => frame.type === 'refused' && frame.code === 4403)).toBe(true)
      }
    },
  )
})
