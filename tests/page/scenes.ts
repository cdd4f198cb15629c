/** Every state the page can be in, by name: looked at by axe, measured for overflow, and pictured for eyes. */
import type { Page } from 'playwright-core'
import * as Y from 'yjs'
import type {} from '#client/app/document.ts'
import type {} from '#client/app/saved-state.ts'
import { codes } from '#shared/codes.ts'
import { saved, says, text } from './shown.ts'
import { known, listedDocument, type Stage, UNKNOWN, usual, written } from './stage.ts'

export interface Scene {
  readonly name: string
  /** Sets the stage before the page is opened. */
  readonly before?: (stage: Stage) => void
  readonly path: string
  /** Makes the browser one that is part of the scene. */
  readonly prepare?: (page: Page) => Promise<unknown>
  /** Brings the page into the state and resolves when it shows. */
  readonly arrive: (page: Page, stage: Stage) => Promise<unknown>
}

const LONG =
  'An inquiry into the causes of the slow and uneven adoption of shared writing tools by people who mostly write alone, with an appendix on bread'
const PARAGRAPHS = [
  'A good sheet of paper on a tidy desk: the text is the hero, and everything else is quiet and near at hand.',
  'Two people may write in one sentence at once. Nothing they write is lost, and neither has to wait.',
]

export const forty = Array.from({ length: 40 }, (_, index) => ({
  name: `${['Ana', 'Bo', 'Chidi', 'Dunya', 'Eero', 'Fatima', 'Goran', 'Hana'][index % 8]} ${index + 1}`,
  color: index % 10,
}))

const hour = 3_600_000
const LIST = [
  listedDocument('a', { title: 'Minutes of the spring meeting', author: 'Ana', time: Date.now() - 20_000 }),
  listedDocument('b', { title: 'مذكرة عن الخبز', author: 'ليلى', time: Date.now() - 2 * hour }),
  listedDocument('team/plan', { title: LONG, author: 'Bo', time: Date.now() - 26 * hour }),
  listedDocument('c', { title: '', time: Date.now() - 80 * hour }),
  listedDocument('notes', { title: 'notes', kind: 'any', time: Date.now() - 800 * hour }),
]

const SHARES = [
  { id: '1', role: 'writer', name: 'The committee', expiresAt: null, createdAt: '2026-11-20T09:00:00Z' },
  {
    id: '2',
    role: 'reader',
    name: 'مطبعة الحي',
    expiresAt: '2036-12-24T18:00:00Z',
    createdAt: '2026-11-21T09:00:00Z',
  },
  { id: '3', role: 'reader', name: '', expiresAt: '2026-11-21T18:00:00Z', createdAt: '2026-11-20T09:00:00Z' },
]

const textShown = (page: Page) => text(page).waitFor()
const notice = (page: Page) => page.waitForSelector('.notice')
const said = (word: string) => (page: Page) => says(page, new RegExp(word))

