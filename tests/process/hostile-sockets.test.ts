/** Hostile input below the frames: bytes that break HTTP, WebSocket or TCP's manners. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentId } from '#shared/id.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Bystanders, metric } from './bystanders.ts'
import { RawChannel } from './raw-channel.ts'
import { clientFrame, RawSocket, upgradeRequest } from './raw-socket.ts'

const FRAME_BYTES = 1 << 20
const RSS_BYTES = 96 << 20
const BINARY = 0x82

let server: ServerProcess
let bystanders: Bystanders
let memory: number

beforeAll(async () => {
  server = await startServer({ env: { MAX_FRAME_BYTES: String(FRAME_BYTES), MAX_CHANNELS_PER_ADDRESS: '0' } })
  bystanders = new Bystanders(server)
  await bystanders.noticeNothing()
  memory = await metric(server, 'process_resident_memory_bytes')
})

/** After all attacks, which run at once: one process all along, memory bounded, nobody else noticed. */
afterAll(async () => {
  await bystanders.noticeNothing()
  expect((await metric(server, 'process_resident_memory_bytes')) - memory).toBeLessThan(RSS_BYTES)
  bystanders.leave()
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(server.stderr).not.toMatch(/"level":"fatal"|Unhandled|ECONNRESET|hunter2/)
  await server[Symbol.asyncDispose]()
})

function upgraded(headers: readonly string[] = []): Promise<RawSocket> {
  return RawSocket.upgrade(server.port, '/sync/attacked', headers)
}

describe.concurrent('WebSocket frames that break the protocol', () => {
  test.each([
    [
      'a frame without a mask',
      clientFrame({ first: BINARY, payload: Uint8Array.of(3), isMasked: false }),
      [1002],
    ],
    ['an opcode that does not exist', clientFrame({ first: 0x83, payload: Uint8Array.of(3) }), [1002]],
    ['a reserved bit', clientFrame({ first: 0xc2, payload: Uint8Array.of(3) }), [1002]],
    ['a ping of 126 bytes', clientFrame({ first: 0x89, payload: new Uint8Array(126) }), [1002]],
    ['a fragment of nothing', clientFrame({ first: 0x80, payload: Uint8Array.of(3) }), [1002]],
    [
      'a close code that may not be sent',
      clientFrame({ first: 0x88, payload: Uint8Array.of(3, 237) }),
      [1002],
    ],
    [
      'text that is not UTF-8',
      clientFrame({ first: 0x81, payload: Uint8Array.of(0xff, 0xff) }),
      [1007, 4400],
    ],
    [
      'a length above the limit',
      clientFrame({ first: BINARY, declaredLength: BigInt(FRAME_BYTES + 1) }),
      [4413],
    ],
    ['a length of 2^63-1', clientFrame({ first: BINARY, declaredLength: 2n ** 63n - 1n }), [4413]],
    [
      'a hundred thousand fragments of one byte',
      Buffer.concat(
        Array.from({ length: 100_000 }, (_, i) =>
          clientFrame({ first: i === 0 ? 2 : 0, payload: Uint8Array.of(3) }),
        ),
      ),
      [1008],
    ],
    [
      'two hundred thousand empty fragments',
      Buffer.concat(Array.from({ length: 200_000 }, (_, i) => clientFrame({ first: i === 0 ? 2 : 0 }))),
      [1008],
    ],
  ])('%s ends that channel with a code', async (_what, bytes, codes) => {
    const raw = await upgraded()
    raw.say(bytes)
    expect(codes).toContain(await raw.closeCode())
  })

  test('a legal length, and then silence: that channel is ended, nobody waits for it for ever', async () => {
    const raw = await upgraded()
    raw.say(clientFrame({ first: BINARY, declaredLength: 1000n, payload: Uint8Array.of(0) }))
    expect(await raw.closeCode()).toBe(4508)
  }, 120_000)

  test('compression is not agreed on, however it is offered', async () => {
    const raw = await upgraded(['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'])
    expect(raw.status).toBe(101)
    expect(raw.received.toString('latin1')).not.toMatch(/sec-websocket-extensions/i)
    raw.reset()
  })

  test('fifty thousand pings from somebody who never reads: ended or answered, memory stays', async () => {
    const raw = await upgraded()
    raw.socket.pause()
    raw.say(
      Buffer.concat(
        Array.from({ length: 50_000 }, () => clientFrame({ first: 0x89, payload: new Uint8Array(100) })),
      ),
    )
    await bystanders.noticeNothing()
    raw.reset()
  })
})

