/** Ana and Bo in one document, each behind a network of their own, in front of one server. */
import type { Browser } from 'playwright-core'
import type { ServerProcess } from '#tests/server-process.ts'
import { Network, type Rules } from './network.ts'
import { agree, sitTogether, Writer } from './writer.ts'

export interface PairOptions {
  readonly browser: Browser
  readonly server: ServerProcess
  readonly document: string
  /** Default: nothing stands in their way. */
  readonly anas?: Rules
  readonly bos?: Rules
}

export class Pair implements AsyncDisposable {
  readonly ana: Writer
  readonly bo: Writer
  /** The network Ana is behind. */
  readonly anas: Network
  readonly bos: Network
  readonly #server: ServerProcess

  private constructor(from: { ana: Writer; bo: Writer; anas: Network; bos: Network; server: ServerProcess }) {
    this.ana = from.ana
    this.bo = from.bo
    this.anas = from.anas
    this.bos = from.bos
    this.#server = from.server
  }

  /** Resolves when each has the caret in an own paragraph. */
  static async seat({ browser, server, document, ...rules }: PairOptions): Promise<Pair> {
    const [anas, bos] = await Promise.all([
      Network.open(server, rules.anas, 1),
      Network.open(server, rules.bos, 2),
    ])
    const [ana, bo] = await Promise.all([
      Writer.come(browser, 'Ana', `${anas.url}/d/${document}`),
      Writer.come(browser, 'Bo', `${bos.url}/d/${document}`),
    ])
    await sitTogether(ana, bo)
    return new Pair({ ana, bo, anas, bos, server })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.ana[Symbol.asyncDispose](), this.bo[Symbol.asyncDispose]()])
    await Promise.all([this.anas[Symbol.asyncDispose](), this.bos[Symbol.asyncDispose]()])
  }

  /** New rules for both; every connection ends. */
  move(rules: Rules): void {
    for (const network of [this.anas, this.bos]) network.move(rules)
  }

  /** New rules for both; connections stay. */
  change(rules: Rules): void {
    for (const network of [this.anas, this.bos]) network.change(rules)
  }

  /** Both type at once; `onWord` hears of Ana's words of this round. */
  async write(words: number, onWord?: (words: number) => void): Promise<void> {
    await Promise.all([this.ana.writes(words, onWord), this.bo.writes(words)])
  }

  /** Both type until it is so. */
  async writeUntil(isSo: () => boolean): Promise<void> {
    await Promise.all([this.ana.writesUntil(isSo), this.bo.writesUntil(isSo)])
  }

  async wake(): Promise<void> {
    await Promise.all([this.ana.wake(), this.bo.wake()])
  }

  /** Both read Saved, and they and the server hold what was typed, to the letter. */
  agree(): Promise<void> {
    return agree([this.ana, this.bo], this.#server)
  }
}
