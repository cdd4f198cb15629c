/** The browser's own tabs, locks and quiet moments. */
import type { Cancel, Clock } from '#shared/time.ts'
import type { Locks } from './locks.ts'
import type { JoinTabs } from './tabs.ts'

/** Between those tabs of one browser that share a store, without any server. */
export function browserTabs(store: string): JoinTabs {
  return (document, heard) => {
    const channel = new BroadcastChannel(`${store}-${document}`)
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => heard(data))
    return {
      post: (message) => channel.postMessage(message),
      close: () => channel.close(),
    }
  }
}

/** Where a page was not loaded securely there are no locks: then everybody is taken for gone after a moment. */
export function browserLocks({ locks }: Navigator, clock: Clock): Locks {
  if (locks === undefined) return { acquire: (_, acquired) => clock.after(0, acquired) }
  return {
    acquire(name, acquired) {
      const waiting = new AbortController()
      let release: () => void = () => waiting.abort()
      const held = (): Promise<void> =>
        new Promise((resolve) => {
          release = resolve
          acquired()
        })
      locks.request(name, { signal: waiting.signal }, held).catch(() => {
        // Nobody waits for it any more.
      })
      return () => release()
    },
  }
}

/** Calls `run` when the browser has nothing else to do; what `isHeavy` when the page is hidden. */
export function whenIdle(window: Window, run: () => void, isHeavy: boolean): Cancel {
  const { document } = window
  if (isHeavy && !document.hidden) {
    const hidden = new AbortController()
    const look = (): void => {
      if (!document.hidden) return
      hidden.abort()
      run()
    }
    document.addEventListener('visibilitychange', look, { signal: hidden.signal })
    return () => hidden.abort()
  }
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(run, 1_000)
    return () => clearTimeout(timer)
  }
  const request = window.requestIdleCallback(run)
  return () => window.cancelIdleCallback(request)
}
