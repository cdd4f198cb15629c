/** People who are let in by links and sign-ins, in real browsers before a real server that knows them. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeToken } from '#server/access/making.ts'
import type { Role } from '#shared/frame.ts'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { networkComes, networkGoes, open, PATIENCE, saved, text, wordsOn, write } from './shown.ts'
import { newPage, type Visit } from './stage.ts'

const SECRET = 'a secret of forty-three characters, or more.'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer({ env: { AUTH_SECRET: SECRET } })])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

interface Share {
  readonly id: string
  readonly url: string
}

/** A sign-in's token. */
function tokenOf(sub: string, doc: string, role: Role = 'owner'): Promise<string> {
  return makeToken({ secret: SECRET, sub, name: `${sub} Example`, doc, role, expiresInSeconds: 3_600 })
}

/** Asks the API as the owner of everything. */
async function ask(path: string, method: string, body?: object): Promise<Response> {
  const authorization = `Bearer ${await tokenOf('Owner', '*')}`
  return fetch(`${server.url}/v1/documents/${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function share(document: string, role: Role, more: object = {}): Promise<Share> {
  const answer = await ask(`${document}/shares`, 'POST', { role, ...more })
  expect(answer.status).toBe(201)
  return (await answer.json()) as Share
}

/** A document with this text. */
async function begin(document: string, words: string): Promise<void> {
  const answer = await ask(document, 'PUT', { title: document, content: words, format: 'text' })
  expect(answer.status).toBe(201)
}

async function contentOf(document: string): Promise<string> {
  return (await (await ask(`${document}/content?format=text`, 'GET')).text()).trim()
}

async function visit(): Promise<Visit> {
  return newPage(browser)
}

const viewOnly = (page: Page) => page.locator('.view-only')
const heading = (page: Page, words: string) => page.locator('.notice h1, .notice h2', { hasText: words })

async function cookiesOf(context: BrowserContext) {
  return (await context.cookies()).map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))
}

/** The ids of all documents that are in this browser's stores. Runs in the page. */
async function documentsHere(): Promise<string[]> {
  const found: string[] = []
  for (const { name } of await indexedDB.databases()) {
    const opening = indexedDB.open(name ?? '')
    const keys = await new Promise<IDBValidKey[]>((resolve, reject) => {
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const asking = opening.result.transaction('documents').objectStore('documents').getAllKeys()
        asking.onsuccess = () => resolve(asking.result)
      }
    })
    opening.result.close()
    found.push(...keys.map(String))
  }
  return found.sort()
}

it('a link opens its document to be written in, and its token is left nowhere', async () => {
  await begin('minutes', 'Bread.')
  const { url } = await share('minutes', 'writer')
  const token = url.slice(url.indexOf('=') + 1)
  const { page, context, complaints } = await visit()
  const told: string[] = []
  page.on('request', (request) => {
    told.push(request.url(), ...Object.values(request.headers()))
    // The one place it goes to, once.
    if (request.url().endsWith('/v1/session') && request.method() === 'POST') return
    told.push(request.postData() ?? '')
  })
  await open(page, url)
  await write(page, ' Butter.')
  await saved(page)
  expect(await contentOf('minutes')).toBe('Bread. Butter.')
  expect(page.url()).toBe(`${server.url}/d/minutes`)
  expect(await cookiesOf(context)).toEqual([{ name: 'vellum', httpOnly: true, sameSite: 'Strict' }])
  // Somewhere else of the page, and back: no entry of the tab's history has it either.
  await page.getByRole('link', { name: 'All documents' }).click()
  await page.locator('.documents a', { hasText: 'minutes' }).waitFor()
  await page.goBack()
  await text(page).waitFor()
  expect(page.url()).toBe(`${server.url}/d/minutes`)
  expect(await page.evaluate(() => document.referrer)).toBe('')
  expect(told.filter((what) => what.includes(token))).toEqual([])
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(token)
  expect(complaints).toEqual([])
  // A second link adds to the first, also where it is opened without a load.
  await begin('plan', 'Rye.')
  const second = await share('plan', 'reader')
  await page.evaluate((address) => {
    location.href = address
  }, second.url)
  await viewOnly(page).waitFor()
  expect(page.url()).toBe(`${server.url}/d/plan`)
  await page.goto(server.url)
  await page.locator('.documents a', { hasText: 'minutes' }).waitFor()
  await page.locator('.documents a', { hasText: 'plan' }).waitFor()
  expect(await page.getByRole('link', { name: 'New document' }).count()).toBe(0)
  // Who leaves takes along what the server has.
  expect(await page.evaluate(documentsHere)).toEqual(['minutes', 'plan'])
  await page.locator('.face').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('Documents here open by a link').waitFor()
  await expect.poll(() => page.evaluate(documentsHere), PATIENCE).toEqual([])
  expect(await context.cookies()).toEqual([])
  await context.close()
  expect(server.stderr).not.toContain(token)
})

it('who may only read sees that, is seen by the verified name, and nothing they make the page do gets through', async () => {
  await begin('read', 'Flour.')
  const link = await share('read', 'reader')
  const [reader, owner] = [await visit(), await visit()]
  await open(reader.page, link.url)
  await viewOnly(reader.page).waitFor()
  await open(owner.page, `${server.url}/d/read#token=${await tokenOf('Ana', 'read')}`)
  // Whatever a client says of itself.
  await reader.page.evaluate(() =>
    document
      .querySelector('vellum-editor')
      ?.awareness?.setLocalStateField('user', { name: 'Ana Example', color: 1 }),
  )
  await owner.page.getByRole('button', { name: /^Guest .* is here$/ }).waitFor()
  await reader.page.getByRole('button', { name: 'Ana Example is here' }).waitFor()
  expect(await text(reader.page).getAttribute('contenteditable')).toBe('false')
  expect(await reader.page.locator('.title-input').getAttribute('readonly')).not.toBeNull()
  await expect.poll(() => reader.page.locator('vellum-toolbar').isVisible(), PATIENCE).toBe(false)
  await reader.page.evaluate(() =>
    document.querySelector('vellum-editor')?.doc?.getMap('meta').set('title', 'Mine'),
  )
  await reader.page.locator('vellum-untaken').getByText('1 change of yours is not on the server').waitFor()
  // Where somebody reads is seen, too.
  await text(reader.page).click()
  await owner.page.locator('.person-caret', { hasText: /^Guest / }).waitFor({ state: 'attached' })
  await write(owner.page, ' Salt.')
  await saved(owner.page)
  await expect.poll(() => wordsOn(reader.page), PATIENCE).toBe('Flour. Salt.')
  expect(await owner.page.locator('.title-input').inputValue()).toBe('read')

  // The same channel, and the same page: more may be done from one moment to the next, and less.
  const change = (role: Role) => ask(`read/shares/${link.id}`, 'PATCH', { role })
  await change('writer')
  await expect.poll(() => text(reader.page).getAttribute('contenteditable'), PATIENCE).toBe('true')
  await saved(reader.page)
  // What was kept is sent now that it may be.
  await expect.poll(() => owner.page.locator('.title-input').inputValue(), PATIENCE).toBe('Mine')
  await write(reader.page, ' Water.')
  await saved(reader.page)
  expect(await contentOf('read')).toContain('Flour. Salt. Water.')
  await change('reader')
  await viewOnly(reader.page).waitFor()
  await expect.poll(() => text(reader.page).getAttribute('contenteditable'), PATIENCE).toBe('false')

  // And nothing at all.
  await ask(`read/shares/${link.id}`, 'DELETE')
  await heading(reader.page, 'You have no access to this document').waitFor()
  expect(await wordsOn(reader.page)).toBe('Flour. Salt. Water.')
  await owner.page.getByRole('button', { name: /is here$/ }).waitFor({ state: 'detached' })
  const late = await visit()
  await late.page.goto(link.url)
  await heading(late.page, 'This link does not work any more').waitFor()
  expect(late.page.url()).toBe(`${server.url}/d/read`)
  await Promise.all([reader, owner, late].map(({ context }) => context.close()))
})

