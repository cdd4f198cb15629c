/** What holds in every state of the page, whatever it shows. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { enter, scenes } from './scenes.ts'
import { newPage, openStage, type Stage } from './stage.ts'

let browser: Browser
let stage: Stage

beforeAll(async () => {
  ;[browser, stage] = await Promise.all([launchBrowser(), openStage()])
})

afterAll(async () => {
  await browser?.close()
  await stage?.close()
})

const CUT: ReadonlySet<string> = new Set([
  'home-failed',
  'home-offline',
  'document-away',
  'document-not-kept',
  'document-offline',
  'document-unknown-offline',
])

describe.each(scenes.map((scene) => [scene.name, scene] as const))('%s', (name, scene) => {
  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)(
    'in %s, %i wide: no barrier, nothing beside the screen, nothing refused by the policy',
    async (scheme, width) => {
      const { page, context, complaints } = await newPage(browser, { scheme, width, touch: width < 600 })
      await enter(scene, page, stage)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual(
        [],
      )
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      // A list that fails, and a network that is cut, are what these scenes are about.
      const expected = CUT.has(name)
      if (!expected) expect(complaints).toEqual([])
      expect(complaints.filter((text) => /content security policy|trusted/i.test(text))).toEqual([])
      await context.close()
    },
  )
})

/** How many pixels the page is wider than the screen. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
