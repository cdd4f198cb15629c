/** Names and titles that came from others: one line, in which nothing turns or hides the text around it. */

/**
 * Controls and ends of lines; what turns the direction of what follows, and what nobody sees. Joiners stay (U+200C,
 * U+200D): words of some languages, and some emoji, are written with them.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu

/** Each run of such characters is one space, and none stands at either end; '' when nothing is left. */
export function plainLine(text: string): string {
  return text.toWellFormed().replace(UNPRINTABLE, ' ').trim()
}
