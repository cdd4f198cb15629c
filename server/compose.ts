/** Makes the parts of access that the settings ask for. */

import type { Chance, Clock } from '#shared/time.ts'
import type { Access } from './access/access.ts'
import { type Audit, QuietAudit } from './access/audit.ts'
import { GuardedAccess } from './access/guarded.ts'
import { remoteKeySet } from './access/key-set.ts'
import { guestNames, type Names } from './access/names.ts'
import { openAccess } from './access/open.ts'
import type { Shares } from './access/share.ts'
import { guardedSignIn, openSignIn, type SignIn } from './access/sign-in.ts'
import { openSqliteAccess } from './access/sqlite-store.ts'
import { StoreFailed } from './access/store.ts'
import type { TakingBack } from './access/taken-back.ts'
import { Tokens } from './access/token.ts'
import { type Config, isGuarded } from './config.ts'
import { auditFile, auditTo } from './ops/audit.ts'
import { Lines } from './ops/lines.ts'
import type { Logger } from './ops/logger.ts'

export interface AccessParts {
  readonly access: Access
  readonly signIn: SignIn
  /** Null in open mode. */
  readonly shares: Shares | null
  readonly takenBack: TakingBack | null
  readonly names: Names
  /** For what is done once somebody was let in. */
  readonly audit: Audit
  close(): Promise<void>
}

export interface AccessSurroundings {
  readonly logger: Logger
  readonly clock: Clock
  readonly chance: Chance
  /** A line of the audit log could not be written. */
  readonly onDropped: () => void
  readonly onFatal: (error: Error) => void
}

/** Between two looks at sessions that nobody uses any more. */
const TIDY_MS = 3_600_000

/** Between two looks at whether keys are old: one that was taken away counts no longer, also where nobody new comes. */
const LOOK_AT_KEYS_MS = 60_000

/** Rejects with StoreFailed, whose message is meant for the person who started the server. */
export async function makeAccess(config: Config, around: AccessSurroundings): Promise<AccessParts> {
  const { logger, clock, chance, onDropped, onFatal } = around
  const wall = () => clock.wall()
  const { authSecret, authJwksUrl, authAudience, auditLog, dataDir } = config
  const lines = auditLog === '' ? null : openAudit(auditLog, onDropped)
  const audit = new QuietAudit(lines === null ? auditTo(logger) : auditFile(lines), wall)
  if (!isGuarded(config))
    return {
      access: openAccess(),
      signIn: openSignIn(),
      shares: null,
      takenBack: null,
      names: guestNames,
      audit,
      close: async () => lines?.close(),
    }
  const keySet = authJwksUrl === null ? null : remoteKeySet({ url: authJwksUrl, wall })
  const onFailed = (error: unknown) => logger.warn({ err: error }, 'sessions could not be kept')
  const access = await GuardedAccess.open({
    tokens: new Tokens({ secret: authSecret, keySet, audience: authAudience, wall }),
    store: await openSqliteAccess({ folder: dataDir, onFatal }),
    chance,
    wall,
    audit,
    onFailed,
  })
  const tidy = (): void => {
    cancel = clock.after(TIDY_MS, tidy)
    access.sessions.tidy().catch(onFailed)
    access.shares.tidy().catch(onFailed)
  }
  let cancel = clock.after(0, tidy)
  const refresh = (): void => {
    cancelRefresh = clock.after(LOOK_AT_KEYS_MS, refresh)
    void keySet?.refresh()
  }
  let cancelRefresh = clock.after(0, refresh)
  return {
    access,
    signIn: guardedSignIn(access),
    shares: access.shares,
    takenBack: access.takenBack,
    names: access.names,
    audit,
    close: async () => {
      cancel()
      cancelRefresh()
      await access.close()
      lines?.close()
    },
  }
}

/** Who set it wants to hear at once that nothing will be in it. */
function openAudit(path: string, onDropped: () => void): Lines {
  try {
    return Lines.file(path, onDropped)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new StoreFailed(`The audit log cannot be opened at ${path} (${code}).`)
  }
}
