/** The faces of the page: its own, and what stands in for them until they arrive. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
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

const TEXT =
  'Two people may write in one sentence at once. Nothing they write is lost, and neither has to wait: 1234567890.'

it.each([
  ['Inter Variable', 'Inter Fallback'],
  ['Source Serif 4 Variable', 'Source Serif 4 Fallback'],
])('what stands in for %s takes the same place', async (face, fallback) => {
  const { page, context } = await newPage(browser)
  await page.goto(stage.url)
  await page.waitForSelector('.empty')
  const measure = (family: string) =>
    page.evaluate(
      async ([text, name]) => {
        await document.fonts.load(`100px "${name}"`, text)
        const span = document.createElement('span')
        span.textContent = text ?? ''
        span.style.cssText = `position:absolute;white-space:nowrap;line-height:normal;font:100px "${name}", monospace`
        document.body.append(span)
        const { width, height } = span.getBoundingClientRect()
        span.remove()
        return { width, height }
      },
      [TEXT, family],
    )
  const [real, standIn] = [await measure(face), await measure(fallback)]
  expect(Math.abs(standIn.width / real.width - 1)).toBeLessThan(0.015)
  expect(Math.abs(standIn.height / real.height - 1)).toBeLessThan(0.015)
  await context.close()
})

it('come from this server alone, and only those whose letters are there', async () => {
  const { page, context } = await newPage(browser)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(stage.url)
  await page.waitForSelector('.empty')
  await page.evaluate(() => document.fonts.ready)
  expect(asked.filter((url) => !url.startsWith(stage.url) && !url.startsWith('data:'))).toEqual([])
  const fonts = asked.filter((url) => url.endsWith('.woff2'))
  expect(fonts.length).toBeGreaterThan(0)
  for (const url of fonts) expect(url).toMatch(/latin-wght/)
  await context.close()
})
