/** The values attributes may take. A value of another shape reads as the attribute's default; reading never throws. */
import { imageUrl, linkUrl } from './url.ts'

export type AttributeValue = string | number | boolean | readonly number[] | null

export interface Attribute {
  readonly default: AttributeValue
  /** What the document says → what is used. */
  readonly read: (value: unknown) => AttributeValue
}

/** A whole number from `min` to `max`; one outside is moved to the nearer end. */
export function integer(min: number, max: number, fallback: number): Attribute {
  return { default: fallback, read: (value) => clamp(value, min, max) ?? fallback }
}

/** Text of at most `maxLength` UTF-16 units; longer is cut. */
export function text(maxLength: number, fallback: string | null = null): Attribute {
  return {
    default: fallback,
    read: (value) => (typeof value === 'string' ? value.slice(0, maxLength).toWellFormed() : fallback),
  }
}

/** Text that matches all of `pattern`. */
export function word(pattern: RegExp, fallback: string | null = null): Attribute {
  return {
    default: fallback,
    read: (value) => (typeof value === 'string' && pattern.test(value) ? value : fallback),
  }
}

export function choice(values: readonly string[], fallback: string | null): Attribute {
  return {
    default: fallback,
    read: (value) => (typeof value === 'string' && values.includes(value) ? value : fallback),
  }
}

export const flag: Attribute = { default: false, read: (value) => value === true }

export const link: Attribute = { default: null, read: linkUrl }

export const image: Attribute = { default: null, read: imageUrl }

/** Widths of the columns one cell spans, in CSS pixels; 0 for "as it comes". */
export const columnWidths: Attribute = {
  default: null,
  read: (value) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SPAN) return null
    return value.map((width) => clamp(width, 0, 4_000) ?? 0)
  },
}

/** Rows or columns one cell may span. A table map costs their product in time and memory. */
export const MAX_SPAN = 64

function clamp(value: unknown, min: number, max: number): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  return Math.min(max, Math.max(min, Math.trunc(value)))
}
