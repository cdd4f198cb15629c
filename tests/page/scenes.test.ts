/** What holds in every state of the page, whatever it shows. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { barriers } from '#tests/barriers.ts'
import { launchBrowser } from '#tests/browser.ts'
import { enter, type Scene, scenes } from './scenes.ts'
import { type Look, newPage, openStage, type Stage, type Visit } from './stage.ts'

let browser: Browser
let stage: Stage
/** A page for each look, in which scene follows scene: each finds a device that holds nothing. */
let visits: Map<string, Visit>

beforeAll(async () => {
  ;[browser, stage] = await Promise.all([launchBrowser(), openStage()])
  visits = new Map()
})

afterAll(async () => {
  await browser?.close()
  await stage?.close()
})

const CUT: ReadonlySet<string> = new Set([
  'home-failed',
  'home-offline',
  'home-unknown',
  'link-refused',
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
      const { page, complaints } = await visit({ scheme, width, touch: width < 600 }, scene)
      const before = complaints.length
      await enter(scene, page, stage)
      expect(await barriers(page)).toEqual([])
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      const heard = complaints.slice(before)
      // A list that fails, and a network that is cut, are what these scenes are about.
      const expected = CUT.has(name)
      if (!expected) expect(heard).toEqual([])
      expect(heard.filter((text) => /content security policy|trusted/i.test(text))).toEqual([])
    },
  )
})

/** A page as somebody sees it who was never here before. */
async function visit(look: Look, scene: Scene): Promise<Visit> {
  // What makes a browser another one stays with it.
  const key = JSON.stringify([look, scene.prepare && scene.name])
  const known = visits.get(key)
  if (known !== undefined) {
    await forget(known)
    return known
  }
  const made = await newPage(browser, look)
  made.page.on('dialog', (dialog) => dialog.accept())
  visits.set(key, made)
  return made
}

/** Undoes what a scene did to the browser, and what the page kept in it. */
async function forget({ page, context }: Visit): Promise<void> {
  await page.goto('about:blank')
  await page.unrouteAll()
  await context.setOffline(false)
  const browserOfIt = await context.newCDPSession(page)
  await browserOfIt.send('Storage.clearDataForOrigin', { origin: stage.url, storageTypes: 'all' })
  await browserOfIt.detach()
}

/** How many pixels the page is wider than the screen. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
