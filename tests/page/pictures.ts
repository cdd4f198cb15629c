/** `node tests/page/pictures.ts FOLDER [PART OF A NAME]`: every state of the page, wide and narrow, light and dark. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { launchBrowser } from '#tests/browser.ts'
import { enter, scenes } from './scenes.ts'
import { newPage, openStage } from './stage.ts'

const [folder = 'pictures', part = ''] = process.argv.slice(2)
await mkdir(folder, { recursive: true })
const stage = await openStage()
const browser = await launchBrowser()
try {
  for (const scene of scenes.filter(({ name }) => name.includes(part)))
    for (const width of [1280, 390])
      for (const scheme of ['light', 'dark'] as const) {
        const look = { width, height: width < 600 ? 844 : 800, scheme, touch: width < 600 }
        const { page, context, complaints } = await newPage(browser, look)
        const name = `${scene.name}-${width}-${scheme}`
        try {
          await enter(scene, page, stage)
        } catch (error) {
          process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
        }
        await page.screenshot({ path: join(folder, `${name}.png`) })
        if (complaints.length > 0) process.stderr.write(`${name} complained: ${complaints.join(' | ')}\n`)
        await context.close()
      }
} finally {
  await browser.close()
  await stage.close()
}
