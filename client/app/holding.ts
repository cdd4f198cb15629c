/** One document held open by this tab: makes the real document, its place on the device and its session, and joins them. */
import * as Y from 'yjs'
import { ladderFor } from '#client/carriers/ladder.ts'
import { originMemory } from '#client/carriers/memory.ts'
import { browserChance, browserClock } from '#client/clock.ts'
import { browserLocks, browserTabs, whenIdle } from '#client/document/device/browser.ts'
import { DeviceDocument } from '#client/document/device/device-document.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { schemaVersionOf } from '#client/editor/preflight.ts'
import { joinToWindow } from '#client/sync/browser.ts'
import { MADE_ELSEWHERE } from '#client/sync/objection.ts'
import { Session } from '#client/sync/session.ts'
import type { Status } from '#client/sync/status.ts'
import { codes } from '#shared/codes.ts'
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'
import { META_ROOT, maxTitleLength, metaKeys, SCHEMA_VERSION } from '#shared/schema/document.ts'
import type { Device } from './device.ts'
import type { HeldDocument } from './open-documents.ts'
import { syncUrl } from './route.ts'

/** What is remembered of a refusal: who may come in, and what became of the document. The rest passes with this page. */
const REMEMBERED: readonly number[] = [
  codes.unauthenticated.code,
  codes.forbidden.code,
  codes.deleted.code,
  codes.conflict.code,
]

/** Whose documents are held. */
export interface Holder {
  readonly key: string
  readonly device: Pick<Device, 'name' | 'store'>
}

export function holder(whose: Holder): (id: DocumentId) => HeldDocument {
  return (id) => hold(id, whose)
}

function hold(id: DocumentId, { key, device: { name, store } }: Holder): HeldDocument {
  const doc = new Y.Doc()
  const document = new LocalDocument({ doc, outbox: new Outbox(newSessionId(browserChance)) })
  const { awareness } = document
  const listeners = new Set<() => void>()
  let synced = false
  let known: { readonly kind: 'page' | 'any' | null; readonly role: Role | null } = { kind: null, role: null }
  let current: { readonly session: Session; readonly part: () => void } | null = null
  let asksToStay = false

  const publish = (): void => {
    for (const changed of [...listeners]) changed()
  }

  const device = new DeviceDocument({
    id,
    document,
    store,
    joinTabs: browserTabs(name),
    locks: browserLocks(navigator, browserClock),
    clock: browserClock,
    whenIdle: (run, isHeavy) => whenIdle(window, run, isHeavy),
    describe: () => ({
      title: known.kind === 'any' ? '' : titleIn(doc),
      kind: known.kind ?? 'page',
      role: known.role,
      schemaVersion: known.kind === 'any' ? 0 : schemaVersionOf(doc),
    }),
  })
  device.subscribe(publish)

  const connect = (kind: 'page' | 'any'): void => {
    const session = new Session({
      document,
      carriers: ladderFor(window, {
        url: () => syncUrl(id, key, new URL(location.href)).replace(/^ws/, 'http'),
        clock: browserClock,
        chance: browserChance,
      }),
      memory: originMemory(() => window.localStorage),
      clock: browserClock,
      chance: browserChance,
      schemaVersion: SCHEMA_VERSION,
      kind,
    })
    const part = joinToWindow(session, window, () => device.atRisk > 0)
    current = { session, part }
    session.subscribe((status) => {
      learn(status)
      publish()
    })
    session.start()
  }

  const learn = (status: Status): void => {
    if (status.kind === 'live' || status.kind === 'not-saving') {
      synced = true
      device.end(null)
      const kind = status.document === 'none' ? null : status.document
      if (kind === known.kind && status.role === known.role) return
      known = { kind, role: status.role }
      device.described()
    } else if (status.kind === 'stopped' && status.reason === MADE_ELSEWHERE) readOnly()
    else if (status.kind === 'stopped' && REMEMBERED.includes(status.code))
      device.end({ code: status.code, reason: status.reason })
    else if (status.pending > 0 && !asksToStay) askToStay()
  }

  /** Nothing but this device has these changes: the browser should not clear them away when room gets short. */
  const askToStay = (): void => {
    asksToStay = true
    navigator.storage?.persist?.().catch(() => {
      // Where it may not be asked, it is kept as well as everything else.
    })
  }

  /** Another program's document is read by a session that writes nothing. Nothing can have been written before. */
  const readOnly = (): void => {
    const person = awareness.getLocalState()
    current?.part()
    current?.session.close()
    awareness.setLocalState(person)
    connect('any')
  }

  let isClosed = false
  void device.load().then((facts) => {
    if (isClosed) return
    if (facts !== null) known = { kind: facts.kind, role: facts.role }
    connect(facts?.kind ?? 'page')
    publish()
  })

  return {
    doc,
    awareness,
    get status() {
      return current?.session.status ?? { kind: 'opening', pending: document.waiting }
    },
    get synced() {
      return synced
    },
    get device() {
      return device.status
    },
    get loaded() {
      return device.loaded
    },
    get found() {
      return device.found
    },
    get atRisk() {
      return device.atRisk
    },
    get kind() {
      return known.kind
    },
    get role() {
      return known.role
    },
    get ended() {
      const status = current?.session.status
      return status?.kind === 'stopped' ? status : device.ended
    },
    create: () => device.create(),
    isRemote: (origin) => origin === document.remote,
    subscribe(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    leave: () => current?.session.leave(),
    comeBack() {
      current?.session.wake()
      if (current?.session.status.kind === 'stopped') current.session.start()
    },
    close() {
      isClosed = true
      current?.part()
      current?.session.close()
      document.close()
      void device.close()
      awareness.destroy()
      doc.destroy()
    },
  }
}

function titleIn(doc: Y.Doc): string {
  const title: unknown = doc.getMap(META_ROOT).get(metaKeys.title)
  return title instanceof Y.Text || typeof title === 'string' ? String(title).slice(0, maxTitleLength) : ''
}
