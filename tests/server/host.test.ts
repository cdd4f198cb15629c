import { describe, expect, test } from 'vitest'
import { ourHosts } from '#server/gate/host.ts'

const loopback = {
  host: '127.0.0.1',
  publicUrl: null,
  allowedOrigins: [],
  authSecret: null,
  authJwksUrl: null,
}

describe('by which names the server is called', () => {
  test.each(['127.0.0.1:8787', 'localhost:8787', 'LOCALHOST', '[::1]:8787', '127.0.0.9'])(
    '%s is this machine',
    (host) => {
      expect(ourHosts(loopback)(host)).toBe(true)
    },
  )

  test.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'a b',
    '127.0.0.1@evil.example',
  ])('%s is not, while it listens to this machine alone', (host) => {
    expect(ourHosts(loopback)(host)).toBe(false)
  })

  test('behind a proxy it goes by the name of PUBLIC_URL, and of origins that may connect', () => {
    expect(ourHosts({ ...loopback, publicUrl: 'https://notes.example/' })('notes.example')).toBe(true)
    expect(ourHosts({ ...loopback, publicUrl: 'https://notes.example/' })('other.example')).toBe(false)
    expect(ourHosts({ ...loopback, allowedOrigins: ['https://a.example'] })('a.example:443')).toBe(true)
  })

  test('a server that listens to a network, and knows who comes, may be called anything there', () => {
    const guarded = { ...loopback, host: '0.0.0.0', authSecret: 'a'.repeat(32) }
    expect(ourHosts(guarded)('notes.example')).toBe(true)
  })

  describe('a server that listens to a network, where everybody may write,', () => {
    const open = { ...loopback, host: '0.0.0.0', publicUrl: 'https://notes.example' }

    test.each(['10.0.0.1:8787', '[fe80::1]:8787', 'localhost', 'vellum:8787', 'desk.local', 'notes.example'])(
      'is called %s',
      (host) => {
        expect(ourHosts(open)(host)).toBe(true)
      },
    )

    test.each([
      'evil.example',
      'rebound.evil.example:8787',
      '10.0.0.1.nip.example',
      'local.example',
      undefined,
    ])('is not called %s, which leads to it from a page of somebody else', (host) => {
      expect(ourHosts(open)(host)).toBe(false)
    })
  })
})
