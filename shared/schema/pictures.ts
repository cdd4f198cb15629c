/**
 * From where pictures in documents may be loaded. Whoever is shown a picture tells its host that they read, so that
 * without a word from whoever runs the server there is no such host but the page's own.
 */

/** Origins, or `*` for everything over https. */
export type AllowedPictures = '*' | readonly string[]

/** The name of the `meta` in which the page finds them as text, separated by spaces. */
export const PICTURES_META = 'vellum-pictures'

/** Out of such a text; nothing where there is none. */
export function readPictures(text: string | null | undefined): AllowedPictures {
  const words = text?.split(/\s+/).filter((word) => word !== '') ?? []
  return words.includes('*') ? '*' : words
}
