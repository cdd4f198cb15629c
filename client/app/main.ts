/** Where the page begins: the one place of the small first part that knows of the larger second one. */
import { VellumApp } from './app.ts'

const app = new VellumApp()
app.loadEditing = async () => (await import('./editing.ts')).startEditing()
document.body.prepend(app)
