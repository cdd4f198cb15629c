import { afterEach, describe, expect, test } from 'vitest'
import type { Seat } from './desk.ts'
import { setStage } from './stage.ts'

let ada: Seat
let bo: Seat

setStage(async (stage) => {
  ;({ ada, bo } = stage)
  await ada.place()
})
afterEach(async () => {
  expect(await bo.shown()).toBe(await ada.shown())
})

describe('Markdown signs as they are typed', () => {
  test.each([
    ['# One', 'doc(heading("One"))'],
    ['###### Six', 'doc(heading("Six"))'],
    ['> Said', 'doc(blockquote(paragraph("Said")))'],
    ['- Item', 'doc(bullet_list(list_item(paragraph("Item"))))'],
    ['* Item', 'doc(bullet_list(list_item(paragraph("Item"))))'],
    ['+ Item', 'doc(bullet_list(list_item(paragraph("Item"))))'],
    ['1. Item', 'doc(ordered_list(list_item(paragraph("Item"))))'],
    ['[ ] Task', 'doc(task_list(task_item(paragraph("Task"))))'],
    ['[] Task', 'doc(task_list(task_item(paragraph("Task"))))'],
    ['- [ ] Task', 'doc(task_list(task_item(paragraph("Task"))))'],
    ['```js const', 'doc(code_block("const"))'],
    ['---after', 'doc(horizontal_rule, paragraph("after"))'],
    ['a **b** c', 'doc(paragraph("a ", bold("b"), " c"))'],
    ['a __b__ c', 'doc(paragraph("a ", bold("b"), " c"))'],
    ['a *b* c', 'doc(paragraph("a ", italic("b"), " c"))'],
    ['a _b_ c', 'doc(paragraph("a ", italic("b"), " c"))'],
    ['a `b` c', 'doc(paragraph("a ", code("b"), " c"))'],
    ['a ~~b~~ c', 'doc(paragraph("a ", strike("b"), " c"))'],
    ['a [b](https://c.example) d', 'doc(paragraph("a ", link("b"), " d"))'],
    ['a [b](javascript:c) d', 'doc(paragraph("a [b](javascript:c) d"))'],
    ['2 * 3 * 4 and a_b_c', 'doc(paragraph("2 * 3 * 4 and a_b_c"))'],
  ])('%s', async (typed, result) => {
    await ada.type(typed)
    expect(await ada.shown()).toBe(result)
  })

  test('``` and Enter begins a code block with its language', async () => {
    await ada.type('```ts')
    await ada.press('Enter')
    await ada.type('**x**')
    expect(await ada.shown()).toBe('doc(code_block("**x**"))')
    expect(await ada.held()).toContain('language="ts"')
  })

  test('[x] is a task that is done, and in a task it says so', async () => {
    await ada.type('[x] Done')
    await ada.press('Enter')
    expect(await ada.text.getByRole('checkbox').first().isChecked()).toBe(true)
    expect(await ada.text.getByRole('checkbox').nth(1).isChecked()).toBe(false)
    await ada.type('[x] Too')
    expect(await ada.text.getByRole('checkbox').nth(1).isChecked()).toBe(true)
    expect(await ada.shown()).toBe(
      'doc(task_list(task_item(paragraph("Done")), task_item(paragraph("Too"))))',
    )
  })

  test('Backspace right after gives the signs back', async () => {
    await ada.type('# ')
    await ada.press('Backspace')
    expect(await ada.shown()).toBe('doc(paragraph("# "))')
  })
})

