/**
 * Every way a channel can end or a frame can be refused, in one table.
 * 4400–4499 are final for a client; 4500–4599 mean come back later, with back-off.
 * The same numbers stand in close frames, in `refused` frames and in problem documents.
 */
export const codes = {
  malformed: {
    code: 4400,
    meaning: 'bytes that are not a frame, or an update that is not one',
    client: 'stops',
  },
  unauthenticated: { code: 4401, meaning: 'who are you', client: 'stops, asks the person to sign in' },
  forbidden: { code: 4403, meaning: 'not allowed', client: 'stops, keeps its edits on the device' },
  deleted: { code: 4404, meaning: 'the document was deleted', client: 'stops, offers a copy' },
  conflict: {
    code: 4409,
    meaning: 'client id of somebody else, other content, other epoch',
    client: 'stops, offers a copy',
  },
  tooBig: { code: 4413, meaning: 'a frame, an update or the document is too big', client: 'stops, says so' },
  tooOld: {
    code: 4426,
    meaning: 'the client is too old for this document',
    client: 'stops, asks for a reload',
  },
  restarting: { code: 4503, meaning: 'restarting or overloaded', client: 'comes back with back-off' },
  tooSlow: {
    code: 4508,
    meaning: 'did not read or did not finish in time',
    client: 'comes back with back-off',
  },
  tooFast: { code: 4529, meaning: 'too many frames, bytes or channels', client: 'comes back with back-off' },
} as const satisfies Record<string, { code: number; meaning: string; client: string }>

export type CodeName = keyof typeof codes
export type Code = (typeof codes)[CodeName]['code']

const names = new Map<number, CodeName>(
  (Object.keys(codes) as CodeName[]).map((name) => [codes[name].code, name]),
)

/** What a code is called here; undefined for one that is none of ours. */
export function nameOf(code: number): CodeName | undefined {
  return names.get(code)
}

/** True for the codes after which a client must not come back by itself. */
export function isFinal(code: number): boolean {
  return code >= 4400 && code <= 4499
}

/** True for the codes with which the server asks a client to come back later. */
export function isComeBack(code: number): boolean {
  return code >= 4500 && code <= 4599
}
