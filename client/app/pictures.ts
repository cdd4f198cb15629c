import { type AllowedPictures, PICTURES_META, readPictures } from '#shared/schema/pictures.ts'

/** From where the server's policy lets this page load pictures, as the page itself was told with it. */
export function allowedPictures(): AllowedPictures {
  return readPictures(document.head.querySelector<HTMLMetaElement>(`meta[name="${PICTURES_META}"]`)?.content)
}
