/** What keeps somebody out of a page, as far as axe can tell. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'

export interface Where {
  /** What is looked at. Default: the whole page. */
  readonly within?: string
  /** Rules that a part of a page cannot keep by itself. */
  readonly without?: readonly string[]
}

/** A line for each rule that is broken, with the elements that break it. */
export async function barriers(
  page: Page,
  { within = 'html', without = [] }: Where = {},
): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const rules = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]))
  const options: axe.RunOptions = { rules, resultTypes: ['violations'] }
  // Asked for by itself: a builder made for many frames would open a page of its own for each answer.
  const { violations } = await page.evaluate(
    ({ selector, options }) => (globalThis as unknown as { axe: typeof axe }).axe.run(selector, options),
    { selector: within, options },
  )
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
