/** The token in a link somebody was given. It is a key: it must not stay where a person, a picture or a script sees it. */

/** What became of the link that was opened last. */
export type Link = 'none' | 'opening' | 'refused' | 'unreachable'

const TOKEN = '#token='

/** The token in the address, which is then gone from there and from the tab's history; null where there is none. */
export function takeToken(location: Location, history: History): string | null {
  const { hash, pathname, search } = location
  if (!hash.startsWith(TOKEN)) return null
  history.replaceState(history.state, '', pathname + search)
  return hash.slice(TOKEN.length)
}