it('a link that ends puts out whom it let in, and says so', async () => {
  await begin('short', 'Yeast.')
  const { page, context } = await visit()
  // It must not have ended before a slow machine has opened it.
  for (const seconds of [5, 30, 120]) {
    const expiresAt = new Date(Date.now() + seconds * 1_000).toISOString()
    const { url } = await share('short', 'writer', { expiresAt })
    await page.goto('about:blank')
    await page.goto(url)
    await text(page).or(page.locator('.notice h1')).first().waitFor()
    if (await text(page).isVisible()) break
  }
  await heading(page, 'Your access has ended').waitFor({ timeout: 150_000 })
  expect(await text(page).getAttribute('contenteditable')).toBe('false')
  expect(await wordsOn(page)).toBe('Yeast.')
  await context.close()
})

it('an owner gives out a link from the page, and takes it back', async () => {
  await begin('shared', 'Oats.')
  const { page, context } = await visit()
  await open(page, `${server.url}/d/shared#token=${await tokenOf('Ana', 'shared')}`)
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  await page.getByLabel('Whoever has the link').selectOption('Can edit')
  await page.getByLabel('Who it is for').fill('Bo')
  await page.getByRole('button', { name: 'Make a link' }).click()
  const address = await page.getByLabel('Link to this document').inputValue()
  expect(address).toMatch(/\/d\/shared#token=vs_[\w-]{43}$/)
  const bo = await visit()
  await open(bo.page, address)
  await write(bo.page, ' Milk.')
  await saved(bo.page)
  await expect.poll(() => wordsOn(page), PATIENCE).toBe('Oats. Milk.')
  await page.getByRole('button', { name: 'Turn off “Bo”' }).click()
  await page.getByRole('button', { name: 'Turn it off' }).click()
  await heading(bo.page, 'You have no access to this document').waitFor()
  await page.getByText('No link has been given out.').waitFor()
  // Who owns nothing is told who can.
  const other = await visit()
  await open(other.page, (await share('shared', 'writer')).url)
  await other.page.getByRole('button', { name: 'Share', exact: true }).click()
  await other.page.getByText('Only its owners can let others in.').waitFor()
  await Promise.all([context, bo.context, other.context].map((one) => one.close()))
})

it('nobody becomes somebody else by following a link, unless they say so', async () => {
  await begin('lure', 'Salt.')
  const { page, context, complaints } = await visit()
  const cookie = async () => (await context.cookies()).map(({ value }) => value)
  const who = () => page.evaluate(async () => (await (await fetch('/v1/session')).json()).principal)
  await open(page, (await share('lure', 'writer')).url)
  const [asGuest, guest] = [await cookie(), await who()]
  const mallory = `/d/lure#token=${await tokenOf('Mallory', 'lure', 'reader')}`
  const follow = async (link: string, heard: string) => {
    await page.evaluate((address) => {
      location.href = address
    }, link)
    await heading(page, heard).waitFor()
    // Its token is no longer in the address while it asks.
    expect(page.url()).toBe(`${server.url}/d/lure`)
  }
  await follow(mallory, 'This link is for Mallory Example')
  await page.getByText(`You are here as a guest, ${guest.name}.`).waitFor()
  expect(await who()).toEqual(guest)
  await page.getByRole('button', { name: 'Stay a guest' }).click()
  await text(page).waitFor()
  expect([await cookie(), await who()]).toEqual([asGuest, guest])
  // Going on as oneself is an act of one's own, and other tabs hear of it.
  const beside = await context.newPage()
  await open(beside, `${server.url}/d/lure`)
  await follow(`/d/lure#token=${await tokenOf('Ana', 'lure', 'writer')}`, 'This link is for Ana Example')
  await page.getByRole('button', { name: 'Switch to Ana Example' }).click()
  await text(page).waitFor()
  expect(await who()).toMatchObject({ id: 'Ana' })
  const asAna = await cookie()
  expect(asAna).not.toEqual(asGuest)
  await expect
    .poll(() => beside.evaluate(() => localStorage.getItem('vellum.who')), PATIENCE)
    .toContain('"name":"Ana Example"')
  await text(beside).waitFor()
  await write(beside, ' Pepper.')
  await saved(beside)
  const { updates } = await (await ask('lure/updates?after=0', 'GET')).json()
  expect(updates.at(-1).author).toBe('Ana')
  await follow(mallory, 'This link is for Mallory Example')
  await page.getByText('You are signed in as Ana Example.').waitFor()
  await page.getByRole('button', { name: 'Stay as Ana Example' }).click()
  await text(page).waitFor()
  await write(page, ' Dill.')
  await saved(page)
  expect([await cookie(), (await who()).id]).toEqual([asAna, 'Ana'])
  expect(complaints.filter((one) => !one.includes('409'))).toEqual([])
  await context.close()
})

it('what one person has not sent is neither shown to another in the same browser nor sent as theirs', async () => {
  await begin('hers', 'Ana’s.')
  const { page, context } = await visit()
  const [ana, bo] = await Promise.all([tokenOf('Ana', 'hers'), tokenOf('Bo', 'hers')])
  await open(page, `${server.url}/d/hers#token=${ana}`)
  await saved(page)
  await page.route('**/sync/**', (route) => route.abort())
  await page.routeWebSocket('**/sync/**', (socket) => socket.close())
  await page.reload()
  await text(page).waitFor()
  await write(page, ' Not sent.')
  await page.waitForFunction(() => document.querySelector('vellum-document')?.atRisk === 0)
  await page.locator('.face').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('10 changes of yours have not reached the server.').waitFor()
  await page.getByRole('button', { name: 'Sign out all the same' }).click()
  await expect
    .poll(() => page.evaluate(() => localStorage.getItem('vellum.who')), PATIENCE)
    .toContain('"identity":null')
  await page.unrouteAll()
  const next = await context.newPage()
  await page.close()
  await open(next, `${server.url}/d/hers#token=${bo}`)
  await saved(next)
  expect(await wordsOn(next)).toBe('Ana’s.')
  await write(next, ' Bo’s.')
  await saved(next)
  expect(await contentOf('hers')).toBe('Ana’s. Bo’s.')
  // A tab that still takes itself for Bo must not go on as Ana.
  const wire = await context.newCDPSession(next)
  const isOffline = (offline: boolean) =>
    wire.send('Network.emulateNetworkConditions', {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    })
  await isOffline(true)
  await networkGoes(next)
  await write(next, ' Late.')
  const again = await context.newPage()
  await again.goto(`${server.url}/d/hers#token=${ana}`)
  await again.getByRole('button', { name: 'Switch to Ana Example' }).click()
  await expect.poll(() => wordsOn(again), PATIENCE).toContain(' Not sent.')
  await isOffline(false)
  await networkComes(next)
  await expect.poll(() => wordsOn(next), PATIENCE).toContain(' Not sent.')
  expect(await wordsOn(next)).not.toContain(' Late.')
  await Promise.all([saved(next), saved(again)])
  const said = await contentOf('hers')
  expect(said).toContain(' Not sent.')
  expect(said).not.toContain(' Late.')
  await context.close()
})
