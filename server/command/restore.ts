/** `restore`: makes a document say again what it said. */
import { type Command, exits } from './command.ts'
import { reachOptions, withDocuments } from './reach.ts'
import { snapshotCalled } from './snapshot-called.ts'

export const restore: Command = {
  name: 'restore',
  usage: 'ID SNAPSHOT',
  more: [
    'SNAPSHOT is its id or its name. What is there is kept as another snapshot before, so that restoring that one undoes it. What people type meanwhile stays. To get a whole store back, see "backup --help".',
  ],
  options: {
    json: {
      value: null,
      does: 'Writes {"seq", "changed", "kept"}: a position that says it, whether anything changed, and what undoes it.',
    },
    ...reachOptions,
  },
  least: 2,
  most: 2,
  run: (given, around) => {
    const [id = '', called = ''] = given.words
    return withDocuments(given, around, async (documents) => {
      const restored = await documents.restore(id, await snapshotCalled(documents, id, called))
      await around.out.write(
        given.flag('json')
          ? `${JSON.stringify(restored)}\n`
          : restored.kept === null
            ? 'Nothing changed: it says that already.\n'
            : `Restored. What was there is the snapshot ${restored.kept}: restoring that undoes it.\n`,
      )
      return exits.done
    })
  },
}
