import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { documentId, documentIdFromPath, epoch, seq, sessionId } from '#shared/id.ts'

describe('document ids', () => {
  test.each([
    'a',
    'team/plan',
    'über/straße',
    '文書',
    '🙂',
    '...',
    '.hidden/..x',
    '__proto__',
    'constructor',
    'a b',
    '%2e%2e',
    'a\\b',
    'x'.repeat(255),
    'é'.repeat(127),
  ])('W9 %j is a legal one, taken as it is', (text) => {
    expect(documentId(text)).toBe(text)
    expect(documentIdFromPath(encodeURIComponent(text))).toBe(text)
  })

  test.each([
    ['the empty text', ''],
    ['a segment that climbs', '../../etc/passwd'],
    ['a segment that stays', 'a/./b'],
    ['an empty segment', 'a//b'],
    ['a slash at the start', '/a'],
    ['a slash at the end', 'a/'],
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['DEL', 'a\u007f'],
    ['a control character above ASCII', 'a\u0085'],
    ['a lone surrogate', 'a\ud800b'],
    ['256 bytes', 'x'.repeat(256)],
    ['128 letters of two bytes', 'é'.repeat(128)],
    ['ten kilobytes', 'x'.repeat(10_240)],
  ])('W9 %s is refused', (_what, text) => {
    expect(documentId(text)).toBeNull()
  })

  test.each([
    ['%', null],
    ['%zz', null],
    ['%c3%28', null],
    ['%ff', null],
    ['%ed%a0%80', null],
    ['%2e%2e', null],
    ['%2e%2e%2fetc', null],
    ['a%00b', null],
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['team%20plan', 'team plan'],
  ])('W10 the path %s is decoded once and no further', (rest, expected) => {
    expect(documentIdFromPath(rest)).toBe(expected)
  })

  test('W9 a legal id never holds a segment that a file system would understand, nor more than 255 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const id = documentId(text)
        if (id === null) return
        expect(id).toBe(text)
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(255)
        expect(Buffer.from(id).toString()).toBe(id)
        for (const segment of id.split('/')) expect(['', '.', '..']).not.toContain(segment)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('positions, epochs and sessions', () => {
  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('W11 %d is no position', (value) => {
    expect(() => seq(value)).toThrow(RangeError)
  })

  test.each(['', 'abc', '0123456789ABCDEF', '0123456789abcdef0', 'g123456789abcdef'])(
    'W11 %j is no session id',
    (text) => {
      expect(() => sessionId(text)).toThrow(RangeError)
      if (text !== '') expect(() => epoch(text)).toThrow(RangeError)
    },
  )

  test('W11 an epoch is 16 hex digits, or nothing before the first commit', () => {
    expect(epoch('')).toBe('')
    expect(epoch('0123456789abcdef')).toBe('0123456789abcdef')
    expect(seq(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
  })
})