describe('keys', () => {
  test.each([
    ['Control+b', 'bold'],
    ['Control+i', 'italic'],
    ['Control+u', 'underline'],
    ['Control+Shift+x', 'strike'],
    ['Control+e', 'code'],
  ])('%s sets and clears %s', async (keys, name) => {
    await ada.type('ab')
    await ada.place(1, 3)
    await ada.press(keys)
    expect(await ada.shown()).toBe(`doc(paragraph(${name}("ab")))`)
    await ada.press(keys)
    expect(await ada.shown()).toBe('doc(paragraph("ab"))')
  })

  test.each([1, 2, 3, 4, 5, 6])(
    'Control+Alt+%i is a heading of that level, Control+Alt+0 a paragraph',
    async (level) => {
      await ada.type('x')
      await ada.press(`Control+Alt+${level}`)
      expect(await ada.text.getByRole('heading', { level }).textContent()).toBe('x')
      await ada.press('Control+Alt+0')
      expect(await ada.shown()).toBe('doc(paragraph("x"))')
    },
  )

  test.each([
    ['Control+Shift+7', 'ordered_list(list_item'],
    ['Control+Shift+8', 'bullet_list(list_item'],
    ['Control+Shift+9', 'task_list(task_item'],
  ])('%s makes a list and takes it away', async (keys, list) => {
    await ada.type('x')
    await ada.press(keys)
    expect(await ada.shown()).toBe(`doc(${list}(paragraph("x"))))`)
    await ada.press(keys)
    expect(await ada.shown()).toBe('doc(paragraph("x"))')
  })

  test('one kind of list becomes another, with its text', async () => {
    await ada.type('- a')
    await ada.press('Enter')
    await ada.type('b')
    await ada.press('Control+Shift+9')
    expect(await ada.shown()).toBe('doc(task_list(task_item(paragraph("a")), task_item(paragraph("b"))))')
  })

  test('Tab and Shift-Tab move items; Escape and Tab leave the text', async () => {
    await ada.type('- a')
    await ada.press('Enter', 'Tab')
    await ada.type('b')
    expect(await ada.shown()).toBe(
      'doc(bullet_list(list_item(paragraph("a"), bullet_list(list_item(paragraph("b"))))))',
    )
    await ada.press('Shift+Tab')
    expect(await ada.shown()).toBe('doc(bullet_list(list_item(paragraph("a")), list_item(paragraph("b"))))')
    await ada.press('Escape', 'Tab')
    expect(await ada.text.evaluate((element) => element.contains(document.activeElement))).toBe(false)
  })

  test('Tab and a quote go no deeper than a document may', async () => {
    for (let level = 0; level < 34; level++) {
      await ada.type(level === 0 ? '- a' : 'a')
      await ada.press('Enter', 'Tab')
    }
    const shown = await ada.shown()
    expect(shown.match(/bullet_list/g)).toHaveLength(31)
    await ada.press('Control+Shift+.')
    expect((await ada.shown()).match(/bullet_list/g)).toHaveLength(31)
  })

  test('Tab in a paragraph leaves the text at once', async () => {
    await ada.type('x')
    await ada.press('Tab')
    expect(await ada.text.evaluate((element) => element.contains(document.activeElement))).toBe(false)
  })

  test('Shift-Enter breaks the line, Control-Enter leaves code', async () => {
    await ada.type('a')
    await ada.press('Shift+Enter')
    await ada.type('b')
    expect(await ada.shown()).toBe('doc(paragraph("a", hard_break, "b"))')
    await ada.press('Control+Alt+c', 'Control+Enter')
    await ada.type('after')
    expect(await ada.shown()).toContain('paragraph("after")')
  })

  test('a break among bold words is the same on every screen', async () => {
    await ada.press('Control+b')
    await ada.type('a')
    await ada.press('Shift+Enter')
    await ada.type('b')
    await ada.place(1, 4)
    await ada.press('Control+i')
    expect(await ada.shown()).toBe('doc(paragraph(bold(italic("a")), hard_break, bold(italic("b"))))')
  })

  test('a task is ticked by its box, with the mouse and with the keyboard', async () => {
    await ada.type('[ ] Oil')
    await ada.text.getByRole('checkbox', { name: 'Done: Oil' }).click()
    expect(await bo.text.getByRole('checkbox').isChecked()).toBe(true)
    await bo.text.getByRole('checkbox').focus()
    await bo.press('Space')
    expect(await ada.text.getByRole('checkbox').isChecked()).toBe(false)
  })
})
