import { afterEach, describe, expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat

setStage(async (stage) => {
  ;({ page, ada, bo } = stage)
  await ada.place()
})
afterEach(async () => {
  expect(await bo.shown()).toBe(await ada.shown())
})

const focused = () =>
  page.page.evaluate(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    return element?.getAttribute('aria-label') ?? ''
  })

describe('buttons', () => {
  test.each([
    ['Bold', 'bold'],
    ['Italic', 'italic'],
    ['Underline', 'underline'],
    ['Strikethrough', 'strike'],
    ['Code', 'code'],
  ])('%s shows whether it is on, and keeps the focus and the selection in the text', async (name, mark) => {
    await ada.type('word')
    await ada.place(1, 5)
    expect(await ada.button(name).getAttribute('aria-pressed')).toBe('false')
    await ada.button(name).click()
    expect(await ada.shown()).toBe(`doc(paragraph(${mark}("word")))`)
    expect(await ada.button(name).getAttribute('aria-pressed')).toBe('true')
    await ada.type('x')
    expect(await ada.words()).toBe('x')
  })

  test.each([
    ['Bulleted list', 'bullet_list(list_item(paragraph("x")))'],
    ['Numbered list', 'ordered_list(list_item(paragraph("x")))'],
    ['Task list', 'task_list(task_item(paragraph("x")))'],
    ['Quote', 'blockquote(paragraph("x"))'],
  ])('%s wraps the block and takes it out again', async (name, result) => {
    await ada.type('x')
    await ada.button(name).click()
    expect(await ada.shown()).toBe(`doc(${result})`)
    expect(await ada.button(name).getAttribute('aria-pressed')).toBe('true')
    await ada.button(name).click()
    expect(await ada.shown()).toBe('doc(paragraph("x"))')
  })

  test('what cannot be done is said to be disabled, and does nothing', async () => {
    expect(await ada.button('Undo').getAttribute('aria-disabled')).toBe('true')
    await ada.type('x')
    expect(await ada.button('Undo').getAttribute('aria-disabled')).toBe('false')
    await ada.press('Control+Alt+c')
    expect(await ada.button('Bold').getAttribute('aria-disabled')).toBe('true')
    await ada.button('Bold').click({ force: true })
    expect(await ada.shown()).toBe('doc(code_block("x"))')
  })

  test('undo and redo take back one’s own edits only', async () => {
    await ada.type('mine')
    await bo.place('start')
    await bo.type('theirs ')
    await ada.button('Undo').click()
    expect(await ada.words()).toBe('theirs ')
    await ada.button('Redo').click()
    expect(await ada.words()).toBe('theirs mine')
  })

  test('every button has a name, a tooltip, and a target of at least 32 pixels', async () => {
    for (const button of await ada.toolbar.getByRole('button').all()) {
      const box = await button.boundingBox()
      expect(box?.width).toBeGreaterThanOrEqual(32)
      expect(box?.height).toBeGreaterThanOrEqual(32)
      expect(await button.getAttribute('aria-label')).not.toBe('')
      expect(await button.locator('.tip').textContent()).not.toBe('')
    }
    expect(await ada.button('Bold').locator('.tip').textContent()).toBe('BoldCtrl+B')
    expect(await ada.button('Bold').getAttribute('aria-keyshortcuts')).toBe('Control+B')
  })
})

describe('the keyboard', () => {
  test('Alt-F10 goes to the toolbar, arrows, Home and End move in it, one stop for Tab, Escape goes back', async () => {
    await ada.type('x')
    await ada.press('Alt+F10')
    await expect.poll(focused).toBe('Undo')
    await ada.press('ArrowRight')
    await expect.poll(focused).toBe('Redo')
    await ada.press('End')
    await expect.poll(focused).toBe('Horizontal line')
    await ada.press('ArrowRight')
    await expect.poll(focused).toBe('Undo')
    await ada.press('Home', 'ArrowLeft')
    await expect.poll(focused).toBe('Horizontal line')
    expect(await ada.toolbar.locator('button[tabindex="0"]').count()).toBe(1)
    await ada.press('Escape')
    await ada.type('y')
    expect(await ada.words()).toBe('xy')
  })

  test('the block chooser says where the caret is, opens, moves by arrows and sets the block', async () => {
    await ada.type('x')
    await ada.press('Alt+F10', 'ArrowRight', 'ArrowRight')
    await expect.poll(focused).toBe('Kind of block: Paragraph')
    await ada.press('ArrowDown')
    const menu = page.page.locator('#ada').getByRole('menu')
    await menu.waitFor()
    expect(await menu.getByRole('menuitemradio', { name: 'Paragraph' }).getAttribute('aria-checked')).toBe(
      'true',
    )
    await ada.press('ArrowDown', 'ArrowDown', 'Enter')
    expect(await ada.text.getByRole('heading', { level: 2 }).textContent()).toBe('x')
    expect(await ada.button(/^Kind of block/).getAttribute('aria-label')).toBe('Kind of block: Heading 2')
    await ada.type('y')
    expect(await ada.words()).toBe('xy')
  })

  test('Escape closes a menu and goes back to its button', async () => {
    await ada.button(/^Kind of block/).click()
    await page.page.locator('#ada').getByRole('menu').waitFor()
    await ada.press('Escape')
    expect(await page.page.locator('#ada').getByRole('menu').count()).toBe(0)
    await expect.poll(focused).toContain('Kind of block')
  })
})

