/**
 * The ten hues people get, by class: a number that arrived from somebody else picks a class and never becomes CSS.
 * The page's tokens --person-0…9 say which hues; what stands here serves an element used without that page.
 * White 12 px labels stand on each with at least 4.5 : 1.
 */
import { css, unsafeCSS } from 'lit'

export const HUES = 10

const fallbacks = [
  '#7b0927',
  '#95585b',
  '#b42d16',
  '#096a12',
  '#2e79b2',
  '#343975',
  '#5f3fc7',
  '#704793',
  '#c1478b',
  '#723a54',
] as const

export const palette = css`
  ${unsafeCSS(
    fallbacks
      .map((hue, index) => `.person-${index} { --person: var(--person-${index}, ${hue}); }`)
      .join('\n'),
  )}
`
