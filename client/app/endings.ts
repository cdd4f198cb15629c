/** What a person is told when the server has said a final word about a document, by code (shared/codes.ts). Pure. */
import { codes } from '#shared/codes.ts'
import { changes } from './saving.ts'

export interface Ending {
  readonly heading: string
  readonly text: string
  /** What helps, the best first. */
  readonly actions: readonly EndingAction[]
}

/** `discard` removes this device's copy; `theirs` does so and opens what the server has. Both ask first. */
export type EndingAction = 'reload' | 'download' | 'copy' | 'discard' | 'theirs' | 'home'

export interface EndingFacts {
  readonly code: number
  /** How many changes the server never acknowledged. */
  readonly unsent: number
  /** Whether there is a text on the screen, so that a copy means something. */
  readonly hasText: boolean
  /** Whether this device keeps it: what is not saved then outlives this tab. */
  readonly isKept: boolean
  /** Whether the link this page was opened with was refused. */
  readonly isLinkRefused?: boolean
  /** The name the server knows this person by; null where it knows nobody. */
  readonly name?: string | null
}

export function endingOf(facts: EndingFacts): Ending {
  const { code, unsent, hasText, isKept, isLinkRefused = false, name = null } = facts
  const copy: readonly EndingAction[] = unsent > 0 || (hasText && isKept) ? ['download', 'copy'] : []
  const discard: readonly EndingAction[] = hasText && isKept ? ['discard'] : []
  const left =
    unsent === 0
      ? hasText && isKept
        ? ' What was here when you last opened it is still on this device.'
        : ''
      : isKept
        ? ` ${changes(unsent)} the server never took ${unsent === 1 ? 'is' : 'are'} kept on this device, and ${unsent === 1 ? 'goes' : 'go'} nowhere by ${unsent === 1 ? 'itself' : 'themselves'}.`
        : ` ${changes(unsent)} ${unsent === 1 ? 'was' : 'were'} not saved: download a copy before you leave.`
  switch (code) {
    case codes.unauthenticated.code:
    case codes.forbidden.code:
      if (isLinkRefused)
        return {
          heading: 'This link does not work any more',
          text: `It has ended, or whoever gave it to you has turned it off. Ask them for a new one.${left}`,
          actions: [...copy, 'home', ...discard],
        }
      if (code === codes.unauthenticated.code && name === null)
        return {
          heading: 'This document opens by a link',
          text: `The server does not know who you are. Open the link you were given once more, or ask whoever shares the document for one.${left}`,
          actions: [...copy, 'reload', 'home', ...discard],
        }
      if (code === codes.unauthenticated.code)
        return {
          heading: 'Your access has ended',
          text: `The link you came by has ended, or was turned off. Ask whoever shares the document for a new one.${left}`,
          actions: [...copy, 'reload', 'home', ...discard],
        }
      return {
        heading: 'You have no access to this document',
        text: `${name === null ? '' : `You are here as ${name}. `}Whoever shares it decides who may open it. Ask them for a link.${left}`,
        actions: [...copy, 'home', ...discard],
      }
    case codes.deleted.code:
      return {
        heading: 'This document was deleted',
        text: `Nobody can open or change it any more.${left}`,
        actions: [...copy, 'home', ...discard],
      }
    case codes.conflict.code:
      return {
        heading: 'This copy and the server’s have parted',
        text: hasText
          ? `What you see here is not the same document the server holds, and the two cannot be merged. Take a copy of yours, then open the server’s.${isKept ? left : ''}`
          : 'What this tab began with is not what the server holds. Reload to see the server’s.',
        actions: !hasText
          ? ['reload', 'home']
          : isKept
            ? ['download', 'copy', 'theirs']
            : ['download', 'copy', 'reload'],
      }
    case codes.tooBig.code:
      return {
        heading: 'This is more than the server takes',
        text: hasText
          ? `The document, or the last thing put into it, is too big. Download a copy, then reload and add it in smaller parts.${isKept ? left : ''}`
          : 'The document is bigger than this server allows. Whoever looks after the server can raise that limit.',
        actions: hasText ? ['download', 'reload', ...discard] : ['reload', 'home'],
      }
    case codes.tooOld.code:
      return {
        heading: 'Reload to get the new version',
        text: `This document was written with a newer version of this page.${
          unsent > 0 && isKept
            ? ` Your ${changes(unsent)} ${unsent === 1 ? 'is' : 'are'} kept on this device and will be sent from there.`
            : left
        }`,
        actions: unsent > 0 && !isKept ? ['download', 'reload'] : ['reload'],
      }
    default:
      return {
        heading: 'This document cannot be kept open',
        text: `The server ended the connection and will not take it up again. Reload to try afresh.${left}`,
        actions: [...copy, 'reload', 'home'],
      }
  }
}
