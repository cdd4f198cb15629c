/** The ten hues people get, as they are on paper; the page draws others in the dark by the same index. */

export const HUES = [
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

/** The hue nearest to this colour (`#rrggbb`); where there is none, one that is always the same for this text. */
export function hueOf(colour: string | null, text: string): number {
  const wanted = colour === null ? null : channels(colour)
  if (wanted === null) return spread(text) % HUES.length
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (const [index, hue] of HUES.entries()) {
    const far = distance(wanted, channels(hue) ?? wanted)
    if (far >= least) continue
    least = far
    best = index
  }
  return best
}

type Channels = readonly [number, number, number]

function channels(colour: string): Channels | null {
  const found = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(colour)
  if (found === null) return null
  const [, red = '', green = '', blue = ''] = found
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)]
}

function distance(one: Channels, other: Channels): number {
  return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
}

/** FNV-1a: texts that are alike fall on different hues. */
function spread(text: string): number {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193) >>> 0
  return sum
}
