/**
 * What every answer says to browsers, whatever it is and whoever gives it. An answer that is to be looked at says of
 * itself what it may do; all others may do nothing.
 */

/** For what is no page: nothing runs in it, nothing is fetched for it, nobody shows it in a frame. */
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const SECURE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': NOTHING,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // An address that holds an unguessable id is told to nobody.
  'Referrer-Policy': 'no-referrer',
  // Nor are the hosts of the links in it asked for by name before anybody follows one.
  'X-DNS-Prefetch-Control': 'off',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Adds those that the answer does not have of its own. */
export function secure(headers: Headers): void {
  for (const [name, value] of Object.entries(SECURE_HEADERS)) if (!headers.has(name)) headers.set(name, value)
}
