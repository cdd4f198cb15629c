/** What the audit log leaves out, and that it says so. */
import { expect, test } from 'vitest'
import { type AuditLine, QuietAudit } from '#server/access/audit.ts'
import { auditTo } from '#server/ops/audit.ts'
import { makeLogger } from '#server/ops/logger.ts'
import { named } from './stage.ts'

const plan = named('plan')
const letIn: AuditLine = { event: 'let in', author: 'ana', document: plan, action: 'read', role: 'reader' }
const refusal: AuditLine = { event: 'refused', author: null, document: plan, reason: 'sign in' }

function quiet() {
  const lines: AuditLine[] = []
  const time = { nowMs: 3_600_000 }
  const audit = new QuietAudit({ note: (line) => void lines.push(line) }, () => time.nowMs)
  return { audit, lines, time }
}

test('V13 who was let in is told once in ten minutes, another role or document again, deleting and sharing each time', () => {
  const { audit, lines, time } = quiet()
  audit.note(letIn)
  audit.note(letIn)
  expect(lines).toEqual([letIn])
  audit.note({ ...letIn, role: 'writer' })
  audit.note({ ...letIn, document: named('other') })
  for (const action of ['manage', 'manage', 'share', 'share'] as const) audit.note({ ...letIn, action })
  expect(lines).toHaveLength(7)
  time.nowMs += 599_999
  audit.note(letIn)
  expect(lines).toHaveLength(7)
  time.nowMs += 1
  audit.note(letIn)
  expect(lines).toHaveLength(8)
})

test('V13 of refusals 120 are told a minute, and then how many were left out; nothing else is for that', () => {
  const { audit, lines, time } = quiet()
  for (let at = 0; at < 150; at++) audit.note(refusal)
  expect(lines).toHaveLength(120)
  const events = ['turned out', 'took up a share', 'signed out', 'made a share', 'revoked a share'] as const
  for (const event of events) audit.note({ event, author: 'ana', document: plan })
  expect(lines.slice(120).map(({ event }) => event)).toEqual(events)
  time.nowMs += 60_000
  audit.note(refusal)
  expect(lines.slice(125)).toEqual([{ event: 'refused', author: null, document: null, leftOut: 30 }, refusal])
  time.nowMs += 60_000
  audit.note(refusal)
  expect(lines).toHaveLength(128)
})

test('V13 beside the other lines it is written whatever level these have', () => {
  const written: string[] = []
  const logger = makeLogger('error', { write: (line) => void written.push(line) })
  auditTo(logger).note(refusal)
  logger.warn('not asked for')
  expect(written.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'info', audit: 'refused', reason: 'sign in' },
  ])
  expect(written[0]).not.toContain('plan')
})
