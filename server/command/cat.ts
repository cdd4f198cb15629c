/** `cat`: what a document says. */
import { formats } from '#server/content/port.ts'
import { type Command, exits, Misused } from './command.ts'
import { reachOptions, withDocuments } from './reach.ts'
import { snapshotCalled } from './snapshot-called.ts'

export const cat: Command = {
  name: 'cat',
  usage: 'ID [--format FORMAT] [--at POSITION | --snapshot SNAPSHOT]',
  more: [
    `FORMAT is one of ${formats.join(', ')}; markdown without it. Documents that another Yjs editor made are read as json, text or yjs; yjs is the whole document as one Yjs update.`,
  ],
  options: {
    format: { value: 'FORMAT', does: 'The format; markdown without it.' },
    at: { value: 'POSITION', does: 'An older position, as `list --json` and history count them.' },
    snapshot: { value: 'SNAPSHOT', does: 'A snapshot of it, by its id or its name.' },
    standalone: { value: null, does: 'With --format html: a page of its own rather than a fragment.' },
    ...reachOptions,
  },
  least: 1,
  most: 1,
  run: (given, around) => {
    const [id = ''] = given.words
    const format = given.choice('format', formats) ?? 'markdown'
    const at = given.number('at', 0)
    const called = given.text('snapshot')
    if (at !== null && called !== null) throw new Misused('--at and --snapshot exclude each other.')
    return withDocuments(given, around, async (documents) => {
      const snapshot = called === null ? null : await snapshotCalled(documents, id, called)
      const isStandalone = given.flag('standalone')
      await around.out.write(await documents.content(id, { format, at, snapshot, isStandalone }))
      return exits.done
    })
  },
}
