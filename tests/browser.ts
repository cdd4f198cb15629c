/** A real Chromium, driven by playwright-core. Whoever launches closes. */
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { tool } from './tools.ts'

/**
 * No sandbox, since tests run as root in containers; no background traffic, since tests have no network; no process of
 * its own for drawing, since there is nothing to draw with but the processor.
 */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-software-rasterizer',
  '--in-process-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
]

/** How long a page may take over one thing: tests beside it may have both cores of a slow machine. */
const PATIENCE_MS = 90_000

export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: tool('chromium'),
    args: FLAGS,
    timeout: PATIENCE_MS,
  })
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE_MS))
  return browser
}

/** A browser that keeps what it stores in this folder, so that it can be closed and opened again. */
export async function launchPersistent(folder: string): Promise<BrowserContext> {
  const options = { executablePath: tool('chromium'), args: FLAGS, timeout: PATIENCE_MS }
  const viewport = { width: 1280, height: 800 }
  const context = await chromium.launchPersistentContext(folder, { ...options, viewport })
  context.setDefaultTimeout(PATIENCE_MS)
  return context
}
