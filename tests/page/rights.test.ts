/** What somebody may do changes while their tab stands open: in a real browser, before a real server that knows people. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeToken } from '#server/access/making.ts'
import type { Role } from '#shared/frame.ts'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { open, PATIENCE, saved, text, wordsOn, write } from './shown.ts'
import { newPage } from './stage.ts'

const SECRET = 'a secret of forty-three characters, or more.'
const ID = 'rights'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer({ env: { AUTH_SECRET: SECRET } })])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

/** Asks the API as the owner of everything. */
async function ask(path: string, method: string, body?: object): Promise<Response> {
  const token = await makeToken({
    secret: SECRET,
    sub: 'Owner',
    doc: '*',
    role: 'owner',
    expiresInSeconds: 3_600,
  })
  return fetch(`${server.url}/v1/documents/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function share(role: Role): Promise<{ readonly id: string; readonly url: string }> {
  const answer = await ask(`${ID}/shares`, 'POST', { role })
  expect(answer.status).toBe(201)
  return (await answer.json()) as { id: string; url: string }
}

const heading = (page: Page, words: string) => page.locator('.notice h1, .notice h2', { hasText: words })
const mayWrite = (page: Page) => text(page).getAttribute('contenteditable')

it('V8 a tab hears of a right that is lowered, taken back and given again, and of the end, without a reload', async () => {
  expect((await ask(ID, 'PUT', { content: 'Oats.', format: 'text' })).status).toBe(201)
  const first = await share('writer')
  const { page, context } = await newPage(browser)
  await open(page, first.url)
  await page.evaluate(() => {
    document.body.dataset['since'] = 'the first link'
  })
  await write(page, ' Rye.')
  await saved(page)

  await ask(`${ID}/shares/${first.id}`, 'PATCH', { role: 'reader' })
  await page.locator('.view-only').waitFor()
  await expect.poll(() => mayWrite(page), PATIENCE).toBe('false')

  await ask(`${ID}/shares/${first.id}`, 'DELETE')
  await heading(page, 'You have no access to this document').waitFor()
  // The page has asked who is here by now: nothing it holds opens this document any more.
  await expect
    .poll(() => page.evaluate(() => localStorage.getItem('vellum.who')), PATIENCE)
    .toContain('"grants":[]')

  const beside = await context.newPage()
  await open(beside, (await share('writer')).url)
  await heading(page, 'You have no access to this document').waitFor({ state: 'detached' })
  await expect.poll(() => mayWrite(page), PATIENCE).toBe('true')
  await write(page, ' Barley.')
  await saved(page)
  await expect.poll(() => wordsOn(beside), PATIENCE).toBe('Oats. Rye. Barley.')
  expect(await page.evaluate(() => document.body.dataset['since'])).toBe('the first link')

  expect((await ask(ID, 'DELETE')).status).toBe(204)
  await Promise.all([page, beside].map((one) => heading(one, 'This document was deleted').waitFor()))
  expect(await wordsOn(page)).toBe('Oats. Rye. Barley.')
  await context.close()
})
