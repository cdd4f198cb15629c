/**
 * What tabs of one browser that show the same document say to each other. Anybody who can speak here could as well read
 * the store, so contents are believed; shapes are checked, since another tab may run another version of this page.
 */
import type { Change } from '#client/document/elsewhere.ts'
import { type SessionId, sessionId } from '#shared/id.ts'

export type Message =
  /** A tab has opened the document, holding what this state vector says. */
  | { readonly kind: 'hello'; readonly from: SessionId; readonly stateVector: Uint8Array }
  /** The answer: everything unacknowledged of this tab, and what the new one lacks. */
  | {
      readonly kind: 'mine'
      readonly from: SessionId
      readonly to: SessionId
      readonly changes: readonly Change[]
      readonly update: Uint8Array
      /** Whether the store has all of `update`. */
      readonly isKept: boolean
    }
  | { readonly kind: 'changes'; readonly from: SessionId; readonly changes: readonly Change[] }
  /** Changes of `of` are acknowledged, or were taken over by `from`. */
  | {
      readonly kind: 'settled'
      readonly from: SessionId
      readonly of: SessionId
      readonly orders: readonly number[]
    }
  | { readonly kind: 'presence'; readonly from: SessionId; readonly presence: Uint8Array }
  /** A person removed this device's copy. */
  | { readonly kind: 'removed'; readonly from: SessionId }

export interface Tabs {
  post(message: Message): void
  close(): void
}

/** Joins the tabs that show a document; `heard` is called with whatever others post, never with the own. */
export type JoinTabs = (document: string, heard: (message: unknown) => void) => Tabs

/** Null for what is not a message of this version. */
export function messageOf(value: unknown): Message | null {
  if (!isRecord(value) || !isSession(value['from'])) return null
  const from = value['from']
  switch (value['kind']) {
    case 'hello':
      return value['stateVector'] instanceof Uint8Array
        ? { kind: 'hello', from, stateVector: value['stateVector'] }
        : null
    case 'mine': {
      const { to, update, isKept } = value
      const changes = changesIn(value['changes'])
      return isSession(to) && changes !== null && update instanceof Uint8Array
        ? { kind: 'mine', from, to, changes, update, isKept: isKept === true }
        : null
    }
    case 'changes': {
      const changes = changesIn(value['changes'])
      return changes === null ? null : { kind: 'changes', from, changes }
    }
    case 'settled': {
      const { of, orders } = value
      return isSession(of) && Array.isArray(orders) && orders.every(isOrder)
        ? { kind: 'settled', from, of, orders }
        : null
    }
    case 'presence':
      return value['presence'] instanceof Uint8Array
        ? { kind: 'presence', from, presence: value['presence'] }
        : null
    case 'removed':
      return { kind: 'removed', from }
    default:
      return null
  }
}

function changesIn(value: unknown): readonly Change[] | null {
  if (!Array.isArray(value)) return null
  const changes: Change[] = []
  for (const item of value as readonly unknown[]) {
    if (!isRecord(item)) return null
    const { order, update, isKept } = item
    if (!isOrder(order) || !(update instanceof Uint8Array)) return null
    changes.push({ order, update, isKept: isKept === true })
  }
  return changes
}

function isSession(value: unknown): value is SessionId {
  if (typeof value !== 'string') return false
  try {
    sessionId(value)
    return true
  } catch {
    // Not a session id, so not a message of ours.
    return false
  }
}

function isOrder(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
