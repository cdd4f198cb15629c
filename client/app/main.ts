/** Where the page begins: the one place of the small first part that knows of the others. */
import { VellumApp } from './app.ts'
import { browserDevice } from './device.ts'

const app = new VellumApp()
app.device = browserDevice()
app.loadHome = () => import('./home.ts')
app.loadEditing = async () => (await import('./editing.ts')).startEditing(app.device.store)
document.body.prepend(app)
// After the first screen: keeping the page on the device, and looking for a newer one, must not slow that down.
window.addEventListener('load', () => {
  const start = async (): Promise<void> => {
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
