/** `snapshot`: keeps one, or lists them. */
import { type Command, exits, type Given, Misused } from './command.ts'
import type { Documents } from './documents.ts'
import { reachOptions, withDocuments } from './reach.ts'
import { plain, type Surroundings } from './surroundings.ts'

export const snapshot: Command = {
  name: 'snapshot',
  usage: 'ID [--name NAME] [--at POSITION] | ID --list',
  more: [
    'Writes the id of the new snapshot. A snapshot is readable and restorable until it is deleted, and costs the same whatever the size of the document.',
    '--list writes one line a snapshot, newest position first: its id, its position, when it was made (UTC) and its name, with a tab between them.',
  ],
  options: {
    name: { value: 'NAME', does: 'What it is called: at most 200 characters.' },
    at: { value: 'POSITION', does: 'An older position; the newest one without it.' },
    list: { value: null, does: 'Lists the snapshots of the document instead.' },
    json: { value: null, does: 'Writes one JSON object a line.' },
    ...reachOptions,
  },
  least: 1,
  most: 1,
  run: (given, around) => {
    const [id = ''] = given.words
    const name = given.text('name')
    const seq = given.number('at', 1)
    const isList = given.flag('list')
    if (isList && (name !== null || seq !== null)) throw new Misused('--list stands without --name and --at.')
    return withDocuments(given, around, async (documents) => {
      if (isList) return listed(documents, { id, given, around })
      const what = { ...(name !== null && { name }), ...(seq !== null && { seq }) }
      const made = await documents.snapshot(id, what)
      await around.out.write(`${given.flag('json') ? JSON.stringify(made) : made.id}\n`)
      return exits.done
    })
  },
}

async function listed(
  documents: Documents,
  { id, given, around }: { id: string; given: Given; around: Surroundings },
) {
  const isJson = given.flag('json')
  for await (const one of documents.snapshots(id)) {
    const line = isJson ? JSON.stringify(one) : [one.id, one.seq, one.time, plain(one.name ?? '')].join('\t')
    await around.out.write(`${line}\n`)
  }
  return exits.done
}