export const scenes: readonly Scene[] = [
  {
    name: 'home',
    path: '/',
    before: (stage) => {
      stage.listed = LIST
    },
    arrive: (page) => page.waitForSelector('.documents'),
  },
  {
    name: 'home-searched-in-vain',
    path: '/',
    before: (stage) => {
      stage.listed = LIST
    },
    arrive: async (page) => {
      await page.fill('input[type="search"]', 'cheese')
      await page.getByText('No title has').waitFor()
    },
  },
  { name: 'home-empty', path: '/', arrive: (page) => page.waitForSelector('.empty .lead') },
  {
    name: 'home-failed',
    path: '/',
    before: (stage) => {
      stage.listed = 'broken'
    },
    arrive: (page) => page.waitForSelector('.empty h2'),
  },
  { name: 'document-new', path: '/d/new', arrive: textShown },
  document('document', {
    content: written('Minutes of the spring meeting', PARAGRAPHS),
    people: [
      { name: 'Ana Lovelace', color: 3 },
      { name: 'ليلى خوري', color: 6 },
    ],
  }),
  document('document-pictures', { content: pictures() }, (page) => page.waitForSelector('.picture')),
  document('document-of-forty', { content: written('Everybody', PARAGRAPHS), people: forty }),
  document('document-long-title', { content: written(LONG, PARAGRAPHS), people: forty.slice(0, 1) }),
  document(
    'document-view-only',
    { content: written('Read me', PARAGRAPHS), hello: { role: 'reader' } },
    saved,
  ),
  document(
    'document-not-saving',
    { content: written('Full disk', PARAGRAPHS), hello: { saving: false } },
    said('Not being saved'),
  ),
  {
    name: 'document-offline',
    path: '/d/offline',
    before: (stage) => {
      stage.part = usual({ content: written('On a train', PARAGRAPHS) })
    },
    arrive: async (page) => {
      await textShown(page)
      await page.context().setOffline(true)
      await said('Offline')(page)
      await page.fill('.title-input', 'On a long train')
      await said('kept on this device')(page)
    },
  },
  {
    name: 'document-not-kept',
    path: '/d/not-kept',
    before: (stage) => {
      stage.part = usual({ content: written('In a private window', PARAGRAPHS) })
    },
    prepare: (page) =>
      page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined })),
    arrive: async (page) => {
      await textShown(page)
      await page.locator('.slip.device').waitFor()
      await page.context().setOffline(true)
      await said('Offline')(page)
      await page.fill('.title-input', 'In a private window, on a train')
      await said('Not saved on this device')(page)
      await page.getByRole('button', { name: 'Download a copy' }).waitFor()
    },
  },
  {
    name: 'document-unknown-offline',
    path: '/d/not-here',
    before: (stage) => {
      stage.answers = false
    },
    arrive: async (page, stage) => {
      await page.waitForSelector('.bar')
      await page.context().setOffline(true)
      await page.getByRole('button', { name: 'Start writing' }).waitFor()
      stage.answers = true
    },
  },
  awayScene('document-away', async (page) => {
    await page.getByRole('button', { name: 'Show' }).click()
    await page.locator('.vellum-text .change').first().waitFor()
  }),
  {
    name: 'document-newer-page',
    path: '/d/newer',
    before: (stage) => {
      stage.part = usual({ content: written('Minutes of the spring meeting', PARAGRAPHS) })
    },
    arrive: async (page) => {
      await textShown(page)
      await saved(page)
      await page.route('**/', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<script src="/assets/newer.js"></script>' }),
      )
      // The part that looks for it comes after the first screen.
      const look = () => page.evaluate(() => window.dispatchEvent(new Event('online')))
      const offer = page.locator('.slip.update')
      for (let tries = 0; tries < 100 && !(await offer.isVisible()); tries++) {
        await look()
        await offer.waitFor({ timeout: 300 }).catch(() => undefined)
      }
      await offer.waitFor()
    },
  },
  {
    name: 'document-deleted-kept',
    path: '/d/kept',
    before: (stage) => {
      stage.part = usual({ content: written('Minutes of the spring meeting', PARAGRAPHS) })
    },
    arrive: async (page, stage) => {
      await textShown(page)
      await saved(page)
      stage.part.acknowledges = false
      await page.fill('.title-input', 'Minutes of the spring meeting, amended')
      await said('Saving')(page)
      await page.waitForFunction(() => globalThis.document.querySelector('vellum-document')?.atRisk === 0)
      stage.part = usual({ refuses: { code: codes.deleted.code, reason: codes.deleted.meaning } })
      await page.reload()
      await page.waitForSelector('.notice.above')
    },
  },
  {
    name: 'home-offline',
    path: '/d/kept',
    before: (stage) => {
      stage.part = usual({ content: written('Minutes of the spring meeting', PARAGRAPHS) })
    },
    arrive: async (page, stage) => {
      for (const [path, title] of [
        ['/d/kept', 'Minutes of the spring meeting, amended'],
        ['/d/other', LONG],
      ] as const) {
        stage.part = usual({ content: written('', PARAGRAPHS) })
        await page.goto(stage.url + path)
        await textShown(page)
        await saved(page)
        stage.part.acknowledges = path === '/d/other'
        await page.fill('.title-input', title)
        await page.waitForFunction(() => globalThis.document.querySelector('vellum-document')?.atRisk === 0)
      }
      await page.route('**/v1/**', (route) => route.abort())
      await page.goto(`${stage.url}/`)
      await page.waitForSelector('.only-here')
      await page.waitForSelector('.mark')
    },
  },
  panel('people', { people: forty }, (page) => page.click('[popovertarget="people"]')),
  panel('you', {}, openYou),
  panel('menu', {}, (page) => page.click('[popovertarget="menu"]')),
  panel('share', {}, (page) => openShare(page).then(() => page.locator('.link-row').waitFor())),
  panel('share-of-owner', { hello: { role: 'owner' } }, shareOfOwner, (stage) => {
    stage.who = known('Ana Lovelace')
    stage.shares = SHARES
  }),
  panel(
    'share-of-writer',
    {},
    (page) => openShare(page).then(() => page.getByText('Only its owners').waitFor()),
    (stage) => {
      stage.who = known('Ana Lovelace')
    },
  ),
  panel('you-known', {}, openYou, (stage) => {
    stage.who = known('Ana Lovelace')
  }),
  panel(
    'you-leaving',
    { acknowledges: false },
    async (page) => {
      await page.fill('.title-input', 'Half a thought')
      await openYou(page)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByText('not reached the server').waitFor()
    },
    (stage) => {
      stage.who = known('Guest Amber Fox', { isGuest: true })
    },
  ),
  {
    name: 'document-untaken',
    path: '/d/untaken',
    before: (stage) => {
      stage.part = usual({
        content: written('Minutes of the spring meeting', PARAGRAPHS),
        acknowledges: false,
      })
    },
    arrive: async (page, stage) => {
      await textShown(page)
      await page.fill('.title-input', 'Minutes of the spring meeting, amended')
      await page.waitForFunction(() => globalThis.document.querySelector('vellum-document')?.atRisk === 0)
      stage.greet({ role: 'reader' })
      await page.locator('.view-only').waitFor()
      await page.getByText('on the server, and').waitFor()
    },
  },
  {
    name: 'link-refused',
    path: '/d/linked#token=gone',
    before: (stage) => {
      stage.who = UNKNOWN
      stage.takesLinks = false
      stage.part = usual({ refuses: { code: codes.unauthenticated.code, reason: 'no token' } })
    },
    arrive: (page) => page.getByText('This link does not work any more').waitFor(),
  },
  {
    name: 'home-unknown',
    path: '/',
    before: (stage) => {
      stage.who = UNKNOWN
      stage.listed = 'refused'
    },
    arrive: (page) => page.getByText('Documents here open by a link').waitFor(),
  },
  {
    name: 'home-nothing-shared',
    path: '/',
    before: (stage) => {
      stage.who = known('Ana Lovelace')
    },
    arrive: (page) => page.getByText('No document is shared with you yet').waitFor(),
  },
  {
    name: 'made-elsewhere',
    path: '/d/notes',
    before: (stage) => {
      stage.part = usual({ content: written('', PARAGRAPHS), hello: { kind: 'any' } })
    },
    arrive: (page) => page.waitForSelector('.plain-text'),
  },
  ...(['unauthenticated', 'forbidden', 'deleted', 'conflict', 'tooBig', 'tooOld'] as const).map(
    (name): Scene => ({
      name: `stopped-${name}`,
      path: '/d/stopped',
      before: (stage) => {
        stage.part = usual({ refuses: { code: codes[name].code, reason: codes[name].meaning } })
      },
      arrive: notice,
    }),
  ),
  {
    name: 'stopped-while-writing',
    path: '/d/stopped',
    before: (stage) => {
      stage.part = usual({ content: written('Half a thought', PARAGRAPHS), acknowledges: false })
    },
    arrive: async (page, stage) => {
      await textShown(page)
      await page.fill('.title-input', 'Half a thought, and more')
      await said('Saving')(page)
      for (const channel of stage.channels) channel.close(codes.conflict.code, codes.conflict.meaning)
      await notice(page)
    },
  },
  { name: 'unknown-address', path: '/d/no//where', arrive: notice },
]

