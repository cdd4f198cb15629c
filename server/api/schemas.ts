/** The shapes of what goes in and out, by name: from them come the checks, the types and the description. */
import { z } from 'zod'
import { formats } from '#server/content/port.ts'
import { plainLine } from '#shared/plain-line.ts'
import { maxTitleLength } from '#shared/schema/document.ts'

const seq = z.int().min(0).describe('A position: the number of the newest edit, counted from 1; 0 for none.')
const time = z.iso.datetime().describe('When, in UTC.')
const author = z.string().describe('Whose edit; `anonymous` for everybody without identity.')
const nameOfAuthor = z
  .string()
  .nullable()
  .describe(
    'What the author is called, in one line: by the name that was verified when the server saw them last, a guest as the server called them. Null where nobody knows.',
  )

/** What people call something: kept as one line, without what turns or hides text around it. */
function lineUpTo(most: number) {
  return z
    .string()
    .max(most)
    .refine((text) => text.isWellFormed(), 'is not well-formed Unicode')
    .transform(plainLine)
}

export const Title = lineUpTo(maxTitleLength)

export const DocumentInfo = z.object({
  id: z.string(),
  title: z.string().describe('As last read from the document, at most a second old.'),
  kind: z.enum(['none', 'page', 'any']).describe('`any`: made by another Yjs editor.'),
  seq,
  author: author.describe('Of the newest edit.'),
  time: z.int().describe('Of the newest edit, in milliseconds since 1970.'),
})

export const DocumentDetail = DocumentInfo.extend({
  history: z
    .object({
      entries: z.int().describe('How many entries its log has; merged ones count as one.'),
      bytes: z.int().describe('What they take on disk.'),
      milestoneBytes: z.int().describe('What states on the way take, by which history is read quickly.'),
    })
    .describe('What its history takes.'),
})

export const DocumentList = z.object({
  documents: z.array(DocumentInfo),
  next: z.string().nullable().describe('`cursor` of the next page; null after the last one.'),
})

export const Format = z.enum(formats)

export const NewDocument = z.strictObject({
  title: Title.optional(),
  content: z.unknown().optional().describe('In `format`: an object for json, base64 for yjs, else text.'),
  format: Format.default('json'),
  kind: z
    .enum(['page', 'any'])
    .default('page')
    .describe(
      '`any`: for another Yjs editor. Then `format` is yjs, the update enters as it is, and there is no title.',
    ),
})

export const Renamed = z.strictObject({ title: Title })

export const Position = z.object({ seq })

export const LogEntry = z.object({
  from: seq.describe('The first position it stands for: `seq`, but for entries that were merged.'),
  seq,
  author,
  time,
  update: z.base64().describe('A Yjs update (version 1).'),
})

export const LogEntries = z.object({
  updates: z.array(LogEntry),
  head: seq.describe('The newest position there is.'),
  next: z.int().nullable().describe('`after` of the next part; null where this is all.'),
})

const SnapshotName = lineUpTo(200)
  .transform((name) => (name === '' ? null : name))
  .nullable()
  .describe('At most 200 characters, of which one line is kept; null, or nothing to be seen, for none.')

export const SnapshotInfo = z.object({
  id: z.string(),
  name: z.string().nullable(),
  kind: z
    .enum(['named', 'kept'])
    .describe('`named`: somebody asked for it, it stays until it is deleted. `kept`: the server kept it.'),
  seq,
  author: z.string().describe('Who made it; empty for the server.'),
  authorName: nameOfAuthor,
  time: time.describe('When it was made, in UTC.'),
})

export const SnapshotList = z.object({
  snapshots: z.array(SnapshotInfo),
  next: z.string().nullable().describe('`cursor` of the next page; null after the last one.'),
})

export const NewSnapshot = z.strictObject({
  name: SnapshotName.optional(),
  seq: z.int().min(1).optional().describe('The position it names; the newest one without it.'),
})

export const NamedSnapshot = z.strictObject({ name: SnapshotName })

export const Restored = z.object({
  seq: seq.describe('A position that holds the restored text.'),
  changed: z.boolean().describe('False where the document says already what the snapshot says.'),
  kept: z
    .string()
    .nullable()
    .describe('The snapshot of what was there: restoring it undoes this. Null where nothing changed.'),
})

export const History = z.object({
  sittings: z.array(
    z.object({
      from: seq.describe('The first position of the sitting.'),
      to: seq.describe('Its last position.'),
      begin: time,
      end: time,
      authors: z
        .array(
          z.object({
            author,
            name: nameOfAuthor,
            edits: z.int(),
          }),
        )
        .describe('In the order they came, with how many edits.'),
    }),
  ),
  next: z.string().nullable().describe('`cursor` of the next page; null after the last one.'),
})

