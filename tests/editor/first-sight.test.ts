import { expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat

setStage((stage) => {
  ;({ page, ada } = stage)
})

test('a long text is laid out from its beginning: the rest comes when that was seen', async () => {
  await writeLong()
  const { first, last } = await page.page.evaluate(async () => {
    const { editor } = window.table.sit('cy')
    await editor.updateComplete
    const blocks = editor.text?.view.dom.children
    const isLaidOut = (at: number): boolean =>
      blocks?.item(at)?.firstElementChild?.checkVisibility({ contentVisibilityAuto: true }) ?? false
    return { first: isLaidOut(0), last: isLaidOut(399) }
  })
  expect(first).toBe(true)
  expect(last).toBe(false)
  await page.page.waitForFunction(() =>
    window.table.seats
      .get('cy')
      ?.editor.text?.view.dom.children.item(399)
      ?.firstElementChild?.checkVisibility({ contentVisibilityAuto: true }),
  )
})

test('who goes to the end of a long text at once writes there', async () => {
  await writeLong()
  await page.page.evaluate(async () => {
    const { editor } = window.table.sit('cy')
    await editor.updateComplete
    editor.focus()
  })
  await page.page.keyboard.press('Control+End')
  await page.page.keyboard.type(' and the end')
  await expect.poll(() => ada.words()).toMatch(/line 399 and the end$/)
})

/** 400 blocks of bold words. */
async function writeLong(): Promise<void> {
  await page.page.evaluate(() => {
    const { Y } = window.tools
    window.table.foreign((fragment) => {
      for (let line = 0; line < 400; line++) {
        const block = new Y.XmlElement('paragraph')
        const text = new Y.XmlText()
        text.insert(0, `line ${line}`, { bold: {} })
        block.insert(0, [text])
        fragment.push([block])
      }
    })
  })
}
