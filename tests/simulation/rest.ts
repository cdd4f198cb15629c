/** When everything has come to rest, and whether everybody then has the same. */
import * as Y from 'yjs'
import type { Log } from '#server/log/port.ts'
import { contentOf } from './edits.ts'
import type { Person } from './people.ts'
import { DOCUMENT } from './server.ts'
import { VellumPerson } from './vellum-person.ts'
import { Broken, plainDoc, type Witness } from './witness.ts'

/** What still has to happen; empty at rest. */
export function unrest(people: readonly Person[]): string[] {
  const busy = people.flatMap((person) => {
    const why = person.unrest()
    return why === null ? [] : [`${person.name}: ${why}`]
  })
  return [...busy, ...strangers(people)]
}

/** Sessions that do not see each other, or see somebody who is gone. */
function strangers(people: readonly Person[]): string[] {
  const sessions = people.filter((person) => person instanceof VellumPerson)
  const here = sessions.map(({ name }) => name).join()
  return sessions.flatMap(({ name, present }) =>
    present.join() === here ? [] : [`${name} sees ${present.join()}, but ${here} are here`],
  )
}

/** How what people hold differs from the log. */
export async function differences(people: readonly Person[], witness: Witness): Promise<string[]> {
  await witness.look()
  const truth = contentOf(witness.replayed)
  const vector = vectorOf(witness.replayed)
  return people.flatMap(({ name, doc, isParked }) => {
    const differs: string[] = []
    if (contentOf(doc) !== truth) differs.push(`${name} shows something else than the log`)
    if (vectorOf(doc) !== vector) differs.push(`${name} has another state vector than the log`)
    if (isParked) differs.push(`${name} has parked structs`)
    return differs
  })
}

/** The log is whole, and its newest checkpoint with what came after it is the same document. Throws Broken. */
export async function checkLog(disk: Log, { replayed }: Witness): Promise<void> {
  if (replayed.store.pendingStructs !== null) throw new Broken('the log itself has a gap')
  const checkpoint = await disk.checkpoint(DOCUMENT)
  if (checkpoint === null) return
  const opened = plainDoc()
  Y.applyUpdate(opened, checkpoint.state)
  for (const { update } of await disk.read(DOCUMENT, checkpoint.seq, Number.MAX_SAFE_INTEGER))
    Y.applyUpdate(opened, update)
  if (contentOf(opened) !== contentOf(replayed))
    throw new Broken('a checkpoint and its tail differ from the log')
}

function vectorOf(doc: Y.Doc): string {
  return JSON.stringify([...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b))
}