describe.concurrent('connections that end badly', () => {
  test('a reset at every byte of a handshake', async () => {
    const request = upgradeRequest('/sync/attacked')
    for (let at = 0; at <= request.length; at += 5) {
      const raw = await RawSocket.connect(server.port)
      raw.say(request.slice(0, at))
      raw.reset()
      await raw.ended
    }
  })

  test('a reset right after an upgrade to nowhere', async () => {
    for (const path of ['/nowhere', '/', '/sync', '/sync/', '/v1/documents']) {
      const raw = await RawSocket.connect(server.port)
      raw.say(upgradeRequest(path))
      raw.reset()
      await raw.ended
      const polite = await RawSocket.connect(server.port)
      polite.say(upgradeRequest(path))
      await polite.ended
      expect([400, 404, 426], path).toContain(polite.status)
    }
  })

  test('an upgrade to h2c, with a reset and without', async () => {
    const request =
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n'
    for (let i = 0; i < 20; i++) {
      const raw = await RawSocket.connect(server.port)
      raw.say(request)
      raw.reset()
      await raw.ended
    }
    const polite = await RawSocket.connect(server.port)
    polite.say(request)
    await polite.ended
  })

  test('a reset in the middle of a frame, and right after the upgrade', async () => {
    for (let i = 0; i < 20; i++) {
      const raw = await upgraded()
      if (i % 2 === 0)
        raw.say(clientFrame({ first: BINARY, declaredLength: 5000n, payload: new Uint8Array(100) }))
      raw.reset()
      await raw.ended
    }
  })

  test('a request whose head never ends is given up', async () => {
    const raw = await RawSocket.connect(server.port)
    raw.say('GET /sync/attacked HTTP/1.1\r\nHost: a\r\nX-Slow: ')
    const drip = setInterval(() => raw.say('a'), 1000)
    await raw.ended
    clearInterval(drip)
    expect([0, 408]).toContain(raw.status)
  }, 120_000)

  test('a head of 64 KB, or of 3,000 lines, is refused', async () => {
    for (const headers of [`X-Big: ${'a'.repeat(65_536)}\r\n`, 'X-Many: a\r\n'.repeat(3000)]) {
      const raw = await RawSocket.connect(server.port)
      raw.say(`GET /sync/attacked HTTP/1.1\r\nHost: a\r\n${headers}\r\n`)
      await raw.ended
      expect([400, 431]).toContain(raw.status)
    }
  })

  test('frames sent together with the upgrade are read after it, in order', async () => {
    const raw = await RawSocket.connect(server.port)
    const ping = clientFrame({ first: BINARY, payload: Uint8Array.of(110, 9) })
    raw.say(
      Buffer.concat([Buffer.from(upgradeRequest('/sync/early', ['Sec-WebSocket-Protocol: vellum'])), ping]),
    )
    await raw.until((text) => text.includes('\x6f\x09'))
    expect(raw.status).toBe(101)
    raw.reset()
  })
})

