/**
 * Structured lines on standard error. A line never holds content, tokens, URLs or document ids: in open mode an id is
 * what lets somebody in, so it is written as a short hash that an operator can compare but not open.
 */
import { createHash } from 'node:crypto'
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino'
import type { LogLevel } from '#server/settings.ts'

export type { Logger }

/** `to` writes at once: the last line before an exit must not be lost. */
export function makeLogger(level: LogLevel, to: DestinationStream) {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err },
      redact: {
        // Nets under the rule above, for a line that logs a whole request by mistake.
        paths: ['url', 'token', 'headers', 'document', '*.url', '*.token', '*.headers', '*.document'],
        censor: '(left out)',
      },
    },
    to,
  )
}

/** What stands for a document in logs: the first 12 hex digits of SHA-256 of its id. */
export function documentMark(document: string): string {
  return createHash('sha256').update(document).digest('hex').slice(0, 12)
}
