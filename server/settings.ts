/**
 * Every setting, in one table. From it come the names in the environment, the flags, the help, the table in
 * docs/operations.md and the type of the configuration.
 */
import { isIP } from 'node:net'
import type { AllowedPictures } from '#shared/schema/pictures.ts'
import {
  flag,
  limit,
  missing,
  origins,
  publicUrl,
  type Setting,
  text,
  webUrl,
  wholeNumber,
} from './setting.ts'

const MAX_READ_BYTES = 2 ** 31 - 1
/** Of AUTH_SECRET: as many as its hash has. */
const SECRET_BYTES = 32
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LEVELS)[number]

export const settings = {
  host: {
    name: 'HOST',
    fallback: '127.0.0.1',
    expects: 'a host name or an IP address',
    does: 'Where to listen. Anything but loopback needs ALLOW_OPEN_NETWORK while nobody has to sign in.',
    parse: (text: string) =>
      isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) ? text : undefined,
  },
  port: {
    name: 'PORT',
    fallback: '8787',
    expects: 'a whole number from 0 to 65535',
    does: 'The port to listen on; 0 picks a free one.',
    parse: (text: string) => wholeNumber(text, 65_535),
  },
  dataDir: text('DATA_DIR', './data', 'the path of a folder', 'The folder that holds the documents.'),
  databaseUrl: missing('DATABASE_URL', 'documents are kept with SQLite in DATA_DIR'),
  redisUrl: missing('REDIS_URL', 'one process serves all documents'),
  authSecret: {
    name: 'AUTH_SECRET',
    fallback: '',
    expects: `at least ${SECRET_BYTES} bytes that nobody can guess; \`npm run vellum -- token --secret\` makes one`,
    does: 'The secret that tokens are signed with (HS256). With it, or with AUTH_JWKS_URL, everybody has to say who they are; without both the server is open to all who reach it.',
    parse: (text: string) =>
      text === '' ? null : Buffer.byteLength(text) >= SECRET_BYTES ? text : undefined,
    isSecret: true,
  },
  authJwksUrl: {
    name: 'AUTH_JWKS_URL',
    fallback: '',
    expects: 'the http or https URL of a JSON Web Key Set',
    does: 'Where the public keys are of those who make tokens (RS256, PS256, ES256, EdDSA and their kin).',
    parse: (text: string) => (text === '' ? null : webUrl(text)?.href),
  },
  authAudience: {
    name: 'AUTH_AUDIENCE',
    fallback: '',
    expects: 'text of 1 to 255 characters',
    does: 'What the `aud` of every token has to name. Without it, a token that has an `aud` is for somebody else and is refused.',
    parse: (text: string) => (text === '' ? null : text.length <= 255 ? text : undefined),
  },
  auditLog: text(
    'AUDIT_LOG',
    '',
    'the path of a file',
    'A file to which is added, a line of JSON each, who was let in to which document, who was refused, and who changed what others may. Without it such lines go to standard error, with a mark in place of the document.',
  ),
  allowOpenNetwork: flag(
    'ALLOW_OPEN_NETWORK',
    'Listen beyond loopback although everybody who reaches the server may read and write every document. It is then reached by an address, a name without a dot or under `.local`, `.lan`, `.internal` or `.home.arpa`, and by that of `PUBLIC_URL`.',
  ),
  allowedOrigins: {
    name: 'ALLOWED_ORIGINS',
    fallback: '',
    expects: 'origins such as https://notes.example, separated by commas',
    does: "Pages of which origins may connect, and read what the API answers, besides the server's own.",
    parse: origins,
  },
  allowedPictures: {
    name: 'ALLOWED_PICTURES',
    fallback: '',
    expects: 'origins such as https://pictures.example, separated by commas, or * for all over https',
    does: "From where pictures in documents are loaded, besides the server's own origin. Whoever is shown one tells its host that they read; others are shown as their words, with a link.",
    parse: (text: string): AllowedPictures | undefined => (text === '*' ? '*' : origins(text)),
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    fallback: '',
    expects: 'a URL such as https://notes.example',
    does: 'The address people use, where a proxy stands in front; its origin may connect.',
    parse: publicUrl,
  },
  trustProxy: flag(
    'TRUST_PROXY',
    'Take the address of a client from the last X-Forwarded-For entry: only behind a proxy that sets it.',
  ),
  logLevel: {
    name: 'LOG_LEVEL',
    fallback: 'info',
    expects: `one of ${LEVELS.join(', ')}`,
    does: 'How much to write to standard error. Never content, tokens or document ids.',
    parse: (text: string): LogLevel | undefined => LEVELS.find((level) => level === text),
  },
  maxFrameBytes: {
    ...limit('MAX_FRAME_BYTES', 16 << 20, 'Largest frame of a client, in bytes; above it 4413.'),
    // A hello carries this number, and no reader of WebSocket frames puts together more than this.
    parse: (text: string) => wholeNumber(text, MAX_READ_BYTES, MAX_READ_BYTES),
  },
  maxDocumentBytes: limit(
    'MAX_DOCUMENT_BYTES',
    50 << 20,
    'Largest document, in bytes; above it edits are refused with 4413, but for deletions within a sixteenth more, and it can still be read.',
  ),
  maxUpdatesPerSecond: limit(
    'MAX_UPDATES_PER_SECOND',
    1000,
    'Updates one channel may send in a second; above it the server reads it more slowly.',
  ),
  maxBytesPerSecond: limit(
    'MAX_BYTES_PER_SECOND',
    8 << 20,
    "Bytes of frames one channel may send in a second, after four seconds' worth at once; above it the server reads it more slowly.",
  ),
  maxSignalsPerSecond: limit(
    'MAX_SIGNALS_PER_SECOND',
    1000,
    'Frames other than updates (presence, pings, questions) that one channel may send in a second; above it the server reads it more slowly.',
  ),
  maxAnswerBytesPerSecond: limit(
    'MAX_ANSWER_BYTES_PER_SECOND',
    8 << 20,
    "Bytes of answers to questions (of at least 8 KB each, but for what a channel asks first) that one address may get in a second, over all its channels, after four seconds' worth at once; above it they wait.",
  ),
  maxChannelsPerAddress: limit(
    'MAX_CHANNELS_PER_ADDRESS',
    500,
    'Channels one network address may have open; above it HTTP 429.',
  ),
  maxChannelsPerPerson: limit(
    'MAX_CHANNELS_PER_PERSON',
    100,
    'Channels one person who has signed in may have open; above it 4529.',
  ),
  maxRequestsPerSecond: limit(
    'MAX_REQUESTS_PER_SECOND',
    200,
    "Requests to /v1 in a second, of one address and of one person, after ten seconds' worth at once; above it HTTP 429 with Retry-After.",
  ),
  maxSignInsPerMinute: limit(
    'MAX_SIGN_INS_PER_MINUTE',
    600,
    'Sign-ins by one link or token, and from one address, in a minute; above it HTTP 429 with Retry-After.',
  ),
  maxNewDocumentsPerHour: limit(
    'MAX_NEW_DOCUMENTS_PER_HOUR',
    1_000,
    'Documents that may be made in an hour, from one address and by one person; above it HTTP 429, and 4529 on a channel.',
  ),
  maxNewcomers: limit(
    'MAX_NEWCOMERS',
    1_000,
    'Connections that may be open without having said a whole request, or whose WebSocket is not let in; above it the longest open of them goes.',
  ),
  maxConnectionsPerSecond: limit(
    'MAX_CONNECTIONS_PER_SECOND',
    500,
    "New connections of one address in a second (behind TRUST_PROXY its WebSockets), after ten seconds' worth at once; above it the next ones are not read until it is their turn.",
  ),
  maxMalformedPerMinute: limit(
    'MAX_MALFORMED_PER_MINUTE',
    120,
    'Connections of one address that may end in a minute over bytes that no honest client sends; above it its new ones are read one every 50 ms, and cut where more than 100 wait.',
  ),
  firstFrameWithinMs: limit(
    'FIRST_FRAME_WITHIN_MS',
    30_000,
    'Milliseconds in which a WebSocket must have said something; above it 4508.',
  ),
  maxHeldRequests: limit(
    'MAX_HELD_REQUESTS',
    10_000,
    'Event streams and held polls that may be open at once; above it HTTP 503.',
  ),
  maxPostedBytes: limit(
    'MAX_POSTED_BYTES',
    256 << 20,
    'Bytes of posts and of answers that may be in memory at once; above it HTTP 503.',
  ),
  maxContentWaiting: limit(
    'MAX_CONTENT_WAITING',
    200,
    'Requests to read, write or compare content that one person, or one address of people nobody knows, may have waiting at once; above it HTTP 429 with Retry-After.',
  ),
  eraseAfterDays: {
    name: 'ERASE_AFTER_DAYS',
    fallback: '30',
    expects: 'a whole number of days, or never',
    does: 'How long what a deleted document held is kept before it is erased; 0 erases it within the hour.',
    parse: (text: string) => (text === 'never' ? Number.POSITIVE_INFINITY : wholeNumber(text, 36_500)),
  },
  mergeAfterDays: {
    name: 'MERGE_AFTER_DAYS',
    fallback: 'never',
    expects: 'a whole number of days, or never',
    does: 'How long single entries of a history are kept before those that one author wrote in one go become one; never across a snapshot.',
    parse: (text: string) => (text === 'never' ? Number.POSITIVE_INFINITY : wholeNumber(text, 36_500)),
  },
  keepSnapshots: {
    name: 'KEEP_SNAPSHOTS',
    fallback: 'true',
    expects: 'true or false',
    does: 'Keep a snapshot of documents that change, at most one an hour: all of the last day, one a day of the last thirty, one a week before.',
    parse: (text: string) => (text === 'true' ? true : text === 'false' ? false : undefined),
  },
  maxRooms: limit('MAX_ROOMS', 10_000, 'Documents that may be open at once; above it 4503.'),
  maxNewClientsPerMinute: limit(
    'MAX_NEW_CLIENTS_PER_MINUTE',
    120,
    'Client ids never seen before that one channel may bring in a minute while it edits; above it the server reads it more slowly.',
  ),
  maxPartialBytes: limit(
    'MAX_PARTIAL_BYTES',
    128 << 20,
    'Bytes of unfinished frames that all channels together may have sent; above it the largest are not read for a while, then ended with 4508.',
  ),
  maxWaitingBytes: limit(
    'MAX_WAITING_BYTES',
    256 << 20,
    'Bytes of edits that may wait for the disk or for a worker, of all channels together; above it those with more than an even share are not read until half is stored.',
  ),
  lookAtLogMs: limit(
    'LOOK_AT_LOG_MS',
    4000,
    'Milliseconds between two looks of an open document at its log, for what other programs wrote there while nobody writes here.',
  ),
  maxWorkerMsPerSecond: limit(
    'MAX_WORKER_MS_PER_SECOND',
    250,
    "Milliseconds of a worker thread that what one channel sends may take in a second (large updates, comparisons, differences), after 20 seconds' worth at once; above it the server reads it more slowly.",
  ),
  channelQueueBytes: limit(
    'CHANNEL_QUEUE_BYTES',
    1 << 20,
    'Bytes that may wait for one slow channel; above it the queue is dropped and made good by one catch-up.',
  ),
  presenceBytes: limit(
    'PRESENCE_BYTES',
    4 << 10,
    'Largest presence (name, colour, caret) of one client, in bytes; larger ones are dropped.',
  ),
} as const satisfies Record<string, Setting<unknown>>
