/** What JSON of a schema is made of, as lines that people can read. */
import { z } from 'zod'

export interface Field {
  /** `history.bytes`; `[]` behind what there are several of. */
  readonly name: string
  readonly type: string
  readonly description: string
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
}

/** Of what is sent (`input`) or answered (`output`). */
export function fieldsOf(schema: z.ZodType, way: 'input' | 'output'): readonly Field[] {
  const json = z.toJSONSchema(schema, { io: way, unrepresentable: 'any', reused: 'inline' }) as Schema
  return inside(json, '')
}

function inside(schema: Schema, at: string): readonly Field[] {
  const several = schema.items
  if (several !== undefined) return inside(several, `${at}[]`)
  const alternatives = schema.anyOf?.filter(({ type }) => type !== 'null') ?? []
  if (alternatives.length > 0) return alternatives.flatMap((one) => inside(one, at))
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isOptional = schema.required?.includes(name) !== true
    const path = at === '' ? name : `${at}.${name}`
    const type = `${typeOf(field)}${isOptional ? ', optional' : ''}`
    return [{ name: path, type, description: field.description ?? '' }, ...inside(field, path)]
  })
}

function typeOf({ type, items, anyOf, enum: values, const: value }: Schema): string {
  if (values !== undefined) return values.map((one) => JSON.stringify(one)).join(' or ')
  if (value !== undefined) return JSON.stringify(value)
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if (type === 'array') return items === undefined ? 'list' : `list of ${typeOf(items)}`
  return typeof type === 'string' ? type : (type?.join(' or ') ?? 'anything')
}
