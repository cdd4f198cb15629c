/** Every pair of colours that carries words or outlines a control, computed from the one file that holds them. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { contrast, distance, type Eyes, parseColor } from './colour.ts'
import { palette } from './palette.ts'

const css = await readFile(new URL('../../client/app/tokens.css', import.meta.url), 'utf8')
const tokens = palette(css)

const GROUNDS = ['paper', 'surface', 'raised', 'hover'] as const
/** [what is written, on what]. */
const TEXT: readonly (readonly [front: string, back: string])[] = [
  ...GROUNDS.flatMap((ground) => [
    ['ink', ground] as const,
    ['muted', ground] as const,
    ['accent', ground] as const,
  ]),
  ...(['paper', 'surface', 'raised'] as const).flatMap((ground) => [
    ['good', ground] as const,
    ['warn', ground] as const,
    ['bad', ground] as const,
  ]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['ink', 'warn-soft'],
  ['warn', 'warn-soft'],
  ['ink', 'accent-soft'],
  ['bad', 'bad-soft'],
  // Tooltips.
  ['paper', 'ink'],
]

const PERSONS = Array.from({ length: 10 }, (_, index) => `person-${index}`)

describe.each(['light', 'dark'] as const)('in %s', (mode) => {
  const color = (name: string) => {
    const found = tokens.get(name)
    if (found === undefined) throw new Error(`no token --${name}`)
    return parseColor(found[mode])
  }

  it.each(TEXT)('words in %s on %s are at least 4.5 : 1', (front, back) => {
    expect(contrast(color(front), color(back))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(GROUNDS)('the edge of a control and the focus ring on %s are at least 3 : 1', (ground) => {
    expect(contrast(color('edge'), color(ground))).toBeGreaterThanOrEqual(3)
    expect(contrast(color('accent'), color(ground))).toBeGreaterThanOrEqual(3)
  })

  it.each(PERSONS)('white 12 px words on %s are at least 4.5 : 1', (person) => {
    expect(contrast(color('on-person'), color(person))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['normal', 'protan', 'deutan', 'tritan'] as const)(
    'the ten people stay apart for %s eyes',
    (eyes: Eyes) => {
      const apart = PERSONS.flatMap((a, i) =>
        PERSONS.slice(0, i).map((b) => distance(color(a), color(b), eyes)),
      )
      // 0.02 is where two patches side by side begin to differ (OKLab); three times that is seen at a glance.
      expect(Math.min(...apart)).toBeGreaterThanOrEqual(0.06)
    },
  )
})

it('every colour of the page is a token: no sheet of the page names one itself', async () => {
  for (const sheet of ['page', 'controls', 'flyout', 'people', 'home', 'bar', 'sheet']) {
    const text = await readFile(new URL(`../../client/app/${sheet}.css`, import.meta.url), 'utf8')
    expect(text.match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/gi), sheet).toBeNull()
  }
})
