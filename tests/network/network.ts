/** What lies between people and a server: a line, and a proxy at its end. One set of rules, changed while they write. */
import { SeededChance } from '#tests/simulation/chance.ts'
import { HttpProxy, type ProxyRules } from './http-proxy.ts'
import { Line, type LineRules } from './line.ts'

export type Rules = LineRules & ProxyRules

export class Network {
  readonly #line: Line
  readonly #proxy: HttpProxy

  private constructor(line: Line, proxy: HttpProxy) {
    this.#line = line
    this.#proxy = proxy
  }

  /** `seed` decides which connections are lost. */
  static async open(target: { readonly port: number }, rules: Rules = {}, seed = 1): Promise<Network> {
    const proxy = await HttpProxy.open(target, rules)
    const line = await Line.open({ port: proxy.port, chance: new SeededChance(seed), rules })
    return new Network(line, proxy)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#line.port}`
  }

  get port(): number {
    return this.#line.port
  }

  /** Connections that are open; a browser keeps some for later requests. */
  get connections(): number {
    return this.#line.connections
  }

  /** Connections that carried something and that the rules have ended. */
  get ended(): number {
    return this.#line.ended
  }

  /** Requests under way, as `GET /path?query`, that match. */
  held(pattern: RegExp): number {
    return [...this.#proxy.held].filter(({ method, url }) => pattern.test(`${method} ${url}`)).length
  }

  /** The most event streams and held polls there were at one time. */
  get mostHeld(): number {
    return this.#proxy.mostHeld
  }

  get upgradesAsked(): number {
    return this.#proxy.upgradesAsked
  }

  /** For what comes from now on; latency, silence and cuts also for what is there. */
  change(rules: Rules): void {
    this.#line.rules = rules
    this.#proxy.rules = rules
  }

  /** As people experience it who walk from one network into another: the rules change and every connection ends. */
  move(rules: Rules): void {
    this.change(rules)
    this.#line.cut()
  }

  cut(): void {
    this.#line.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]()
    await this.#proxy[Symbol.asyncDispose]()
  }
}
