/**
 * The ten hues people get, by class: a number that arrived from somebody else picks a class and never becomes CSS.
 * The page's tokens --person-0…9 say which hues; what stands here serves an element used without that page.
 * White 12 px labels stand on each with at least 4.5 : 1.
 */
import { css, unsafeCSS } from 'lit'
import { HUES as hues } from '#shared/palette.ts'

export const HUES = hues.length

export const palette = css`
  ${unsafeCSS(
    hues.map((hue, index) => `.person-${index} { --person: var(--person-${index}, ${hue}); }`).join('\n'),
  )}
`