function document(
  name: string,
  part: Parameters<typeof usual>[0],
  ready: (page: Page) => Promise<unknown> = saved,
): Scene {
  return {
    name,
    path: `/d/${name}`,
    before: (stage) => {
      stage.part = usual(part)
    },
    arrive: async (page) => {
      await textShown(page)
      await ready(page)
    },
  }
}

/** Somebody came back to what Ana wrote meanwhile. */
function awayScene(name: string, then: (page: Page) => Promise<unknown>): Scene {
  return {
    name,
    path: `/d/${name}`,
    before: (stage) => {
      stage.part = usual({ content: written('Minutes of the spring meeting', PARAGRAPHS) })
    },
    arrive: async (page, stage) => {
      await textShown(page)
      await saved(page)
      await page.context().setOffline(true)
      await said('Offline')(page)
      await page.fill('.title-input', 'Minutes of the spring meeting, amended')
      await said('kept on this device')(page)
      const theirs = new Y.Doc()
      theirs.clientID = 1_000
      Y.applyUpdate(theirs, stage.part.content)
      const text = theirs.getXmlFragment('prosemirror')
      const [first, second] = text.toArray().map((block) => (block as Y.XmlElement).get(0) as Y.XmlText)
      first?.insert(23, ' and a sharp pencil')
      second?.delete(0, 10)
      stage.part.content = Y.encodeStateAsUpdate(theirs)
      stage.part.people = [{ name: 'Ana Lovelace', color: 3 }]
      await page.context().setOffline(false)
      await page.locator('.slip.away').waitFor()
      await then(page)
    },
  }
}

