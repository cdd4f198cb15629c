/** `token`: what lets somebody in, and the secret it is signed with. */
import { makeSecret, makeToken, SECRET_BYTES } from '#server/access/making.ts'
import { isSingle, pattern } from '#server/access/pattern.ts'
import { type Command, exits, Failed, type Given, Misused, shown } from './command.ts'
import { reachOptions } from './reach.ts'
import { plain, type Surroundings } from './surroundings.ts'

const roles = ['reader', 'commenter', 'writer', 'owner'] as const
const units = { m: 60, h: 3_600, d: 86_400 } as const
const DEFAULT_EXPIRY = '7d'
const MAX_SECONDS = 3_650 * units.d

export const token: Command = {
  name: 'token',
  usage: '--for WHO --doc DOCUMENTS [--role ROLE] [--expires TIME] | --revoke WHO | --secret',
  more: [
    'A token lets its bearer into the documents it names until it expires. It is signed with AUTH_SECRET, taken from the environment; the server must have the same. Nothing is stored, and no server is asked.',
    'With --revoke all tokens that were issued to WHO until now count no more, nor what a browser that signed in with one holds; who came by one is put out within seconds. The server that runs on the data folder (--data-dir), or that --url names, is asked with a token of AUTH_SECRET, or with the one given (--token); where none runs it is written into the folder. A token made from the next second on counts.',
    'Write what it prints to a file that only you can read: whoever has it is let in.',
    `ROLE is one of ${roles.join(', ')}; without it writer. Readers read, writers write, owners also delete and give out links; until comments exist, commenters read.`,
  ],
  options: {
    for: { value: 'WHO', does: 'Who it is for: an account, say. Edits carry it.' },
    name: { value: 'NAME', does: 'What other people see; WHO without it.' },
    doc: {
      value: 'DOCUMENTS',
      does: 'The id of a document, or a beginning of ids and *: "team/*"; "*" is all.',
    },
    role: { value: 'ROLE', does: 'What it allows; writer without it.' },
    expires: { value: 'TIME', does: `When it ends: 30m, 12h or 90d from now; ${DEFAULT_EXPIRY} without it.` },
    audience: { value: 'NAME', does: 'Who may take it, where the server has AUTH_AUDIENCE.' },
    link: { value: 'URL', does: 'With the id of one document: writes a link to it on this server instead.' },
    revoke: { value: 'WHO', does: 'Takes all tokens of WHO back, and makes none.' },
    ...reachOptions,
    secret: { value: null, does: 'Makes a value for AUTH_SECRET, and no token.' },
    json: { value: null, does: 'Writes {"token", "expiresAt"}, {"sub", "until"} or {"secret"}.' },
  },
  least: 0,
  most: 0,
  run: async (given, around) => {
    const isJson = given.flag('json')
    if (given.flag('secret')) {
      const secret = makeSecret()
      await around.out.write(`${isJson ? JSON.stringify({ secret }) : secret}\n`)
      return exits.done
    }
    const whose = given.text('revoke')
    if (whose === '') throw new Misused('--revoke must say whose tokens are meant.')
    if (whose !== null) {
      const { revoke } = await import('./revoking.ts')
      const isSet = (around.env['AUTH_SECRET'] ?? '') !== ''
      const secret = isSet ? secretOf(around) : null
      const audience = given.text('audience') || around.env['AUTH_AUDIENCE'] || undefined
      const until = await revoke({ sub: whose, secret, audience }, given, around)
      const line = `What was issued to ${plain(whose)} up to ${until} counts no more.`
      await around.out.write(`${isJson ? JSON.stringify({ sub: whose, until }) : line}\n`)
      return exits.done
    }
    const sub = given.text('for')
    const doc = given.text('doc')
    if (sub === null || sub === '') throw new Misused('--for must say who it is for.')
    if (doc === null) throw new Misused('--doc must say which documents it opens.')
    const documents = pattern(doc)
    if (documents === null)
      throw new Misused(`--doc must be an id, or a beginning of ids and *, not ${shown(doc)}.`)
    const link = given.text('link')
    if (link !== null && !isSingle(documents))
      throw new Misused('--link needs the id of one document as --doc.')
    const expiresInSeconds = secondsOf(given)
    const signed = await makeToken({
      secret: secretOf(around),
      sub,
      name: given.text('name') ?? undefined,
      doc: documents,
      role: given.choice('role', roles) ?? 'writer',
      expiresInSeconds,
      audience: given.text('audience') ?? undefined,
    })
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1_000).toISOString()
    const line = link === null ? signed : linkTo(link, documents, signed)
    await around.out.write(`${isJson ? JSON.stringify({ token: signed, expiresAt }) : line}\n`)
    return exits.done
  },
}

function secretOf({ env }: Surroundings): string {
  const secret = env['AUTH_SECRET'] ?? ''
  if (secret === '')
    throw new Failed('AUTH_SECRET is not set: it must be the one the server has. "token --secret" makes one.')
  if (Buffer.byteLength(secret) < SECRET_BYTES)
    throw new Failed(`AUTH_SECRET is too short: at least ${SECRET_BYTES} bytes. "token --secret" makes one.`)
  return secret
}

function secondsOf(given: Given): number {
  const text = given.text('expires') ?? DEFAULT_EXPIRY
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const seconds = Number(count) * (units[unit as keyof typeof units] ?? 0)
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds
  throw new Misused(
    `--expires must be a time like 30m, 12h or 90d, of at most ten years, not ${shown(text)}.`,
  )
}

function linkTo(url: string, document: string, signed: string): string {
  const base = URL.parse(url)
  if (base === null || !/^https?:$/.test(base.protocol))
    throw new Misused(`--link must be the address of a server, not ${shown(url)}.`)
  const path = document.split('/').map(encodeURIComponent).join('/')
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}/d/${path}#token=${signed}`
}
