import { openDesk } from '/work/main/tests/editor/desk.ts'
import { writeDocument } from '/work/main/tests/editor/every-construct.ts'

const desk = await openDesk()
for (const [w, h, scheme] of [
  [1280, 900, 'light'],
  [1280, 900, 'dark'],
  [390, 844, 'light'],
  [390, 844, 'dark'],
] as const) {
  const p = await desk.page({ viewport: { width: w, height: h }, colorScheme: scheme, deviceScaleFactor: 1 })
  const ada = await p.sit('ada')
  await writeDocument(p.page, '#ada')
  await p.page.evaluate(() => window.scrollTo(0, 0))
  await p.page.screenshot({ path: `/tmp/shots/${w}-${scheme}-1.png` })
  await p.page.screenshot({ path: `/tmp/shots/${w}-${scheme}-full.png`, fullPage: true })
  if (w === 1280 && scheme === 'light') console.log(await ada.shown())
  console.log(await ada.events(), p.errors, await p.violations())
}
await desk.close()