function panel(
  name: string,
  part: Parameters<typeof usual>[0],
  show: (page: Page) => Promise<unknown>,
  before: (stage: Stage) => void = () => undefined,
): Scene {
  return {
    name: `panel-${name}`,
    path: `/d/${name}`,
    before: (stage) => {
      before(stage)
      stage.part = usual({ content: written('Minutes of the spring meeting', PARAGRAPHS), ...part })
    },
    arrive: async (page) => {
      await textShown(page)
      await saved(page)
      await show(page)
      await page.waitForSelector('.flyout:popover-open')
    },
  }
}

async function openYou(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'You' }).click()
  await page.locator('vellum-you-form .you').waitFor()
}

async function openShare(page: Page): Promise<void> {
  await page.locator('#share').evaluate((share) => (share as HTMLElement).showPopover())
}

async function shareOfOwner(page: Page): Promise<void> {
  await openShare(page)
  await page.locator('.links li').nth(2).waitFor()
}

/** Puts the page into the scene. Whoever calls closes the page. */
export async function enter(scene: Scene, page: Page, stage: Stage): Promise<void> {
  stage.part = usual()
  stage.listed = []
  stage.who = { mode: 'open', principal: null, grants: [] }
  stage.shares = []
  stage.takesLinks = true
  stage.answers = true
  scene.before?.(stage)
  // As on every visit but the first.
  await page.addInitScript((who) => {
    if (location.protocol === 'http:') localStorage.setItem('vellum.who', who)
  }, JSON.stringify(stage.who))
  await scene.prepare?.(page)
  await page.goto(stage.url + scene.path)
  await scene.arrive(page, stage)
  await page.evaluate(() => globalThis.document.fonts.ready)
}

/** A page with pictures of another host: with words, with many, with none, and one that leads somewhere. */
function pictures(): Uint8Array {
  const doc = new Y.Doc()
  const root = doc.getXmlFragment('prosemirror')
  const src = 'https://pictures.example/pier.png'
  for (const attributes of [
    { src, alt: 'The pier at low water' },
    { src, alt: LONG, href: 'https://example.org' },
    { src },
    {},
  ]) {
    const paragraph = new Y.XmlElement('paragraph')
    const picture = new Y.XmlElement('image')
    for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, value)
    paragraph.insert(0, [new Y.XmlText('Seen '), picture, new Y.XmlText(' in the morning.')])
    root.push([paragraph])
  }
  return Y.encodeStateAsUpdate(doc)
}
