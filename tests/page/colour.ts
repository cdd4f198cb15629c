/** Colour arithmetic: WCAG contrast, and distance in OKLab as eyes of four kinds see it (Machado et al., 2009). */
export type Linear = readonly [red: number, green: number, blue: number]
export type Eyes = 'normal' | 'protan' | 'deutan' | 'tritan'

type Matrix = readonly [Linear, Linear, Linear]

const SIMULATIONS: Readonly<Record<Eyes, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

const TO_CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
]

const TO_LAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
]

/** `#rrggbb` → linear light, 0–1 each. Throws RangeError. */
export function parseColor(hex: string): Linear {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex)
  if (parts === null) throw new RangeError(`not a colour: ${hex}`)
  return [linear(parts[1]), linear(parts[2]), linear(parts[3])]
}

/** WCAG 2 contrast ratio, 1–21. */
export function contrast(a: Linear, b: Linear): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

/** How far apart two colours are, in OKLab, for eyes of this kind. */
export function distance(a: Linear, b: Linear, eyes: Eyes): number {
  const [p, q] = [seen(a, eyes), seen(b, eyes)]
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
}

function seen(color: Linear, eyes: Eyes): Linear {
  const clipped = map(times(SIMULATIONS[eyes], color), (part) => Math.max(0, Math.min(1, part)))
  return times(TO_LAB, map(times(TO_CONES, clipped), Math.cbrt))
}

function luminance([red, green, blue]: Linear): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function linear(hex: string | undefined): number {
  const part = Number.parseInt(hex ?? '', 16) / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
}

function times(matrix: Matrix, [x, y, z]: Linear): Linear {
  const row = ([a, b, c]: Linear): number => a * x + b * y + c * z
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])]
}

function map([x, y, z]: Linear, change: (part: number) => number): Linear {
  return [change(x), change(y), change(z)]
}
