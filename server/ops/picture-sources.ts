/** ALLOWED_PICTURES as the sources of a Content-Security-Policy. */
import type { AllowedPictures } from '#shared/schema/pictures.ts'

/** Sources, each after a space; '' for none. Origins come from settings as browsers write them: no sign in them ends a policy. */
export function pictureSources(allowed: AllowedPictures): string {
  return allowed === '*' ? ' https:' : allowed.map((origin) => ` ${origin}`).join('')
}
