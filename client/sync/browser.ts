/** Joins a session to its window: what the browser knows of network, sleep and leaving. */
import type { Session } from './session.ts'

/** `mustStay` says whether leaving now would lose something; by default whether anything is pending. Returns the undo. */
export function joinToWindow(
  session: Session,
  window: Window,
  mustStay: () => boolean = () => session.status.pending > 0,
): () => void {
  const listening = new AbortController()
  const { signal } = listening
  const { document } = window

  window.addEventListener('online', () => session.wake(), { signal })
  window.addEventListener('offline', () => session.offline(), { signal })
  window.addEventListener('pageshow', ({ persisted }) => persisted && session.wake(), { signal })
  document.addEventListener('visibilitychange', () => !document.hidden && session.wake(), { signal })
  window.addEventListener('pagehide', () => session.leave(), { signal })
  window.addEventListener(
    'beforeunload',
    (event) => {
      if (mustStay()) event.preventDefault()
    },
    { signal },
  )
  return () => listening.abort()
}
