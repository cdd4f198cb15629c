/** A real Chromium, driven by playwright-core. Whoever launches closes. */
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { tool } from './tools.ts'

/** No sandbox, since tests run as root in containers; no background traffic, since tests have no network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
]

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: tool('chromium'), args: FLAGS, timeout: 60_000 })
}

/** A browser that keeps what it stores in this folder, so that it can be closed and opened again. */
export function launchPersistent(folder: string): Promise<BrowserContext> {
  const options = { executablePath: tool('chromium'), args: FLAGS, timeout: 60_000 }
  return chromium.launchPersistentContext(folder, { ...options, viewport: { width: 1280, height: 800 } })
}
