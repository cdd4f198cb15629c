/** Two things that the parser does in quadratic time for whoever writes much, done in linear time. */
import { lineEnding, setextUnderline } from 'micromark-core-commonmark'
import type { Construct, Event, Extension } from 'micromark-util-types'

export function evenPace(): Extension {
  return {
    disable: { null: ['setextUnderline'] },
    flow: { [45]: underline, [61]: underline },
    text: { [-5]: lineEnd, [-4]: lineEnd, [-3]: lineEnd },
  }
}

/** The parser's own copies all that it has read so far for each heading. */
const underline: Construct = {
  ...setextUnderline,
  name: 'underlinedHeading',
  resolveTo(events, context) {
    const start = events.findLastIndex(([edge, { type }]) => edge === 'enter' && type === 'content')
    const own = events.splice(start)
    for (const event of setextUnderline.resolveTo?.(own, context) ?? own) events.push(event)
    return events
  },
}

/** The parser joins the words of each line at last, and moves all that comes after for each. */
const lineEnd: Construct = { ...lineEnding, resolveTo: joinedWords }

/** Of the line that ends here. */
function joinedWords(events: Event[]): Event[] {
  let end = events.length
  while (end > 0 && (typeAt(events, end - 1) === 'lineEnding' || typeAt(events, end - 1) === 'linePrefix'))
    end -= 1
  let start = end
  while (start > 0 && typeAt(events, start - 1) === 'data') start -= 1
  const [first, last] = [events[start], events[end - 1]]
  if (first === undefined || last === undefined || end - start <= 2) return events
  first[1].end = last[1].end
  events.splice(start + 2, end - start - 2)
  return events
}

function typeAt(events: readonly Event[], index: number): string {
  return events[index]?.[1].type ?? ''
}
