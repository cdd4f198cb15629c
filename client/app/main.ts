/** Where the page begins: the one place of the small first part that knows of the others. */
import { VellumApp } from './app.ts'

const app = new VellumApp()
app.loadHome = () => import('./home.ts')
app.loadEditing = async () => (await import('./editing.ts')).startEditing()
document.body.prepend(app)
