/** A page that takes itself for somebody is let in as nobody else. */
import { expect, test } from 'vitest'
import type { Access, Decision, Question } from '#server/access/access.ts'
import { standingOf } from '#server/access/access.ts'
import { believed } from '#server/access/believed.ts'
import { keyOf } from '#server/access/key.ts'
import { openAccess } from '#server/access/open.ts'

const asking = (as: string | null): Question => ({
  action: 'read',
  document: null,
  header: () => null,
  query: (name) => (name === 'as' ? as : null),
})

function accessOf(author: string, isLate: boolean): Access {
  const granted: Decision = { kind: 'granted', standing: standingOf({ author, role: 'writer' }) }
  return {
    mode: 'guarded',
    decide: () => (isLate ? Promise.resolve(granted) : granted),
    onChange: () => () => {},
  }
}

test.each([true, false])(
  'whoever is signed in by now is not taken for somebody else (asked later: %s)',
  async (isLate) => {
    const access = believed(accessOf('bo', isLate))
    expect(await access.decide(asking(null))).toMatchObject({ kind: 'granted' })
    expect(await access.decide(asking(keyOf('bo')))).toMatchObject({ kind: 'granted' })
    for (const other of [keyOf('ana'), 'anonymous', 'bo', ''])
      expect(await access.decide(asking(other))).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
  },
)

test('where nobody has to say who they are everybody is anonymous, and nobody else', () => {
  const access = believed(openAccess())
  expect(access.decide(asking('anonymous'))).toMatchObject({ kind: 'granted' })
  expect(access.decide(asking(null))).toMatchObject({ kind: 'granted' })
  expect(access.decide(asking(keyOf('ana')))).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
})

test('a key says nothing of the author it is of, and is another for each', () => {
  expect(keyOf('anonymous')).toBe('anonymous')
  expect(keyOf('ana@example.org')).toMatch(/^[0-9a-f]{16}$/)
  expect(keyOf('ana@example.org')).toBe(keyOf('ana@example.org'))
  expect(keyOf('ana@example.org')).not.toBe(keyOf('bo@example.org'))
})
