/** Who is here, and who one is oneself. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cleanName, initials, personFrom } from '#client/app/person.ts'
import { HUES } from '#shared/palette.ts'
import { launchBrowser } from '#tests/browser.ts'
import { forty } from './scenes.ts'
import { newPage, openStage, presenceOf, type Stage, usual } from './stage.ts'

describe('what others call themselves', () => {
  it.each([
    ['Ana Lovelace', 'AL'],
    ['bo', 'B'],
    ['Ana María de la Cruz', 'AC'],
    ['ليلى خوري', 'لخ'],
    ['👩‍🚀 Ada', '👩‍🚀A'],
    ['', ''],
  ])('%s has the letters %s', (name, letters) => {
    expect(initials(name)).toBe(letters)
  })

  it('is one line of at most 40 characters without anything that turns the text around it', () => {
    expect(cleanName('  Ana\n\u202eLovelace\u0000 ')).toBe('Ana Lovelace')
    expect([...cleanName('x'.repeat(300))]).toHaveLength(40)
  })

  it.each([[null], [{}], [{ name: 7, color: null }], [{ name: '', color: 99 }], [{ color: -1 }]])(
    'is a person whatever arrives: %j',
    (user) => {
      const person = personFrom(user, 1234)
      expect(person.name).toBe('Someone')
      expect(person.color).toBe(4)
    },
  )

  it.each(['red', 'url(x)', ''])('in the colour %j is always in the same one of ours', (color) => {
    const person = personFrom({ name: 'Ana', color }, 1)
    expect(HUES[person.color]).toBeDefined()
    expect(personFrom({ name: 'Bo', color }, 1).color).toBe(person.color)
  })

  it('in the colour of another editor is in the nearest of ours', () => {
    for (const [at, hue] of HUES.entries()) expect(personFrom({ color: hue.toUpperCase() }, 1).color).toBe(at)
  })
})

describe('on the page', () => {
  let browser: Browser
  let stage: Stage
  let page: Page
  let context: BrowserContext

  beforeAll(async () => {
    ;[browser, stage] = await Promise.all([launchBrowser(), openStage()])
  })

  afterAll(async () => {
    await browser?.close()
    await stage?.close()
  })

  beforeEach(async () => {
    stage.part = usual()
    ;({ page, context } = await newPage(browser))
  })

  afterEach(() => context.close())

  const open = async (): Promise<void> => {
    await page.goto(`${stage.url}/d/doc`)
    await page.waitForSelector('[role="textbox"][aria-multiline]')
  }
  const remembered = () => page.evaluate(() => JSON.parse(localStorage.getItem('vellum.person') ?? 'null'))
  const ownLetters = () => page.locator('vellum-you .avatar').first()

  it('a guest gets a friendly name and one of ten colours, and keeps them', async () => {
    await open()
    const guest = await remembered()
    expect(guest.name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/)
    expect(guest.color).toBeGreaterThanOrEqual(0)
    expect(guest.color).toBeLessThan(10)
    await page.reload()
    await page.waitForSelector('vellum-you')
    expect(await remembered()).toEqual(guest)
  })

  it('a name and a colour can be changed, are remembered, and go out with presence', async () => {
    await open()
    await page.locator('vellum-you button').first().click()
    await page.locator('#your-name').fill('Grace Hopper')
    await page.locator('.swatch').nth(7).click()
    await page.locator('#your-name').press('Enter')
    await page.locator('#you').waitFor({ state: 'hidden' })
    expect(await ownLetters().textContent()).toBe('GH')
    expect(await ownLetters().getAttribute('class')).toContain('person-7')
    expect(await remembered()).toMatchObject({ name: 'Grace Hopper', color: 7 })
    await expect.poll(() => stage.presence.at(-1)?.user).toMatchObject({ name: 'Grace Hopper', color: 7 })
  })

  it('an empty name leaves the one there was', async () => {
    await open()
    const { name } = await remembered()
    await page.locator('vellum-you button').first().click()
    await page.locator('#your-name').fill('   ')
    await page.locator('#your-name').press('Enter')
    expect(await remembered()).toMatchObject({ name })
  })

  it('forty others are three discs, a number, and all their names behind it', async () => {
    stage.part = usual({ people: forty })
    await open()
    const people = page.locator('[popovertarget="people"]')
    await people.getByText('+37').waitFor()
    expect(await people.locator('.avatar').count()).toBe(3)
    expect(await people.getAttribute('aria-label')).toBe('40 others are here')
    await people.click()
    expect(await page.locator('#people li').count()).toBe(40)
    expect(await page.locator('#people li').first().textContent()).toContain('Ana 1')
  })

  it('who comes and goes within three seconds is told in one sentence', async () => {
    await page.clock.install()
    await open()
    await page.clock.runFor(4_000)
    const told = page.locator('#announcements')
    const two = [
      { name: 'Ana', color: 1 },
      { name: 'Bo', color: 2 },
    ]
    stage.send({ type: 'presence', presence: presenceOf(two) })
    await page.locator('[aria-label="2 others are here"]').first().waitFor()
    expect(await told.textContent()).toBe('')
    await page.clock.runFor(3_100)
    expect(await told.textContent()).toBe('Ana and Bo joined. 3 people here.')
    stage.send({ type: 'presence', presence: presenceOf(two, false) })
    await page.locator('[popovertarget="people"]').waitFor({ state: 'detached' })
    await page.clock.runFor(3_100)
    expect(await told.textContent()).toBe('Ana and Bo left. You are alone here.')
  })

  it('who was here before is not announced', async () => {
    await page.clock.install()
    stage.part = usual({ people: forty })
    await open()
    await page.locator('[aria-label="40 others are here"]').first().waitFor()
    await page.clock.runFor(7_000)
    expect(await page.locator('#announcements').textContent()).toBe('')
  })
})
