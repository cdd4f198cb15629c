import fc from 'fast-check'
import { jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { fileNameOf } from '#server/command/file-name.ts'
import { commands, run } from '#server/command/program.ts'
import { Progress } from '#server/command/progress.ts'
import type { Surroundings } from '#server/command/surroundings.ts'
import { titleOf } from '#server/command/title.ts'
import { type Env, start, vellum } from './vellum.ts'

/** What a command sees, with what it writes kept. */
function around(env: Env = {}, isWatched = false) {
  const wrote = { out: '', said: [] as string[], over: [] as string[], ms: 0 }
  const surroundings: Surroundings = {
    env,
    version: '1.2.3',
    out: {
      write: async (bytes) => {
        wrote.out += typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)
      },
    },
    progress: {
      isWatched,
      over: (line) => void wrote.over.push(line),
      say: (line) => void wrote.said.push(line),
    },
    now: () => wrote.ms,
    onInterrupted: () => () => {},
  }
  return { wrote, surroundings }
}

async function ran(argv: readonly string[], env: Env = {}) {
  const { wrote, surroundings } = around(env)
  return { code: await run(argv, surroundings), out: wrote.out, said: wrote.said.join('\n') }
}

describe('L5 words and codes', () => {
  test('the program shows its commands, each command its options, and its version is that of the package', async () => {
    const all = await vellum(['--help'])
    expect(all).toMatchObject({ code: 0, stderr: '' })
    for (const name of Object.keys(commands)) {
      expect(all.stdout).toMatch(new RegExp(`^  ${name} +[A-Z].+\\.$`, 'm'))
      const one = await ran([name, '--help'])
      expect(one).toMatchObject({ code: 0, said: '' })
      expect(one.out).toMatch(new RegExp(`^vellum ${name} `))
      expect(one.out).toMatch(/^ {2}--help\n {6}Shows this\.$/m)
      expect(await ran(['help', name])).toEqual(one)
    }
    expect((await vellum(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('what nobody reads to its end is not called done', async () => {
    const child = start(['--help'])
    child.stdout.destroy()
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(141)
  })

  test.each([
    [[], 'Vellum'],
    [['lsit'], 'There is no command "lsit"'],
    [['__proto__'], 'There is no command'],
    [['list', '--foo'], "Unknown option '--foo'"],
    [['list', 'word'], 'This is not how it is used: list'],
    [['cat'], 'This is not how it is used: cat ID'],
    [['cat', 'a', '--format', 'pdf'], '--format must be one of json, html, markdown, text, yjs, not "pdf".'],
    [['cat', 'a', '--at', '-1'], '--at'],
    [['cat', 'a', '--at=1.5'], '--at must be a whole number from 0 on, not "1.5".'],
    [['list', '--url', 'ftp://x'], '--url must be the address of a server'],
    [['export', 'dir'], 'Name documents by their ids, or all with --all.'],
    [['import', '.', '--into', 'a//b'], '--into must be'],
    [['verify', 'copy.db', '--repair'], '--repair is for the store of a server'],
    [['token'], '--for must say who it is for.'],
    [['token', '--for', 'ada', '--doc', '../x'], '--doc must be an id'],
    [['token', '--for', 'ada', '--doc', 'a', '--expires', '0d'], '--expires must be a time like 30m'],
  ])('%j makes no sense: one sentence, code 2, nothing on standard output', async (argv, sentence) => {
    const { code, out, said } = await ran(argv)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(said).toContain(sentence)
  })
})

test('L6 a bar is drawn where somebody watches; elsewhere a line is said where it takes long, and never on standard output', () => {
  const watched = around({}, true)
  const bar = new Progress(watched.surroundings, { does: 'importing', all: 4, say: String })
  bar.at(1, 'one\u001b[2J')
  watched.wrote.ms = 50
  bar.at(2, 'two')
  watched.wrote.ms = 150
  bar.at(3, 'three')
  bar.end()
  expect(watched.wrote.over).toEqual([
    'importing [######------------------] 1 of 4  one [2J',
    'importing [##################------] 3 of 4  three',
    '',
  ])
  const alone = around()
  const lines = new Progress(alone.surroundings, { does: 'importing', all: 4, say: String })
  for (const [count, ms] of [
    [1, 500],
    [2, 12_000],
    [3, 13_000],
    [4, 40_000],
  ] as const) {
    alone.wrote.ms = ms
    lines.at(count)
  }
  expect(alone.wrote).toMatchObject({ out: '', over: [], said: ['importing: 2 of 4'] })
})

test('L3 a file is called by a name that every file system takes, and that no other document has', () => {
  const ids = fc.string({ minLength: 1, unit: 'grapheme' })
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), ids, ids, (title, one, other) => {
      const name = fileNameOf({ id: one, title }, 'md')
      expect(name).toMatch(/-[0-9a-f]{10}\.md$/)
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
      expect(name).not.toMatch(/[\p{Cc}<>:"/\\|?*]|^[. ~-]|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu)
      expect(name).toBe(name.normalize('NFC'))
      expect(name.isWellFormed()).toBe(true)
      expect(fileNameOf({ id: one, title }, 'md')).toBe(name)
      if (one !== other) expect(fileNameOf({ id: other, title }, 'md')).not.toBe(name)
    }),
    { numRuns: 30 },
  )
})

test.each([
  ['markdown', 'a.md', '# A *b* `c` &amp; [d](e)\n\ntext', 'A b c & d'],
  ['markdown', 'a.md', '## Not the first level\n', 'a'],
  ['markdown', 'a.md', 'Text before\n\n# Heading\n', 'a'],
  ['markdown', 'a.b.md', '#\n', 'a.b'],
  ['html', 'a.html', '<html><head><title> T &lt;1&gt; </title></head></html>', 'T <1>'],
  ['html', 'a.html', '<p>words</p>', 'a'],
  ['text', 'dir/plain.txt', '# no heading', 'plain'],
] as const)('L2 the title of %s in %s: %j', (format, path, content, title) => {
  expect(titleOf(format, new TextEncoder().encode(content), path)).toBe(title)
})

test('L7 a token says who it is for, what it opens and until when, signed with the secret of the environment', async () => {
  const secret = (await ran(['token', '--secret'])).out.trim()
  const argv = [
    'token',
    '--for',
    'ada',
    '--name',
    'Ada L.',
    '--doc',
    'team/*',
    '--role',
    'owner',
    '--expires',
    '2h',
  ]
  const made = await ran(argv, { AUTH_SECRET: secret })
  expect(made.code).toBe(0)
  const { payload, protectedHeader } = await jwtVerify(made.out.trim(), new TextEncoder().encode(secret))
  expect(protectedHeader.alg).toBe('HS256')
  expect(payload).toMatchObject({ sub: 'ada', name: 'Ada L.', doc: 'team/*', role: 'owner' })
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(7_200)
  const one = ['token', '--for', 'bo', '--doc', 'a b/c', '--link', 'https://notes.example/']
  const link = (await ran(one, { AUTH_SECRET: secret })).out
  expect(link).toMatch(/^https:\/\/notes\.example\/d\/a%20b\/c#token=ey[\w.-]+\n$/)
  expect(await ran(argv)).toMatchObject({
    code: 1,
    out: '',
    said: expect.stringContaining('AUTH_SECRET is not set'),
  })
  expect(await ran(argv, { AUTH_SECRET: 'short' })).toMatchObject({ code: 1, out: '' })
})
