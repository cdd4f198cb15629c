/** What is left of names and titles that came from others. */
import { expect, test } from 'vitest'
import { plainLine } from '#shared/plain-line.ts'

test.each([
  ['Ada Lovelace', 'Ada Lovelace'],
  ['  two  words ', 'two  words'],
  ['a\u0000b\u001b[31mc\u009f\n\r\td', 'a b [31mc d'],
  ['left \u202eright\u2066 \u200eand\u061c on', 'left  right   and  on'],
  ['hid\u200b\u2060\u2061\ufeffden', 'hid den'],
  ['two\u2028lines\u2029', 'two lines'],
  ['\ud800half', '\ufffdhalf'],
  ['\u202e\u200b\n', ''],
  // Joiners are part of words, and of one sign made of several.
  ['می\u200cخواهم 👩\u200d💻 👍🏽', 'می\u200cخواهم 👩\u200d💻 👍🏽'],
])('%j is shown as %j', (given, shown) => {
  expect(plainLine(given)).toBe(shown)
})
