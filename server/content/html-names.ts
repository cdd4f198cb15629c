/** What elements of HTML mean on a page, by their names. Those that are named nowhere are the words within. */

/** Never shown, or never ours. */
export const DROPPED: ReadonlySet<string> = new Set(
  'script style template iframe object embed applet noscript noframes head title meta link base svg math audio video canvas select textarea frame frameset'.split(
    ' ',
  ),
)

/** The marks that elements are. */
export const MARKS: ReadonlyMap<string, string> = new Map([
  ['b', 'bold'],
  ['strong', 'bold'],
  ['i', 'italic'],
  ['em', 'italic'],
  ['u', 'underline'],
  ['ins', 'underline'],
  ['s', 'strike'],
  ['del', 'strike'],
  ['strike', 'strike'],
  ['code', 'code'],
  ['kbd', 'code'],
  ['samp', 'code'],
  ['tt', 'code'],
])
