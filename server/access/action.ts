/** What can be done to a document, and from which role on. */
import type { Role } from '#shared/frame.ts'

/**
 * `list` and `govern` are asked without a document; `manage` is deleting; `share` is giving out links, seeing and
 * revoking them; `govern` is taking people's tokens back, for who owns every document.
 */
export type Action = 'list' | 'read' | 'write' | 'create' | 'manage' | 'share' | 'govern'

const RANK = { reader: 0, commenter: 1, writer: 2, owner: 3 } as const satisfies Record<Role, number>

// Until comments exist, a commenter is a reader.
const LEAST = {
  list: 'reader',
  read: 'reader',
  write: 'writer',
  create: 'writer',
  manage: 'owner',
  share: 'owner',
  govern: 'owner',
} as const satisfies Record<Action, Role>

export function may(role: Role, action: Action): boolean {
  return RANK[role] >= RANK[LEAST[action]]
}

/** The one that may do more. */
export function higher(one: Role, other: Role): Role {
  return RANK[one] >= RANK[other] ? one : other
}
