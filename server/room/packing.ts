/** States on their way to and from the disk, deflated: on the threads the platform keeps for it, never on the event loop. */
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)
/** Of a long text half the bytes go at this level; higher ones take twice the time for a tenth more. */
const LEVEL = 4

export async function packed(state: Uint8Array): Promise<Uint8Array> {
  return deflate(state, { level: LEVEL })
}

/** Rejects where the bytes are not what `packed` gave. */
export async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  return inflate(bytes)
}
