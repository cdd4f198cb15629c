/** A document behind the gate alone: what a room does with verdicts, without channels, threads or a disk. */
import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import { Knowledge } from '#server/gate/knowledge.ts'
import { admit } from '#server/gate/update.ts'
import type { Admission, UpdateLimits, Verdict } from '#server/gate/verdict.ts'
import { compare } from '#server/history/compare.ts'
import { Replica } from '#server/history/replica.ts'

export const limits: UpdateLimits = {
  clients: 1_000,
  documentClients: 3_000,
  depth: 64,
  roots: 64,
  nameLength: 1_024,
}

export type Answer = Verdict | { readonly kind: 'different' }
export type Accepted = Extract<Verdict, { kind: 'accepted' }>

export class Door {
  readonly kind: Admission['kind']
  readonly knowledge = Knowledge.empty()
  readonly log: { readonly update: Uint8Array; readonly author: string }[] = []
  /** Comparisons that a worker would have made. */
  compared = 0

  constructor(kind: Admission['kind'] = 'any') {
    this.kind = kind
  }

  admission(author: string, overlapsEqual = false): Admission {
    return { author, kind: this.kind, limits, overlapsEqual }
  }

  judge(update: Uint8Array, author = 'ada'): Answer {
    const verdict = admit(this.knowledge, update, this.admission(author))
    if (verdict.kind !== 'compare') return verdict
    this.compared++
    const replica = new Replica(null)
    replica.apply(this.log)
    if (compare(replica, verdict.overlap) === 'different') return { kind: 'different' }
    const second = admit(this.knowledge, update, this.admission(author, true))
    if (second.kind === 'compare') throw new Error('asked to compare twice')
    return second
  }

  /** Judges, and stores what may enter. */
  offer(update: Uint8Array, author = 'ada'): Answer {
    const answer = this.judge(update, author)
    if (answer.kind !== 'accepted' || answer.update === null || answer.delta === null) return answer
    this.log.push({ update: answer.update, author })
    this.knowledge.add(answer.delta, author)
    return answer
  }

  accept(update: Uint8Array, author = 'ada'): Accepted {
    const answer = this.offer(update, author)
    if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`)
    return answer
  }

  /** The document as somebody holds it who was there all the time. */
  live(): Y.Doc {
    const doc = new Y.Doc()
    for (const { update } of this.log) apply(doc, update)
    return doc
  }
}

/** Without tidying formatting up, which Yjs does after remote transactions and which deletes what nobody deleted. */
export function apply(doc: Y.Doc, update: Uint8Array): void {
  doc.transact((transaction) => {
    Y.applyUpdate(doc, update)
    transaction.local = true
  })
}

export function hash(doc: Y.Doc): string {
  return createHash('sha256').update(Y.encodeStateAsUpdate(doc)).digest('hex')
}

/**
 * What a document shows, clock by clock: where each visible one stands and what it is. Bytes are no measure between a
 * document and its reload: what was collected entry by entry lies in more pieces.
 */
export function layout(doc: Y.Doc): string {
  const lines: string[] = []
  for (const [client, structs] of [...doc.store.clients].sort((a, b) => a[0] - b[0])) {
    lines.push(`${client} to ${Y.getState(doc.store, client)}`)
    for (const struct of structs) {
      if (!(struct instanceof Y.Item) || struct.deleted) continue
      for (let i = 0; i < struct.length; i++)
        lines.push(`${client}:${struct.id.clock + i} ${describe(struct, i)}`)
    }
  }
  return lines.join('\n')
}

function describe(item: Y.Item, offset: number): string {
  let left = offset > 0 ? null : item.left
  while (left?.deleted) left = left.left
  const { parent } = item
  const within = parent instanceof Y.AbstractType ? (parent._item?.id ?? Y.findRootTypeKey(parent)) : null
  const { content } = item
  const value = content instanceof Y.ContentString ? content.str[offset] : content.constructor.name
  return JSON.stringify([left?.lastId ?? null, within, item.parentSub, value])
}

export function loaded(...updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  for (const update of updates) apply(doc, update)
  return doc
}

export function isWhole(doc: Y.Doc): boolean {
  return doc.store.pendingStructs === null && doc.store.pendingDs === null
}

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
