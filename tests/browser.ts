/** A real Chromium, driven by playwright-core. Whoever launches closes. */
import { type Browser, chromium } from 'playwright-core'
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
