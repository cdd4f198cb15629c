/** What the reader's answers mean to the log's callers. */

import { type DocumentId, type Epoch, type Seq, seq, ZERO } from '#shared/id.ts'
import type { Entry, ListedDocument, Outline } from './port.ts'
import { kinds } from './sqlite-journal.ts'
import type { ListedAnswer, OutlineAnswer, ReadAnswer } from './sqlite-message.ts'

export function outlineOf(answer: OutlineAnswer | null): Outline {
  const [epoch, head, kind, deleted, checkpointSeq, checkpointBytes, tailBytes] = answer ?? NOTHING
  return {
    epoch: epoch as Epoch,
    head: head as Seq,
    kind: kinds[kind] ?? 'none',
    deleted: deleted === 1,
    checkpointSeq: checkpointSeq as Seq,
    checkpointBytes,
    tailBytes,
  }
}

const NOTHING: OutlineAnswer = ['', ZERO, 0, 0, ZERO, 0, 0]

export function listedOf([document, head, kind, title, author, time, changed]: ListedAnswer): ListedDocument {
  return {
    document: document as DocumentId,
    head: head as Seq,
    kind: kinds[kind] ?? 'none',
    title,
    author,
    time,
    changed,
  }
}

/** The entries of an answer; their updates are views of its one buffer. */
export function entriesOfAnswer({ numbers, authors, updates }: ReadAnswer): readonly Entry[] {
  const found: Entry[] = []
  let at = 0
  for (let i = 0; i < numbers.length; i += 5) {
    const [from = 0, to = 0, time = 0, author = 0, length = 0] = numbers.subarray(i, i + 5)
    const update = new Uint8Array(updates, at, length)
    at += length
    found.push({ from: seq(from), seq: seq(to), update, author: authors[author] ?? '', time })
  }
  return found
}
