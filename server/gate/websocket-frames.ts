/** Ready frames as the protocol lays them out (RFC 6455, 5.2: final, binary, unmasked), end to end in one buffer. */
export function layMessages(frames: readonly Uint8Array[]): Uint8Array {
  let total = 0
  for (const { length } of frames) total += length + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
  const bytes = Buffer.allocUnsafe(total)
  let at = 0
  for (const frame of frames) {
    const { length } = frame
    bytes[at] = 0x82
    if (length < 126) bytes[at + 1] = length
    else if (length < 65_536) {
      bytes[at + 1] = 126
      bytes.writeUInt16BE(length, at + 2)
    } else {
      bytes[at + 1] = 127
      bytes.writeBigUInt64BE(BigInt(length), at + 2)
    }
    at += length < 126 ? 2 : length < 65_536 ? 4 : 10
    bytes.set(frame, at)
    at += length
  }
  return bytes
}