describe.concurrent('document ids in paths', () => {
  const bad = [
    'a%00b',
    '%2e%2e%2fetc%2fpasswd',
    'a%2F..%2Fb',
    '%ff',
    '%zz',
    '%',
    'a%c3%28',
    `${'x'.repeat(10_240)}`,
    'a//b',
    'a/',
    '%0a',
    '%ed%a0%80',
  ]

  test.each(bad)('W10 an upgrade for %s is refused with 400', async (path) => {
    expect(documentId(path) === null || path.includes('%')).toBe(true)
    const raw = await RawSocket.connect(server.port)
    raw.say(upgradeRequest(`/sync/${path}`))
    await raw.ended
    expect(raw.status).toBe(400)
  })

  test.each(['../../etc/passwd', 'a/../b', './a'])(
    'W9 an upgrade for %s never opens a document',
    async (path) => {
      const raw = await RawSocket.connect(server.port)
      raw.say(upgradeRequest(`/sync/${path}`))
      await raw.ended
      expect([400, 404]).toContain(raw.status)
    },
  )

  test('W9 a NUL byte in the request line is refused', async () => {
    const raw = await RawSocket.connect(server.port)
    raw.say(upgradeRequest('/sync/a\0b'))
    await raw.ended
    expect(raw.status).toBe(400)
  })

  test('W9 names that are properties of every object are documents like others', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const channel = await RawChannel.open(server.syncUrl, name)
      await channel.join()
      channel.close()
    }
  })
})

describe.concurrent('who may connect', () => {
  test.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'http://127.0.0.1:1'])(
    'the origin %s is refused with 403 before the upgrade',
    async (origin) => {
      const raw = await RawSocket.connect(server.port)
      raw.say(
        upgradeRequest('/sync/attacked', [`Origin: ${origin}`]).replace(
          'Host: 127.0.0.1',
          `Host: 127.0.0.1:${server.port}`,
        ),
      )
      await raw.ended
      expect(raw.status).toBe(403)
    },
  )

  test("a stranger's name that leads to this machine gets neither a channel nor the list of documents", async () => {
    const host = `rebound.example:${server.port}`
    const upgrade = await RawSocket.connect(server.port)
    upgrade.say(
      upgradeRequest('/sync/attacked', [`Origin: http://${host}`]).replace(
        'Host: 127.0.0.1',
        `Host: ${host}`,
      ),
    )
    await upgrade.ended
    expect(upgrade.status).toBe(403)
    const list = await RawSocket.connect(server.port)
    list.say(`GET /v1/documents HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    await list.ended
    expect(list.status).toBe(403)
  })

  test('an upgrade that names two hosts is for nobody', async () => {
    const raw = await RawSocket.connect(server.port)
    raw.say(upgradeRequest('/sync/attacked', ['Host: evil.example']))
    await raw.ended
    expect(raw.status).toBe(400)
  })

  test("the server's own origin may connect", async () => {
    const raw = await RawSocket.connect(server.port)
    const host = `127.0.0.1:${server.port}`
    raw.say(
      upgradeRequest('/sync/own', [`Origin: http://${host}`]).replace('Host: 127.0.0.1', `Host: ${host}`),
    )
    await raw.until((text) => text.includes('\r\n\r\n'))
    expect(raw.status).toBe(101)
    raw.reset()
  })

  test('channels above MAX_CHANNELS_PER_ADDRESS are refused, and one that goes makes room', async () => {
    await using small = await startServer({ env: { MAX_CHANNELS_PER_ADDRESS: '3' } })
    const channels = await Promise.all([1, 2, 3].map(() => RawChannel.open(small.syncUrl, 'a')))
    const refused = await RawSocket.connect(small.port)
    refused.say(upgradeRequest('/sync/a'))
    await refused.until((text) => text.includes('\r\n\r\n'))
    expect(refused.status === 101 ? await refused.closeCode() : refused.status).toSatisfy((code: number) =>
      [429, 4529].includes(code),
    )
    channels[0]?.close()
    await channels[0]?.closed
    const fourth = await RawChannel.open(small.syncUrl, 'a')
    await fourth.join()
    fourth.close()
  })

  test('a token in the query is nowhere in the logs', async () => {
    const raw = await RawSocket.upgrade(server.port, '/sync/attacked?token=hunter2')
    raw.reset()
  })
})
