/** What a person is told when the session has stopped for good, by code (shared/codes.ts). */
import { codes } from '#shared/codes.ts'

export interface Ending {
  readonly heading: string
  readonly text: string
  /** What helps, the best first. */
  readonly actions: readonly EndingAction[]
}

export type EndingAction = 'reload' | 'download' | 'home'

export interface Ended {
  readonly code: number
  /** How many changes the server never acknowledged. */
  readonly unsent: number
  /** Whether there is a text on the screen, so that a copy means something. */
  readonly hasText: boolean
}

export function endingOf({ code, unsent, hasText }: Ended): Ending {
  const copy: readonly EndingAction[] = unsent > 0 ? ['download'] : []
  const kept =
    unsent === 0
      ? ''
      : unsent === 1
        ? ' 1 change was not saved: download a copy before you leave.'
        : ` ${unsent.toLocaleString()} changes were not saved: download a copy before you leave.`
  switch (code) {
    case codes.unauthenticated.code:
      return {
        heading: 'Sign in to open this document',
        text: `The server does not know who you are. Open the link you were given once more, or ask for a new one.${kept}`,
        actions: [...copy, 'reload', 'home'],
      }
    case codes.forbidden.code:
      return {
        heading: 'You have no access to this document',
        text: `Whoever shares it decides who may open it. Ask them for a link.${kept}`,
        actions: [...copy, 'home'],
      }
    case codes.deleted.code:
      return {
        heading: 'This document was deleted',
        text: `Nobody can open or change it any more.${kept}`,
        actions: [...copy, 'home'],
      }
    case codes.conflict.code:
      return {
        heading: 'This copy and the server’s have parted',
        text: hasText
          ? 'What you see here is not the same document the server holds, and the two cannot be merged. Download a copy of yours, then reload to see the server’s.'
          : 'What this tab began with is not what the server holds. Reload to see the server’s.',
        actions: hasText ? ['download', 'reload'] : ['reload', 'home'],
      }
    case codes.tooBig.code:
      return {
        heading: 'This is more than the server takes',
        text: hasText
          ? 'The document, or the last thing put into it, is too big. Download a copy, then reload and add it in smaller parts.'
          : 'The document is bigger than this server allows. Whoever looks after the server can raise that limit.',
        actions: hasText ? ['download', 'reload'] : ['reload', 'home'],
      }
    case codes.tooOld.code:
      return {
        heading: 'Reload to get the new version',
        text: `This document was written with a newer version of this page.${kept}`,
        actions: unsent > 0 ? ['download', 'reload'] : ['reload'],
      }
    default:
      return {
        heading: 'This document cannot be kept open',
        text: `The server ended the connection and will not take it up again. Reload to try afresh.${kept}`,
        actions: [...copy, 'reload', 'home'],
      }
  }
}
