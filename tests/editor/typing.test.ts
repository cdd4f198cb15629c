import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Desk, type DeskPage, openDesk, type Seat } from './desk.ts'

let desk: Desk
let page: DeskPage
let ada: Seat
let bo: Seat

beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

describe('two people in one text', () => {
  beforeEach(async () => {
    page = await desk.page()
    ;[ada, bo] = await page.pair()
  })
  afterEach(async () => {
    expect(page.errors).toEqual([])
    expect(await page.violations()).toEqual([])
    expect(await ada.events()).toEqual([])
    expect(await bo.events()).toEqual([])
    await page.close()
  })

  test('an empty document can be typed in, and looking at it writes nothing', async () => {
    expect(await ada.written()).toBe(0)
    await ada.text.click()
    expect(await ada.written()).toBe(0)
    await ada.type('Hello')
    expect(await bo.words()).toBe('Hello')
    expect(await ada.held()).toBe('<paragraph>Hello</paragraph>')
    expect(await bo.written()).toBe(0)
  })

  test('both type in one paragraph at once and every letter stays', async () => {
    await ada.place()
    await ada.type('one two')
    await page.hold()
    await ada.place('end')
    await ada.type(' three')
    await bo.place('start')
    await bo.type('zero ')
    await page.release()
    expect(await ada.words()).toBe('zero one two three')
    expect(await bo.words()).toBe('zero one two three')
    expect(await ada.held()).toBe(await bo.held())
  })

  test('the caret stays in its word while somebody writes before it', async () => {
    await ada.place()
    await ada.type('middle')
    await ada.place(4)
    await page.hold()
    await bo.place('start')
    await bo.type('before ')
    await page.release()
    await ada.place(11)
    await bo.place('start')
    await bo.type('and ')
    await ada.text.focus()
    await ada.type('|')
    expect(await bo.words()).toBe('and before mid|dle')
  })
})
