/** `token --revoke`: asks the server that runs, or writes beside the documents of one that does not. */
import { Changes } from '#server/access/changes.ts'
import { makeToken } from '#server/access/making.ts'
import { openSqliteAccess } from '#server/access/sqlite-store.ts'
import { LiveTakenBack } from '#server/access/taken-back.ts'
import { RevokedTokens } from '#server/api/schemas.ts'
import { readConfig } from '#server/config.ts'
import { auditFile } from '#server/ops/audit.ts'
import { Lines } from '#server/ops/lines.ts'
import { type Given, Misused } from './command.ts'
import { answered, parsed } from './documents.ts'
import { opened } from './here.ts'
import { dataDirOf, serverOf, tokenOf } from './reach.ts'
import type { Surroundings } from './surroundings.ts'

/** As whom it is written down. */
const BY = 'vellum token'
const TOKEN_SECONDS = 60

export interface Revoking {
  readonly sub: string
  /** AUTH_SECRET; null where it is not set. */
  readonly secret: string | null
  readonly audience: string | undefined
}

/** Up to when what was issued counts no more (ISO 8601). Rejects with Failed and Misused. */
export async function revoke(revoking: Revoking, given: Given, around: Surroundings): Promise<string> {
  const { sub, secret, audience } = revoking
  const all = { doc: '*', role: 'owner', expiresInSeconds: TOKEN_SECONDS, audience } as const
  const shown =
    tokenOf(given, around) ?? (secret === null ? null : await makeToken({ secret, sub: BY, ...all }))
  const carry = await serverOf(given, around, shown)
  if (carry === null) return revokeHere(sub, dataDirOf(given, around.env), around.env)
  const headers = { 'content-type': 'application/json' }
  const asking = { method: 'POST', path: '/v1/tokens/revoke', headers, body: JSON.stringify({ sub }) }
  return (await parsed(RevokedTokens, await answered(carry, asking))).until
}

async function revokeHere(sub: string, folder: string, env: Surroundings['env']): Promise<string> {
  const read = readConfig({ ...env, HOST: '' }, [`--data-dir=${folder}`])
  if (read.kind !== 'config') throw new Misused(read.kind === 'refused' ? read.sentence : read.text)
  const { auditLog } = read.config
  // A server that started meanwhile would not hear of it: held open, the folder lets none start.
  const log = await opened(folder)
  const store = await openSqliteAccess({ folder, onFatal: lost })
  const lines = auditLog === '' ? null : Lines.file(auditLog, () => {})
  const audit = lines === null ? { note: () => {} } : auditFile(lines)
  try {
    const takenBack = await LiveTakenBack.open({ store, wall: Date.now, changes: new Changes(), audit })
    const { untilMs } = await takenBack.takeBack({ sub, by: BY })
    return new Date(untilMs).toISOString()
  } finally {
    lines?.close()
    await store.close()
    await log.close()
  }
}

/** Nobody can say whether it is on disk. */
function lost(error: Error): never {
  throw error
}
