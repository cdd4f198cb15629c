/** A program that reads documents at a steady rate: `asking.ts URL READS_PER_SECOND`, told by messages which. */
import { fileURLToPath } from 'node:url'
import { paced } from './edits.ts'

export const FORMATS = ['json', 'html', 'markdown', 'text'] as const

/** Which of the reads: each document has one a format. */
export interface Asked {
  readonly first: number
  readonly count: number
}

const [url = '', perSecond = ''] = process.argv.slice(2)

async function read(turn: number): Promise<void> {
  const path = `/page${Math.floor(turn / FORMATS.length)}/content?format=${FORMATS[turn % FORMATS.length]}`
  const response = await fetch(`${url}/v1/documents${path}`)
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
}

// Imported for its formats: nothing is asked.
if (process.argv[1] === fileURLToPath(import.meta.url))
  process.on('message', ({ first, count }: Asked) => {
    const asked: Promise<void>[] = []
    void paced(count, Number(perSecond), (at) => void asked.push(read(first + at)))
      .then(() => Promise.all(asked))
      .then(() => process.send?.('done'))
  })
