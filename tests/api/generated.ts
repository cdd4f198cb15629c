/** What to ask, made from the schemas of a description: all that they allow, and what they do not. */
import * as fc from 'fast-check'
import type { Described, Schema } from './described.ts'

const DEEPEST = 3

/** Values the schema allows. */
export function allowed(described: Described, given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = described.resolved(given)
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]))
  if (Array.isArray(schema['anyOf']))
    return fc.oneof(...(schema['anyOf'] as Schema[]).map((one) => allowed(described, one, depth)))
  switch (schema['type']) {
    case 'string':
      return words(schema)
    case 'integer':
      return fc.oneof(fc.constant(schema['minimum']), fc.integer({ min: Number(schema['minimum']), max: 9 }))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return depth < DEEPEST
        ? fc.array(allowed(described, schema['items'] as Schema, depth + 1), { maxLength: 3 })
        : fc.constant([])
    case 'object':
      return properties(described, schema, depth)
    case undefined:
      return fc.jsonValue({ maxDepth: 2 })
    default:
      throw new TypeError(`values of the type ${JSON.stringify(schema['type'])} are not made here`)
  }
}

function words(schema: Schema): fc.Arbitrary<string> {
  if (schema['format'] === 'date-time')
    return fc
      .date({
        min: new Date('1971-01-01T00:00:00Z'),
        max: new Date('2200-01-01T00:00:00Z'),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString())
  if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern']))
  const { minLength = 0, maxLength = 40 } = schema as { minLength?: number; maxLength?: number }
  const longest = 'é'.repeat(maxLength)
  return fc.oneof(
    { weight: 5, arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 40) }) },
    { weight: 1, arbitrary: fc.constant(longest) },
  )
}

function properties(described: Described, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const shape = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const requiredKeys = (schema['required'] ?? []) as string[]
  return fc.record(
    Object.fromEntries(
      Object.entries(shape).map(([name, one]) => [name, allowed(described, one, depth + 1)]),
    ),
    { requiredKeys },
  )
}

/** A value far from any schema. */
const strange = fc.constantFrom<unknown>(
  null,
  true,
  -1,
  0.5,
  1e300,
  '',
  'nonsense',
  'x'.repeat(10_240),
  [],
  ['x'],
  {},
  { x: 1 },
)

/** Values the schema does not allow: near to ones that it does, with one thing wrong. */
export function forbidden(described: Described, schema: Schema): fc.Arbitrary<unknown> {
  const near = fc
    .tuple(allowed(described, schema), fc.nat(), strange, fc.constantFrom('change', 'drop', 'add'))
    .map(([value, at, other, how]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return other
      const names = Object.keys(described.resolved(schema)['properties'] ?? {})
      const name = how === 'add' ? 'unheard' : (names[at % names.length] ?? 'unheard')
      const kept = Object.entries(value).filter(([key]) => key !== name)
      return Object.fromEntries(how === 'drop' ? kept : [...kept, [name, other]])
    })
  return fc
    .oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: strange })
    .filter((value) => !described.allows(schema, value))
}

/** Values for a parameter in a query that its schema does not allow; null where it allows every text. */
export function forbiddenWords(described: Described, schema: Schema): fc.Arbitrary<string> | null {
  const tries = [
    '',
    '-1',
    '01',
    '1e3',
    '0x1',
    '٣',
    'null',
    'nonsense',
    '1 ',
    '9'.repeat(40),
    'x'.repeat(10_240),
  ]
  const wrong = tries.filter((text) => !described.allows(schema, text))
  return wrong.length === 0 ? null : fc.constantFrom(...wrong)
}
