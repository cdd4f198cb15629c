/** Pictures of other hosts in a document, in a real browser, beside a host that counts who asks. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { listening } from './hostile-page.ts'
import { open, PATIENCE, text, wordsOn } from './shown.ts'

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+M8AAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
)
/** Who asked the other host, in order. */
const asked: IncomingHttpHeaders[] = []
const host = createServer((request, response) => {
  if (request.url === '/pier.png') asked.push(request.headers)
  response.writeHead(200, { 'Content-Type': 'image/png' }).end(PICTURE)
})

let browser: Browser
let elsewhere: string
let closed: ServerProcess
let opened: ServerProcess

beforeAll(async () => {
  elsewhere = await listening(host)
  ;[browser, closed, opened] = await Promise.all([
    launchBrowser(),
    startServer(),
    startServer({ env: { ALLOWED_PICTURES: elsewhere } }),
  ])
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([closed?.[Symbol.asyncDispose](), opened?.[Symbol.asyncDispose]()])
  host.close()
})

const ID = 'harbour'

/** A page with the picture between words, read from the device's width. */
async function page(server: ServerProcess, width = 1280): Promise<Page> {
  const body = `before ![The pier](${elsewhere}/pier.png) after\n\n[![A map](${elsewhere}/pier.png)](https://maps.example/)`
  const address = `${server.url}/v1/documents/${ID}`
  const headers = { 'content-type': 'text/markdown' }
  expect([200, 201]).toContain((await fetch(address, { method: 'PUT' })).status)
  const told = await fetch(`${address}/content`, { method: 'PUT', headers, body })
  expect(told.status, await told.text()).toBe(200)
  const context = await browser.newContext({ viewport: { width, height: 800 }, serviceWorkers: 'block' })
  const made = await context.newPage()
  await open(made, `${server.url}/d/${ID}`)
  await text(made).getByText('after').waitFor()
  return made
}

const readings = ['content?format=html', 'content?format=html&standalone=true', 'diff?format=html']

describe('a picture of a host that was not allowed', () => {
  it('is its words and its host, in the text and in versions, and nobody asks for it', async () => {
    const ada = await page(closed)
    const words = text(ada).locator('.picture')
    expect(await words.allInnerTexts()).toEqual([
      expect.stringMatching(/^The pier\s+127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^A map\s+127\.0\.0\.1:\d+$/),
    ])
    expect(await text(ada).locator('img[src]').count()).toBe(0)
    await ada.getByRole('button', { name: 'More', exact: true }).click()
    await ada.getByRole('menuitem', { name: 'Version history' }).click()
    await ada.locator('.version .picture').first().waitFor()
    expect(await ada.locator('.version img[src]').count()).toBe(0)
    for (const path of readings) {
      await ada.goto(`${closed.url}/v1/documents/${ID}/${path}`, { waitUntil: 'load' })
      await ada.getByText('after').first().waitFor()
    }
    expect(asked).toEqual([])
    await ada.context().close()
  })

  it.each([1280, 390])(
    'is reached and opened by key, in a tab of its own that knows nothing of this one (%i wide)',
    async (width) => {
      const ada = await page(closed, width)
      const look = text(ada).getByRole('link', { name: /^127\.0\.0\.1:\d+: open “The pier” in a new tab$/ })
      const place = await text(ada).locator('.picture').first().boundingBox()
      expect(place?.width).toBeLessThanOrEqual(width)
      await text(ada).focus()
      await ada.keyboard.press('Escape')
      await ada.keyboard.press('Tab')
      await expect.poll(() => look.evaluate((link) => link === document.activeElement), PATIENCE).toBe(true)
      expect(asked).toEqual([])
      const [tab] = await Promise.all([ada.context().waitForEvent('page'), ada.keyboard.press('Enter')])
      await expect.poll(() => asked.length, PATIENCE).toBe(1)
      expect(asked.pop()?.referer).toBeUndefined()
      expect(await tab.evaluate(() => window.opener === null)).toBe(true)
      expect(await text(ada).locator('.picture').first().boundingBox()).toEqual(place)
      expect(await wordsOn(ada)).toContain('before')
      await ada.context().close()
    },
  )
})

describe('a picture of an allowed host', () => {
  it('is loaded, in the text, in versions and where the API is read', async () => {
    const ada = await page(opened)
    const loaded = (within: string) =>
      expect
        .poll(
          () =>
            ada
              .locator(`${within} img[src]`)
              .evaluateAll((all) => all.map((one) => one instanceof HTMLImageElement && one.naturalWidth)),
          PATIENCE,
        )
        .toEqual([1, 1])
    await loaded('[role="textbox"]')
    await ada.getByRole('button', { name: 'More', exact: true }).click()
    await ada.getByRole('menuitem', { name: 'Version history' }).click()
    await loaded('.version')
    // A comparison is of words.
    for (const path of readings.filter((path) => path.startsWith('content'))) {
      await ada.goto(`${opened.url}/v1/documents/${ID}/${path}`, { waitUntil: 'load' })
      await loaded('body')
    }
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.every(({ referer }) => referer === undefined)).toBe(true)
    asked.length = 0
    await ada.context().close()
  })
})
