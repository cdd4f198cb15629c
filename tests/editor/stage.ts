/** The stage of most tests of the editor: a page with two people at one empty document, in which nothing may go wrong. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type Desk, type DeskPage, openDesk, type Seat } from './desk.ts'

export interface Stage {
  readonly page: DeskPage
  readonly ada: Seat
  readonly bo: Seat
}

export interface StageOptions {
  /** A page of its own for each test; else one is swept. */
  readonly fresh?: boolean
}

/** Sets the stage before each test of the file and calls `prepare` with it; looks for faults of the page after each. */
export function setStage(prepare: (stage: Stage) => unknown, { fresh = false }: StageOptions = {}): void {
  let desk: Desk
  let page: DeskPage | null = null

  beforeAll(async () => {
    desk = await openDesk()
  })

  // Where opening failed there is nothing to close, and no second error beside the first.
  afterAll(() => desk?.close())

  beforeEach(async () => {
    page = fresh ? await desk.page() : (page ?? (await desk.page()))
    await page.clear()
    const [ada, bo] = await page.pair()
    await prepare({ page, ada, bo })
  })

  afterEach(async () => {
    expect(page?.errors).toEqual([])
    expect(await page?.violations()).toEqual([])
    if (fresh) await page?.close()
  })
}
