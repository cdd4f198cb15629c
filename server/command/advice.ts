/** What to do about each kind of damage, in words for whoever runs the server. */
import type { FindingKind } from '#server/log/finding.ts'

const FROM_BACKUP =
  'Restore the newest backup that verifies, after exporting what was written since; look at the disk.'
const STATE =
  'Nothing is lost: the entries hold all of it. Stop the server and take it away with "verify --repair"; another one is made.'
const REPORT =
  'Nothing that people wrote is lost. Please report it: the program made a mistake, or the disk did.'

export const advice: Readonly<Record<FindingKind, string>> = {
  'file-damaged': FROM_BACKUP,
  'journal-damaged': FROM_BACKUP,
  'entries-damaged': `The document is closed to everybody until that is mended. ${FROM_BACKUP}`,
  'entries-missing': `The document is closed to everybody until that is mended. ${FROM_BACKUP}`,
  'entries-unreadable': `It cannot be shown, and its entries stay. ${FROM_BACKUP}`,
  'head-wrong': FROM_BACKUP,
  'pushes-wrong': REPORT,
  'checkpoint-damaged': STATE,
  'checkpoint-ahead': STATE,
  'checkpoint-differs': STATE,
  'milestone-damaged': STATE,
  'milestone-wrong': STATE,
  'snapshot-damaged': 'It cannot be read or restored; the document is whole. Look at the disk.',
  'snapshot-wrong': 'It cannot be read or restored; the document is whole. Delete it.',
  orphan: REPORT,
  'access-damaged':
    'The documents are not touched by it. Put back the file of the newest backup that verifies (FILE.access as access.sqlite); without any everybody signs in anew, and links that were given out are dead.',
}