describe('links', () => {
  const box = () => page.page.locator('#ada').getByRole('dialog', { name: 'Link' })

  test('Control-K asks for an address, and the selection becomes a link to it', async () => {
    await ada.type('see here')
    await ada.place(5, 9)
    await ada.press('Control+k')
    await box().getByLabel('Address').waitFor()
    await ada.type('example.org/a')
    await ada.press('Enter')
    expect(await ada.shown()).toBe('doc(paragraph("see ", link("here")))')
    const link = bo.text.getByRole('link', { name: 'here' })
    expect(await link.getAttribute('href')).toBe('https://example.org/a')
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow')
    await ada.type('!')
    expect(await ada.words()).toBe('see !')
  })

  test('an address that may not be opened is refused in words', async () => {
    await ada.type('x')
    await ada.place(1, 2)
    await ada.button('Link').click()
    await box().getByLabel('Address').fill('javascript:alert(1)')
    await box().getByRole('button', { name: 'Link' }).click()
    expect(await box().getByRole('alert').textContent()).toContain('cannot be an address')
    await ada.press('Escape')
    expect(await ada.shown()).toBe('doc(paragraph("x"))')
  })

  test('a link is changed and removed where the caret is in it', async () => {
    await ada.type('[here](https://a.example) and')
    await ada.place(3)
    expect(await ada.button('Link').getAttribute('aria-pressed')).toBe('true')
    await ada.press('Control+k')
    expect(await box().getByLabel('Address').inputValue()).toBe('https://a.example')
    await box().getByLabel('Address').fill('https://b.example')
    await box().getByRole('button', { name: 'Change' }).click()
    expect(await ada.text.getByRole('link').getAttribute('href')).toBe('https://b.example')
    await ada.press('Control+k')
    await box().getByRole('button', { name: 'Remove link' }).click()
    expect(await ada.shown()).toBe('doc(paragraph("here and"))')
  })

  test('a click places the caret in a link, Control-click opens it without a way back', async () => {
    await page.page.context().route('https://a.example/**', (route) => route.fulfill({ body: 'there' }))
    await ada.type('[here](https://a.example/)')
    const pages = page.page.context().pages().length
    await ada.text.getByRole('link').click()
    expect(page.page.context().pages().length).toBe(pages)
    const opened = page.page.context().waitForEvent('page')
    await ada.text.getByRole('link').click({ modifiers: ['Control'] })
    const other = await opened
    expect(await other.evaluate(() => window.opener)).toBe(null)
    await other.close()
  })
})

describe('room', () => {
  test('what does not fit is in More, in one row, and works there', async () => {
    await page.page.setViewportSize({ width: 800, height: 700 })
    await page.page.locator('#ada').evaluate((element) => element.style.setProperty('width', '420px'))
    await ada.button('More').waitFor()
    const tops = await ada.toolbar
      .getByRole('button')
      .evaluateAll((buttons) => buttons.map((button) => Math.round(button.getBoundingClientRect().top)))
    expect(new Set(tops).size).toBe(1)
    expect(await ada.button('Quote').isVisible()).toBe(false)
    await ada.type('x')
    await ada.button('More').click()
    await page.page.locator('#ada').getByRole('menuitemcheckbox', { name: 'Quote' }).click()
    expect(await ada.shown()).toBe('doc(blockquote(paragraph("x")))')
    await page.page.setViewportSize({ width: 1280, height: 800 })
  })

  test('on a phone the row scrolls sideways and stays at the bottom', async () => {
    await page.page.setViewportSize({ width: 390, height: 844 })
    await ada.toolbar.waitFor()
    const { scrollWidth, clientWidth, bottom } = await ada.toolbar.evaluate((row) => ({
      scrollWidth: row.scrollWidth,
      clientWidth: row.clientWidth,
      bottom: row.getBoundingClientRect().bottom,
    }))
    expect(scrollWidth).toBeGreaterThan(clientWidth)
    expect(Math.round(bottom)).toBe(844)
    await page.page.setViewportSize({ width: 1280, height: 800 })
  })
})
