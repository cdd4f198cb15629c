/** The policy of a document's text as HTML, where a browser shows it: it runs nothing and asks nobody for anything. */
import { pictureSources } from '#server/ops/picture-sources.ts'
import type { AllowedPictures } from '#shared/schema/pictures.ts'

/** Content-Security-Policy; pictures come from the hosts that were allowed, and from nowhere else. */
export function contentPolicy(allowed: AllowedPictures): string {
  const pictures = allowed.length === 0 ? '' : ` img-src${pictureSources(allowed)};`
  return `default-src 'none';${pictures} style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox`
}
