/** The description a server gives of itself, as those see it who have nothing else: what may be asked, what comes. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export type Schema = Readonly<Record<string, unknown>>
type Bodies = Readonly<Record<string, { readonly schema: Schema }>>

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema: Schema
}

export interface DescribedOperation {
  readonly operationId: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Bodies }
  readonly responses: Readonly<Record<string, { readonly headers?: Schema; readonly content?: Bodies }>>
}

export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
}

/** An answer as it came. */
export interface Came {
  readonly status: number
  readonly type: string
  readonly header: (name: string) => string | null
  readonly bytes: Uint8Array
}

const ROOT = 'api'

export class Described {
  readonly operations: readonly DescribedOperation[]
  readonly #description: Description
  readonly #ajv = new Ajv2020({ strict: false, logger: false, allErrors: true })
  readonly #known = new Map<string, ValidateFunction>()

  constructor(description: Description) {
    this.#description = description
    this.operations = Object.values(description.paths).flatMap((methods) => Object.values(methods))
    addFormats(this.#ajv)
    this.#ajv.addSchema(JSON.parse(JSON.stringify(description).replaceAll('"#/', `"${ROOT}#/`)), ROOT)
  }

  /** A schema with what it refers to in its place, one step deep. */
  resolved(schema: Schema): Schema {
    const { $ref } = schema
    if (typeof $ref !== 'string') return schema
    const steps = $ref.split('/').slice(1)
    return steps.reduce<unknown>((at, step) => (at as Schema)[step], { ...this.#description }) as Schema
  }

  allows(schema: Schema, value: unknown): boolean {
    return this.#validator(schema)(value)
  }

  /** What is wrong with an answer; '' where it is as the description has it. */
  faultIn(operation: DescribedOperation, came: Came): string {
    const answer = operation.responses[came.status]
    if (answer === undefined) return 'the status is not described'
    for (const name of Object.keys(answer.headers ?? {}))
      if (came.header(name) === null) return `there is no header ${name}`
    if (answer.content === undefined) return came.bytes.length === 0 ? '' : 'there is a body'
    const described = answer.content[came.type]
    if (described === undefined) return `the content type ${came.type} is not described`
    const { schema } = described
    if (!came.type.includes('json'))
      return schema['type'] === 'string' ? '' : 'the body is not described as text'
    const validate = this.#validator(schema)
    return validate(JSON.parse(new TextDecoder().decode(came.bytes)))
      ? ''
      : this.#ajv.errorsText(validate.errors)
  }

  #validator(schema: Schema): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/', `"${ROOT}#/`)
    const validate = this.#known.get(text) ?? this.#ajv.compile(JSON.parse(text))
    this.#known.set(text, validate)
    return validate
  }
}
