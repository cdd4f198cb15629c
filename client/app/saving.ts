/** The words for the state of saving. Facts come in (client/sync/status.ts), words go out; no timers here. */
import type { Status } from '#client/sync/status.ts'

export type Sign = 'none' | 'saved' | 'saving' | 'offline' | 'reconnecting' | 'not-saving' | 'stopped'

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

/** What the state of saving is called. `savedAt` is wall-clock milliseconds of the last commit seen, or null. */
export function savingWords(status: Status, savedAt: number | null): Saving {
  switch (status.kind) {
    case 'opening':
      return say('none', 'Opening…', { detail: 'The document is being fetched.' })
    case 'live':
      if (status.pending === 0) {
        const when = savedAt === null ? '' : ` The last change was saved at ${timeOfDay(savedAt)}.`
        return say('saved', 'Saved', { detail: `Everything here is on the server’s disk.${when}` })
      }
      return say('saving', 'Saving…', {
        detail: `${changes(status.pending)} on the way to the server’s disk.`,
      })
    case 'not-saving':
      return say('not-saving', 'Not being saved', {
        count: status.pending === 0 ? '' : changes(status.pending),
        detail: 'The server cannot write to its disk at the moment. It keeps trying.',
        matters: true,
      })
    case 'reconnecting':
      return say('reconnecting', 'Reconnecting…', {
        detail:
          status.pending === 0
            ? 'The connection was lost a moment ago. You can go on writing.'
            : `The connection was lost a moment ago. ${changes(status.pending)} will be sent when it is back.`,
        matters: true,
      })
    case 'offline':
      return say('offline', 'Offline', {
        count: status.pending === 0 ? '' : `${changes(status.pending)} not sent yet`,
        advice: status.pending === 0 ? '' : 'keep this tab open',
        detail:
          status.pending === 0
            ? 'Everything you wrote is on the server. You can go on writing.'
            : `${changes(status.pending)} only in this tab. They will be sent when you are back.`,
        matters: true,
      })
    case 'stopped':
      return say('stopped', status.pending === 0 ? 'Not connected' : 'Not saved', {
        count: status.pending === 0 ? '' : changes(status.pending),
        matters: true,
      })
  }
}

/** "1 change", "3 changes". */
export function changes(count: number): string {
  return count === 1 ? '1 change' : `${count.toLocaleString()} changes`
}

function timeOfDay(wallMs: number): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(wallMs)
}

function say(sign: Sign, word: string, more: Partial<Omit<Saving, 'sign' | 'word'>>): Saving {
  return { sign, word, count: '', advice: '', detail: '', matters: false, ...more }
}
