/** Where the page begins: the one place of the small first part that knows of the others. */
import { VellumApp } from './app.ts'
import { browserDevice } from './device.ts'
import { takeToken } from './given-token.ts'
import { keyOf } from './who.ts'

// Before anything else is fetched or shown.
const given = takeToken(location, history)
const app = new VellumApp()
app.given = given
app.makeDevice = browserDevice
app.loadHome = () => import('./home.ts')
app.loadEditing = async (who, device) =>
  (await import('./editing.ts')).startEditing({ key: keyOf(who), device })
app.loadSigningIn = async () => (await import('./signing-in.ts')).SigningIn
document.body.prepend(app)
// After the first screen: keeping the page on the device, and looking for a newer one, must not slow that down.
window.addEventListener('load', () => {
  const start = async (): Promise<void> => {
    void app.askWho()
    try {
      const { Updates } = await import('./updates.ts')
      new Updates().start()
    } catch {
      // This part did not arrive; the page works without it, and the next visit asks for it again.
    }
  }
  if ('requestIdleCallback' in window) requestIdleCallback(() => void start(), { timeout: 5_000 })
  else setTimeout(() => void start(), 1_000)
})
