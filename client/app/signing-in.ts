/**
 * Who is at this page, asked of the server: links that are taken up, the answer to "who am I", leaving. Fetched after the
 * first screen, or with the first link.
 */
import type { TemplateResult } from 'lit'
import type { Device } from './device.ts'
import type { Link } from './given-token.ts'
import { askWho, signOut, takeUp } from './sign-in.ts'
import { slips } from './slips.ts'
import { isLetInto, SIGNED_OUT, type Who } from './who.ts'
import { whoseLink } from './whose-link.ts'

/** A link that no server has heard of yet is tried again, at the latest after this. */
const AGAIN_MS = 5_000

export interface GivenLink {
  readonly token: string
  /** The document it leads to. */
  readonly id: string
  /** Whether who is here may become somebody else by it, without being asked. Default: no. */
  readonly maySwitch?: boolean
}

export interface Teller {
  /** What became of the link. */
  tell(link: Link): void
  /** A question for who is here, in place of the document; null once it is answered. */
  put(question: TemplateResult | null): void
}

export class SigningIn {
  readonly #told: (who: Who) => void
  #asking: Promise<void> | null = null
  #again: (() => void) | null = null

  /** `told` is called with each answer. */
  constructor(told: (who: Who) => void) {
    this.#told = told
  }

  /** Resolves when the server has answered, or did not. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** Exchanges a link to a document for what it grants; where the server cannot be reached, again when it can. */
  async takeUp({ token, id, maySwitch = false }: GivenLink, { tell, put }: Teller): Promise<void> {
    this.#again?.()
    this.#again = null
    const taken = await takeUp(token, maySwitch)
    switch (taken.kind) {
      case 'taken':
        this.#told(taken.who)
        tell(isLetInto(taken.who, id) ? 'none' : 'refused')
        break
      case 'somebody-else':
        put(
          whoseLink(taken.meeting, {
            stay: () => {
              put(null)
              tell('none')
            },
            turn: () => {
              put(null)
              void this.takeUp({ token, id, maySwitch: true }, { tell, put })
            },
          }),
        )
        break
      case 'refused':
        await this.ask()
        tell('refused')
        break
      case 'unreachable':
        tell('unreachable')
        this.#again = soon(() => void this.takeUp({ token, id, maySwitch }, { tell, put }))
        break
    }
  }

  /**
   * What is not sent stays on this device, for when the same person is here again; what the server has goes from it.
   * `left` gives what the device holds of them, once nothing of it is open; null where they are still here.
   */
  async signOut(left: () => Promise<Device | null>): Promise<void> {
    if (await signOut()) {
      this.#told(SIGNED_OUT)
      await forgetSent(await left())
    } else
      slips().lay({
        kind: 'device',
        text: 'You are still signed in: the server could not be told. Try again when it can be reached.',
        actions: [],
      })
  }

  async #ask(): Promise<void> {
    const who = await askWho()
    if (who !== null) this.#told(who)
  }
}

async function forgetSent(device: Device | null): Promise<void> {
  for (const { id, waiting, ended } of (await device?.documents()) ?? [])
    if (waiting === 0 && ended === null) await device?.discard(id)
}

/** Calls `run` once, after a while or when the network comes back; returns the undo. */
function soon(run: () => void): () => void {
  const waiting = new AbortController()
  const go = (): void => {
    waiting.abort()
    clearTimeout(timer)
    run()
  }
  const timer = setTimeout(go, AGAIN_MS)
  window.addEventListener('online', go, { signal: waiting.signal })
  return () => {
    waiting.abort()
    clearTimeout(timer)
  }
}
