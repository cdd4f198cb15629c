/** Parameters that several operations take in their query. */
import { z } from 'zod'

/** A position in a query. */
export const seqParameter = z.coerce
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/, 'is a position: a whole number')
  .transform(Number)

/** How many of a list. */
export function limitParameter(most: number, fallback: number) {
  const words = `limit is given once, as a whole number from 1 to ${most}.`
  return z
    .string()
    .regex(/^[1-9]\d{0,3}$/, words)
    .transform(Number)
    .refine((limit) => limit <= most, words)
    .optional()
    .describe(`How many at most: 1 to ${most}, ${fallback} without it.`)
}

export const cursorParameter = z.string().max(1_000).optional().describe('`next` of the page before.')