export const Difference = z.object({
  from: seq,
  to: seq,
  changes: z.array(
    z.object({
      kind: z
        .enum(['inserted', 'deleted', 'changed'])
        .describe('`changed`: it stayed, and is written otherwise.'),
      text: z.string().describe('The words; of an attribute of a block none.'),
      author,
      authorName: nameOfAuthor,
      block: z
        .int()
        .min(0)
        .describe('Which block of text, counted from 0; those that were deleted count too.'),
      type: z.string().describe('The name of the block’s node; of a change that of the node which changed.'),
      attribute: z.string().optional().describe('`changed`: the name of an attribute, or of a mark.'),
      before: z.unknown().optional().describe('`changed`: its value; null for none.'),
      after: z.unknown().optional(),
    }),
  ),
})

export const MarkedPage = z.object({
  from: seq,
  to: seq,
  authors: z.array(z.object({ author, name: nameOfAuthor })).describe('Who wrote in between.'),
  content: z
    .unknown()
    .describe(
      'The page as in `content`, in which all that was deleted still stands. Nodes that came or went carry a mark of the type `inserted` or `deleted`, with the attribute `author`.',
    ),
})

const Role = z
  .enum(['reader', 'commenter', 'writer', 'owner'])
  .describe('What it allows; until there are comments a commenter is a reader.')
const ShareName = lineUpTo(100)

export const NewShare = z.strictObject({
  role: Role,
  name: ShareName.optional().describe('What its owner calls it; others are not told.'),
  expiresAt: z.iso.datetime().nullable().optional().describe('Null, or left out: until it is revoked.'),
})

export const ChangedShare = z.strictObject({ role: Role })

export const ShareInfo = z.object({
  id: z.string(),
  role: Role,
  name: z.string(),
  createdBy: z.string().describe('The author who made it.'),
  createdAt: time,
  expiresAt: time.nullable(),
})

export const MadeShare = ShareInfo.extend({
  url: z.string().describe('The link, with its token. Told this once.'),
})

export const ShareList = z.object({ shares: z.array(ShareInfo) })

export const ProblemDocument = z.object({
  type: z.string(),
  status: z.int(),
  title: z.string(),
  detail: z.string(),
  code: z.int().optional().describe('The same refusal on the sync channel.'),
  errors: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
  where: z.string().optional().describe('The place in the content that is not valid.'),
})

const roleName = z.enum(['reader', 'commenter', 'writer', 'owner'])

export const SessionInfo = z.object({
  mode: z.enum(['open', 'guarded']).describe('`open`: nobody has to say who they are.'),
  principal: z
    .object({
      id: z.string().describe('What edits are attributed to.'),
      key: z.string().describe('A name of this person that tells nobody who it is.'),
      name: z.string().describe('What others see.'),
      colour: z.string().nullable().describe('`#rrggbb`, as the token has it.'),
      isGuest: z.boolean().describe('Came by a link, and is known no further.'),
    })
    .nullable()
    .describe('Null where nobody is signed in.'),
  role: roleName.nullable().describe('In the document that was asked about.'),
  grants: z.array(
    z.object({
      doc: z.string().describe("A document's id, or a beginning of ids and `*`."),
      isPrefix: z.boolean().describe('Whether `doc` is a beginning of ids: an id itself may end in `*`.'),
      role: roleName,
      expiresAt: z.string().nullable().describe('When it ends by itself, in UTC.'),
    }),
  ),
})

export const SignInToken = z.strictObject({
  token: z.string().min(1).max(8_192),
  switch: z
    .boolean()
    .optional()
    .describe('False: nobody who is here becomes somebody else by it. Default: true.'),
})

export const TokensOf = z.strictObject({
  sub: z.string().min(1).max(255).describe('Who they were issued to: the `sub` of the tokens.'),
})

export const RevokedTokens = z.object({
  sub: z.string(),
  until: time.describe('What was issued up to then counts no more.'),
})

export const named = {
  SessionInfo,
  SignInToken,
  TokensOf,
  RevokedTokens,
  DocumentInfo,
  DocumentDetail,
  DocumentList,
  NewDocument,
  Renamed,
  Position,
  LogEntry,
  LogEntries,
  SnapshotInfo,
  SnapshotList,
  NewSnapshot,
  NamedSnapshot,
  Restored,
  History,
  Difference,
  MarkedPage,
  NewShare,
  ChangedShare,
  ShareInfo,
  MadeShare,
  ShareList,
  ProblemDocument,
} as const
