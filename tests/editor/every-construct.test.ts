import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { marks } from '#shared/schema/marks.ts'
import { nodes } from '#shared/schema/nodes.ts'
import { barriers } from '#tests/barriers.ts'
import { type Desk, type DeskPage, openDesk, type Seat } from './desk.ts'
import { writeDocument, written } from './every-construct.ts'

let desk: Desk
let page: DeskPage
let ada: Seat
let bo: Seat

beforeAll(async () => {
  desk = await openDesk()
  page = await desk.page()
  ;[ada, bo] = await page.pair()
  await writeDocument(page.page, '#ada')
})
afterAll(() => desk.close())

describe('a document with every construct', () => {
  test('holds all that people can make, and the schema’s rest is in it after it is put there', async () => {
    const shown = await ada.shown()
    for (const name of written) expect(shown, name).toContain(name)
    const rest = [...Object.keys(nodes), ...Object.keys(marks)].filter(
      (name) => !written.includes(name as never),
    )
    expect(rest.sort()).toEqual(['callout', 'comment', 'image', 'mention'])
    await page.page.evaluate(() => {
      const view = window.table.seats.get('ada')?.editor.text?.view
      if (!view) return
      const { schema } = view.state
      const callout = schema.node('callout', { kind: 'warning' }, [
        schema.node('paragraph', null, [
          schema.text('Twice ', [
            schema.mark('comment', { thread: 'a' }),
            schema.mark('comment', { thread: 'b' }),
          ]),
          schema.node('mention', { id: 'ana', label: 'Ana' }),
          schema.node('image', {
            src: 'https://a.example/tide.png',
            alt: 'The tide',
            href: 'https://a.example/',
          }),
        ]),
      ])
      view.dispatch(view.state.tr.insert(view.state.doc.content.size, callout))
    })
    for (const name of rest) expect(await ada.shown()).toContain(name)
  })

  test('is the same in the other editor, in a third that opens it, and none of them writes because of it', async () => {
    expect(await bo.shown()).toBe(await ada.shown())
    expect(await bo.written()).toBe(0)
    const late = await page.sit('late')
    expect(await late.shown()).toBe(await ada.shown())
    expect(await late.html()).not.toContain(' style=')
    expect(await late.written()).toBe(0)
    const attributes = (seat: Seat) =>
      page.page.evaluate(
        (name) => JSON.stringify(window.table.seats.get(name)?.editor.text?.view.state.doc.toJSON()),
        seat.name,
      )
    expect(await attributes(late)).toBe(await attributes(ada))
    await late.place('end')
    await late.type('.')
    expect(await late.written()).toBe(1)
    expect(await ada.shown()).toBe(await late.shown())
  })

  test.each(['light', 'dark'] as const)('breaks no rule axe knows, %s', async (colorScheme) => {
    await page.page.emulateMedia({ colorScheme })
    const without = ['region', 'page-has-heading-one', 'landmark-one-main']
    expect(await barriers(page.page, { within: '#ada', without })).toEqual([])
  })

  test('edits of it by two people at once end equal', async () => {
    await page.hold()
    await ada.place('start')
    await ada.type('Old: ')
    await bo.text.locator('td').first().click()
    await bo.type('(')
    await bo.text.getByRole('checkbox').first().click()
    await ada.text.locator('pre').first().click()
    await ada.type('// ')
    await page.release()
    expect(await ada.shown()).toBe(await bo.shown())
    expect(await ada.held()).toBe(await bo.held())
    expect(await ada.words()).toContain('Old: The tide tables')
    expect(await ada.text.getByRole('checkbox').first().isChecked()).toBe(true)
    expect(page.errors).toEqual([])
    expect(await page.violations()).toEqual([])
  })
})
