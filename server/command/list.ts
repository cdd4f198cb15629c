/** `list`: which documents there are. */
import { type Command, exits } from './command.ts'
import { reachOptions, withDocuments } from './reach.ts'
import { plain } from './surroundings.ts'

export const list: Command = {
  name: 'list',
  usage: '[--json]',
  more: [
    'One line a document: when it was last changed (UTC), its id and its title, with a tab between them.',
    'With --json a line is an object: id, title, kind, author, time (milliseconds since 1970), seq (its position).',
  ],
  options: { ...reachOptions, json: { value: null, does: 'Writes one JSON object a line.' } },
  least: 0,
  most: 0,
  run: (given, around) =>
    withDocuments(given, around, async (documents) => {
      const isJson = given.flag('json')
      for await (const page of documents.list()) {
        const lines = page.map((one) =>
          isJson
            ? JSON.stringify(one)
            : [new Date(one.time).toISOString(), plain(one.id), plain(one.title)].join('\t'),
        )
        if (lines.length > 0) await around.out.write(`${lines.join('\n')}\n`)
      }
      return exits.done
    }),
}
