import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isLoopback, type ReadConfig, readConfig, settingsTable } from '#server/config.ts'
import { flagOf } from '#server/setting.ts'
import { settings } from '#server/settings.ts'

/** A table's text, however its columns are laid out. */
function cells(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')
}

function sentenceOf(read: ReadConfig): string {
  return read.kind === 'refused' ? read.sentence : `not refused: ${read.kind}`
}

function configOf(read: ReadConfig) {
  if (read.kind !== 'config') throw new Error(sentenceOf(read))
  return read.config
}

describe('settings', () => {
  test('without any, the server keeps to this machine and to the documented limits', () => {
    const config = configOf(readConfig({}, []))
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      dataDir: './data',
      maxFrameBytes: 16 * 1024 * 1024,
      maxDocumentBytes: 50 * 1024 * 1024,
      maxUpdatesPerSecond: 1000,
      maxChannelsPerAddress: 500,
      channelQueueBytes: 1024 * 1024,
      maxSignalsPerSecond: 1000,
      maxPartialBytes: 128 << 20,
      maxWaitingBytes: 256 << 20,
      lookAtLogMs: 4000,
      maxWorkerMsPerSecond: 250,
      presenceBytes: 4096,
      allowedOrigins: [],
      publicUrl: null,
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('every setting can be a variable or a flag, with = or a space, and the flag wins', () => {
    expect(configOf(readConfig({ PORT: '1' }, [])).port).toBe(1)
    expect(configOf(readConfig({ PORT: '1' }, ['--port', '2'])).port).toBe(2)
    expect(configOf(readConfig({ PORT: '1' }, ['--port=3'])).port).toBe(3)
    expect(configOf(readConfig({}, ['--trust-proxy', '--port', '0']))).toMatchObject({
      trustProxy: true,
      port: 0,
    })
    expect(configOf(readConfig({ PORT: '' }, [])).port).toBe(8787)
    for (const setting of Object.values(settings)) expect(flagOf(setting)).toMatch(/^--[a-z-]+$/)
  })

  test('0 is no limit', () => {
    const names = Object.entries(settings).filter(([, setting]) => setting.expects.includes('no limit'))
    expect(names.length).toBeGreaterThanOrEqual(8)
    for (const [key, { name }] of names) {
      const value = Object.entries(configOf(readConfig({ [name]: '0' }, []))).find(([k]) => k === key)?.[1]
      expect(value, name).toBe(key === 'maxFrameBytes' ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY)
    }
  })

  test.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '1e3'],
    ['HOST', 'a b'],
    ['HOST', '/etc'],
    ['LOG_LEVEL', 'loud'],
    ['MAX_FRAME_BYTES', '16MiB'],
    ['MAX_DOCUMENT_BYTES', '1.5'],
    ['MAX_UPDATES_PER_SECOND', '99999999999999999'],
    ['ALLOWED_ORIGINS', 'https://a.example/path'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'null'],
    ['ALLOWED_PICTURES', 'pictures.example'],
    ['ALLOWED_PICTURES', 'https://a.example/path'],
    ['ALLOWED_PICTURES', 'https://a.example,*'],
    ['ALLOWED_PICTURES', 'data:'],
    ['PUBLIC_URL', 'notes.example'],
    ['PUBLIC_URL', 'ftp://notes.example'],
    ['TRUST_PROXY', 'maybe'],
  ])('%s=%s is refused with a sentence that names the setting and what it must be', (name, value) => {
    const sentence = sentenceOf(readConfig({ [name]: value }, []))
    expect(sentence).toMatch(new RegExp(`^${name} \\(--[a-z-]+\\) must be .+, not ".+"\\.$`))
    expect(sentenceOf(readConfig({}, [`--${name.toLowerCase().replaceAll('_', '-')}=${value}`]))).toBe(
      sentence,
    )
  })

  test.each([
    [['--prot', '1'], '--prot'],
    [['8787'], '8787'],
    [['--port'], '--port needs a value'],
    [['--port='], 'PORT (--port) must be'],
    [['--port', '1', '--port', '2'], '--port is given twice'],
    [['--__proto__=1'], '--__proto__'],
  ])('the flags %j are refused', (argv, words) => {
    expect(sentenceOf(readConfig({}, argv))).toContain(words)
  })

  test.each(['DATABASE_URL', 'REDIS_URL'])(
    '%s is refused rather than ignored, and its value is not shown',
    (name) => {
      const sentence = sentenceOf(readConfig({ [name]: 'postgres://me:hunter2@db' }, []))
      expect(sentence).toContain(`${name} is not supported by this version`)
      expect(sentence).not.toContain('hunter2')
      expect(readConfig({ [name]: '' }, []).kind).toBe('config')
    },
  )

  test('V3 a secret that can be guessed is refused with the command that makes one, and never shown', () => {
    const sentence = sentenceOf(readConfig({ AUTH_SECRET: 'hunter2hunter2hunter2hunter2' }, []))
    expect(sentence).toContain('AUTH_SECRET (--auth-secret) must be at least 32 bytes')
    expect(sentence).toContain('npm run vellum -- token --secret')
    expect(sentence).not.toContain('hunter2')
    expect(configOf(readConfig({ AUTH_SECRET: 'x'.repeat(32) }, [])).authSecret).toBe('x'.repeat(32))
    expect(sentenceOf(readConfig({ AUTH_JWKS_URL: 'ftp://keys.example' }, []))).toContain('AUTH_JWKS_URL')
  })

  test('a server whose people have to say who they are may listen where it likes', () => {
    for (const env of [{ AUTH_SECRET: 'x'.repeat(32) }, { AUTH_JWKS_URL: 'https://id.example/keys' }])
      expect(readConfig({ HOST: '0.0.0.0', ...env }, []).kind).toBe('config')
    expect(sentenceOf(readConfig({ HOST: '0.0.0.0' }, []))).toContain('AUTH_SECRET')
  })

  test('a server that lets everybody write binds beyond loopback only when told so in as many words', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.4', 'notes.example', '128.0.0.1', '::ffff:10.0.0.1'])
      expect(sentenceOf(readConfig({ HOST: host }, [])), host).toContain('ALLOW_OPEN_NETWORK=true')
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])
      expect(readConfig({ HOST: host }, []).kind, host).toBe('config')
    expect(configOf(readConfig({ HOST: '0.0.0.0', ALLOW_OPEN_NETWORK: 'true' }, [])).host).toBe('0.0.0.0')
    expect(isLoopback('[::1]')).toBe(true)
  })

  test('origins and the public URL are taken as browsers write them', () => {
    const config = configOf(
      readConfig(
        { ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080', PUBLIC_URL: 'https://c.example' },
        [],
      ),
    )
    expect(config.allowedOrigins).toEqual(['https://a.example', 'http://b.example:8080'])
    expect(config.publicUrl).toBe('https://c.example/')
  })

  test('--help names every setting, and so does the table in docs/operations.md, word for word', () => {
    const help = readConfig({ PORT: 'abc' }, ['--help'])
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    expect(cells(page)).toContain(cells(settingsTable()))
    for (const { name } of Object.values(settings)) {
      expect(help.kind === 'help' ? help.text : '').toContain(name)
      expect(page).toContain(`| \`${name}\` |`)
    }
  })
})
