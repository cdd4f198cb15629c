/** The words for the state of saving. Facts come in, words go out; no timers here. */
import type { CarrierName } from '#client/carriers/port.ts'
import type { DeviceStatus, NotKept } from '#client/document/device/status.ts'
import type { Status } from '#client/sync/status.ts'
import type { Role } from '#shared/frame.ts'

export type Sign =
  | 'none'
  | 'saved'
  | 'saving'
  | 'offline'
  | 'reconnecting'
  | 'not-saving'
  | 'not-kept'
  | 'stopped'

export interface SavingFacts {
  readonly status: Status
  readonly device: DeviceStatus
  /** Changes that are neither on the server nor on this device. */
  readonly atRisk: number
  /** What waits was written before the server was found again. */
  readonly sending: boolean
  /** Wall-clock milliseconds of the last commit seen, or null. */
  readonly savedAt: number | null
}

export interface Saving {
  readonly sign: Sign
  /** The word people look for. '' where nothing is known yet. */
  readonly word: string
  /** What follows the word; '' for nothing. */
  readonly count: string
  /** What follows that where there is room. */
  readonly advice: string
  /** More, for whoever asks by pointing at it. */
  readonly detail: string
  /** Whether somebody who cannot see it should be told when it becomes so. */
  readonly matters: boolean
}

/** How edits travel at the moment, for people. */
const CARRIED: Readonly<Record<CarrierName, string>> = {
  websocket: 'Connected by WebSocket.',
  'event-stream': 'Connected by an event stream: this network lets no WebSocket through.',
  'long-poll': 'Connected by long-polling: this network lets nothing faster through.',
}

/** What the state of saving is called. */
export function savingWords({ status, device, atRisk: notYetKept, sending, savedAt }: SavingFacts): Saving {
  const { pending } = status
  // A write that is on its way takes a few milliseconds: nothing worth a word, and nothing to call kept either.
  const atRisk = device.kind === 'not-kept' ? notYetKept : 0
  const kept = Math.max(0, pending - notYetKept)
  const where = kept === pending || atRisk > 0 ? whereItIs(pending, atRisk) : whatWillBeSent(pending)
  if (device.kind === 'loading')
    return say('none', 'Opening…', { detail: 'This device is asked for the document.' })
  switch (status.kind) {
    case 'opening':
      return say('none', 'Opening…', { detail: 'The server is asked for the document.' })
    case 'live': {
      if (pending > 0 && isReading(status.role))
        return say('not-saving', 'Not being saved', {
          count: changes(pending),
          detail: 'You can only read this document now.',
          matters: true,
        })
      if (pending > 0) {
        const word = sending ? `Sending ${changes(pending)}…` : 'Saving…'
        return say('saving', word, { detail: `${changes(pending)} on the way to the server’s disk.` })
      }
      const when = savedAt === null ? '' : ` The last change was saved at ${timeOfDay(savedAt)}.`
      const only = device.kind === 'not-kept' ? ` ${whyNotKept(device.reason)}` : ''
      return say('saved', 'Saved', {
        detail: `Everything here is on the server’s disk.${when} ${CARRIED[status.carrier]}${only}`,
      })
    }
    case 'not-saving':
      return say('not-saving', 'Not being saved', {
        count: pending === 0 ? '' : changes(pending),
        detail: 'The server cannot write to its disk at the moment. It keeps trying.',
        matters: true,
      })
    case 'reconnecting':
      return say('reconnecting', 'Reconnecting…', {
        detail: `The connection was lost a moment ago. ${where}`,
        matters: true,
      })
    case 'offline':
      if (atRisk > 0)
        return say('not-kept', 'Not saved on this device', {
          count: changes(atRisk),
          advice: 'keep this tab open',
          detail: `${device.kind === 'not-kept' ? whyNotKept(device.reason) : ''} ${where}`.trim(),
          matters: true,
        })
      return say('offline', 'Offline', {
        count: kept === 0 ? '' : `${changes(kept)} kept on this device`,
        detail: where,
        matters: true,
      })
    case 'stopped':
      return say('stopped', pending === 0 ? 'Not connected' : 'Not saved', {
        count: pending === 0 ? '' : `${changes(pending)}${notYetKept === 0 ? ' kept on this device' : ''}`,
        matters: true,
      })
  }
}

/** Until there are comments, who may comment reads. */
export function isReading(role: Role | null): boolean {
  return role === 'reader' || role === 'commenter'
}

/** Why this device does not keep what is written, as a sentence. */
export function whyNotKept(reason: NotKept): string {
  switch (reason) {
    case 'absent':
      return 'This browser keeps nothing for this page.'
    case 'silent':
      return 'What this browser keeps for this page could not be reached in time.'
    case 'quota':
      return 'This device has no room left for this page.'
    case 'cleared':
      return 'What this page had kept on this device was removed.'
    case 'error':
      return 'This device could not write what this page wants to keep.'
  }
}

/** "1 change", "3 changes". */
export function changes(count: number): string {
  return count === 1 ? '1 change' : `${count.toLocaleString()} changes`
}

function whereItIs(pending: number, atRisk: number): string {
  if (pending === 0) return 'Everything you wrote is on the server. You can go on writing.'
  const is = pending === 1 ? 'is' : 'are'
  const where =
    atRisk === 0
      ? `kept on this device`
      : atRisk < pending
        ? `kept here, ${atRisk.toLocaleString()} of them only in this tab`
        : 'only in this tab'
  return `${changes(pending)} ${is} ${where}. ${pending === 1 ? 'It' : 'They'} will be sent when you are back.`
}

function whatWillBeSent(pending: number): string {
  return `${changes(pending)} will be sent when you are back.`
}

/** Made once: making one takes longer than everything else that is said here. */
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

function timeOfDay(wallMs: number): string {
  return CLOCK.format(wallMs)
}

function say(sign: Sign, word: string, more: Partial<Omit<Saving, 'sign' | 'word'>>): Saving {
  return { sign, word, count: '', advice: '', detail: '', matters: false, ...more }
}
