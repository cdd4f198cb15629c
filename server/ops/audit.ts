/** The audit log: lines of JSON, in a file of their own where there is one, beside the other lines where not. */
import { type DestinationStream, pino } from 'pino'
import type { Audit, AuditLine } from '#server/access/audit.ts'
import { documentMark, type Logger } from './logger.ts'

/**
 * Marked lines among the others, whatever level of these is asked for: `audit` says what happened. A document is told by
 * its mark, as everywhere there.
 */
export function auditTo(logger: Logger): Audit {
  const lines = logger.level === 'silent' ? logger : logger.child({}, { level: 'info' })
  return {
    note: ({ event, document, ...line }: AuditLine) => {
      const mark = document === null ? {} : { mark: documentMark(document) }
      lines.info({ audit: event, ...line, ...mark }, 'audit')
    },
  }
}

/** Lines of their own, with the ids of documents: whoever may read them must know which it was. */
export function auditFile(to: DestinationStream): Audit {
  const lines = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  )
  return { note: ({ event, ...line }) => lines.info({ audit: event, ...line }) }
}
