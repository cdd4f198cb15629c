/**
 * nginx and HAProxy as their Debian packages install them: their own configuration file, but for where it writes and
 * listens, with a server behind it. A process of its own, ended with the test.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { removeFolder, temporaryFolder } from '#tests/server-process.ts'
import { type ToolName, tool } from '#tests/tools.ts'

interface Kind {
  readonly tool: ToolName
  readonly installed: string
  /** Lines of the installed file that need rights, or are about where it writes. */
  readonly left: RegExp
  readonly compose: (installed: string, way: Way) => string
  readonly flags: (file: string) => readonly string[]
}

interface Way {
  readonly port: number
  readonly target: number
  readonly folder: string
  readonly settings: string
}

const kinds = {
  nginx: {
    tool: 'nginx',
    installed: '/etc/nginx/nginx.conf',
    left: /^\s*(user|pid|error_log|access_log|include \/etc\/nginx\/(conf\.d|sites-enabled))\b/,
    compose: (installed, { port, target, folder, settings }) => {
      const own = [
        'access_log off;',
        "map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
        ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
          (name) => `${name}_temp_path ${folder}/${name};`,
        ),
        // What everybody writes first: one location, one proxy_pass.
        `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${target}; ${settings} } }`,
      ]
      const end = installed.lastIndexOf('}', installed.search(/^#mail/m) >>> 0)
      const user = userInfo().uid === 0 ? 'user root;\n' : ''
      return `${user}pid ${folder}/pid;\nerror_log stderr;\n${installed.slice(0, end)}\n${own.join('\n')}\n}\n`
    },
    flags: (file) => ['-e', 'stderr', '-c', file, '-g', 'daemon off;'],
  },
  haproxy: {
    tool: 'haproxy',
    installed: '/etc/haproxy/haproxy.cfg',
    left: /^\s*(log|chroot|stats|user|group|daemon|option\s+httplog)\b/,
    compose: (installed, { port, target, settings }) =>
      [
        installed,
        'frontend people',
        `  bind 127.0.0.1:${port}`,
        settings,
        '  default_backend vellum',
        'backend vellum',
        `  server one 127.0.0.1:${target}`,
        '',
      ].join('\n'),
    flags: (file) => ['-db', '-f', file],
  },
} as const satisfies Record<string, Kind>

export type ProxyName = keyof typeof kinds

export interface RealProxyOptions {
  readonly name: ProxyName
  /** The server's port on 127.0.0.1. */
  readonly target: number
  /** Its own port, where somebody has to know it before. */
  readonly port?: number
  /** In nginx' location, in HAProxy's frontend. Default: none, as it is installed. */
  readonly settings?: string
}

export class RealProxy {
  readonly port: number
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child
    this.port = port
    this.#folder = folder
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** What y-websocket's provider takes as its server. */
  get syncUrl(): string {
    return `ws://127.0.0.1:${this.port}/sync`
  }

  /** Resolves once it listens. Throws with what the program said. */
  static async start({ name, target, settings = '', ...options }: RealProxyOptions): Promise<RealProxy> {
    const kind: Kind = kinds[name]
    const program = tool(kind.tool)
    const port = options.port ?? (await freePort())
    const folder = await temporaryFolder()
    // nginx makes its folders for a user of its own.
    await chmod(folder, 0o755)
    const installed = (await readFile(kind.installed, 'utf8'))
      .split('\n')
      .filter((line) => !kind.left.test(line))
      .join('\n')
    const file = join(folder, `${name}.conf`)
    await writeFile(file, kind.compose(installed, { port, target, folder, settings }))
    const child = spawn(program, kind.flags(file), { stdio: ['ignore', 'ignore', 'pipe'] })
    const said: string[] = []
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
    for await (const _ of setInterval(50)) {
      if (child.exitCode !== null) throw new Error(`${name} did not start:\n${said.join('')}`)
      if (await listens(port)) break
    }
    return new RealProxy(child, port, folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM')
      await ended
    }
    await removeFolder(this.#folder)
  }
}

/** A port nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
