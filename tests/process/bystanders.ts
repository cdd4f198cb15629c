/** Two people who write in a document of their own while others attack: whatever happens, they notice nothing. */

import { expect } from 'vitest'
import type { ServerProcess } from '#tests/server-process.ts'
import { Person } from './people.ts'

/** As somebody types fast. */
const WORD_MS = 50

export class Bystanders {
  readonly #server: ServerProcess
  readonly #ada: Person
  readonly #bob: Person
  #turn = 0

  /** `params`: what they show in the address, where people have to say who they are. */
  constructor(server: ServerProcess, params: Readonly<Record<string, string>> = {}) {
    this.#server = server
    this.#ada = new Person(server.syncUrl, 'bystanders', { params })
    this.#bob = new Person(server.syncUrl, 'bystanders', { params })
  }

  /** One writes on, word by word, until the answer is called: by then the other has seen all of it. */
  keepWriting(): () => Promise<void> {
    const writing = setInterval(() => this.#ada.type('word '), WORD_MS)
    return async () => {
      clearInterval(writing)
      await this.noticeNothing()
      expect(this.#bob.text.length).toBe(this.#ada.text.length)
    }
  }

  /** Each writes, the other sees it; their channels are the ones they began with. */
  async noticeNothing(): Promise<void> {
    await Promise.all([this.#ada.synced(), this.#bob.synced()])
    const word = `turn${this.#turn++} `
    this.#ada.type(word)
    await this.#bob.sees((text) => text.includes(word))
    this.#bob.type(`re-${word}`)
    await this.#ada.sees((text) => text.includes(`re-${word}`))
    expect([...this.#ada.endings, ...this.#bob.endings]).toEqual([])
    expect((await fetch(`${this.#server.url}/readyz`)).status).toBe(200)
  }

  leave(): void {
    this.#ada.leave()
    this.#bob.leave()
  }
}

/** One number from /metrics. */
export async function metric(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  if (line === undefined) throw new Error(`no metric is called ${name}`)
  return Number(line.slice(name.length + 1))
}
