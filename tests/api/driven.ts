/** A server, and the client that a public generator makes of the description which that server gives of itself. */
import { OpenAPIClientAxios } from 'openapi-client-axios'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { type Came, Described, type DescribedOperation, type Description } from './described.ts'

/** What lets everybody do what they do here, however quick the machine is. */
const NO_LIMITS = { MAX_REQUESTS_PER_SECOND: '0', MAX_NEW_DOCUMENTS_PER_HOUR: '0' }

type Call = (
  parameters: { name: string; value: string; in: string }[],
  body: unknown,
  config: object,
) => Promise<{ status: number; headers: Record<string, unknown>; data: Buffer }>

export interface Asked {
  readonly path: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
}

export interface Driven {
  readonly server: ServerProcess
  readonly described: Described
  readonly token: string | null
  ask(operation: DescribedOperation, asked: Asked, token?: string | null): Promise<Came>
}

/** Starts a server with these settings; `token` is what the client shows, null for none. */
export async function drive(env: Readonly<Record<string, string>>, token: string | null): Promise<Driven> {
  const server = await startServer({ env: { ...NO_LIMITS, ...env } })
  const description = await (await fetch(`${server.url}/v1/openapi.json`)).json()
  const api = new OpenAPIClientAxios({
    definition: structuredClone(description),
    withServer: { url: server.url },
    axiosConfigDefaults: {
      proxy: false,
      maxRedirects: 0,
      responseType: 'arraybuffer',
      transformRequest: [(body: unknown) => body],
      validateStatus: () => true,
    },
  })
  const client = (await api.init()) as unknown as Readonly<Record<string, Call>>
  return {
    server,
    described: new Described(description as Description),
    token,
    async ask(operation, { path, query = {}, headers = {}, body }, by = token) {
      const call = client[operation.operationId]
      if (call === undefined) throw new Error(`the client has no ${operation.operationId}`)
      // What a body is and who asks are no parameters of an operation.
      const { 'Content-Type': type, ...conditions } = headers
      const parameters = Object.entries({ path, query, header: conditions }).flatMap(([where, values]) =>
        Object.entries(values).map(([name, value]) => ({ name, value, in: where })),
      )
      const sent = body === undefined ? undefined : Buffer.from(body as Uint8Array)
      const {
        status,
        headers: told,
        data,
      } = await call(parameters, sent, {
        headers: {
          ...(type === undefined ? {} : { 'Content-Type': type }),
          ...(by === null ? {} : { Authorization: `Bearer ${by}` }),
        },
      })
      const header = (name: string) => {
        const value = told[name.toLowerCase()]
        return value === undefined ? null : String(value)
      }
      return { status, header, type: header('content-type') ?? '', bytes: new Uint8Array(data) }
    },
  }
}
