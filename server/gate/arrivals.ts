/** Connections as they come, before a byte of them is read: whose turn it is not yet is not read. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { addressOf } from './address.ts'
import type { Turns } from './turns.ts'

export interface ArrivalsOptions {
  readonly server: Server
  readonly turns: Turns
  /** Every connection is a proxy's then, and who comes over it is known once a request is read. */
  readonly trustProxy: boolean
}

/** Also gives every connection a listener for its errors: a reset in the middle of a handshake must not reach the process. */
export function watchArrivals({ server, turns, trustProxy }: ArrivalsOptions): void {
  server.on('connection', (socket: Socket) => {
    const address = addressOf({ headers: {}, remoteAddress: socket.remoteAddress ?? '' }, false)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What the parser of requests says of bytes that are none.
      if (!trustProxy && error.code?.startsWith('HPE_')) turns.offended(address)
      socket.destroy()
    })
    if (trustProxy) return
    const turn = turns.wait(address, () => socket.resume())
    if (turn === 'now') return
    if (turn === 'full') {
      socket.resetAndDestroy()
      return
    }
    // The server of requests begins to read at the end of this turn, paused or not; then it can be stopped.
    process.nextTick(() => socket.pause())
    socket.once('close', turn)
  })
}
