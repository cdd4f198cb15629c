/**
 * Mistakes that somebody could make, planted from outside. A simulation that does not find them proves nothing.
 * Each takes the place of a part of the product; none of the product's code knows of them.
 */
import { Outbox, type Push } from '#client/document/outbox.ts'
import { type Batch, type BatchResult, type Log, NotSaved } from '#server/log/port.ts'
import type { Channel } from '#server/room/channel.ts'
import { Packet } from '#server/room/packet.ts'
import type { Frame, Unknown } from '#shared/frame.ts'
import { seq } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { carrierMutants } from './carrier-mutants.ts'
import type { Parts } from './world.ts'

const ALL = Number.MAX_SAFE_INTEGER

/** The log's answer before the log has it. */
function hasty(log: Log): Log {
  let last: Promise<unknown> = Promise.resolve()
  return with_(log, {
    commit: (group) => {
      last = last.then(() => log.commit(group)).catch(() => undefined)
      return Promise.resolve(group.map(claimed))
    },
  })
}

function claimed({ head, entries }: Batch): BatchResult {
  return { kind: 'committed', from: seq(head + 1), to: seq(head + entries.length), time: 0 }
}

function with_(log: Log, changes: Partial<Log>): Log {
  return new Proxy(log, {
    get(real, name) {
      const value: unknown = Reflect.get(name in changes ? changes : real, name)
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
}

/** A server's channel whose outgoing frames a mutant leaves out. */
function outgoing(keep: (frame: Frame | Unknown) => boolean): (channel: Channel) => Channel {
  return (channel) => ({
    dialect: channel.dialect,
    get queuedBytes() {
      return channel.queuedBytes
    },
    send: (packet) => channel.send(new Packet(packet.frames.filter((bytes) => keep(decodeFrame(bytes))))),
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    close: (code, reason) => channel.close(code, reason),
  })
}

class ForgetsOnDisconnect extends Outbox {
  override begin(): void {
    super.begin()
    this.acknowledge(0, ALL)
  }
}

class ForgetsWhenSent extends Outbox {
  override take(): Push | null {
    const push = super.take()
    if (push !== null) this.acknowledge(push.number, push.number)
    return push
  }
}

class NeverRepeats extends Outbox {
  override begin(): void {
    // What was sent once is not sent again.
  }
}

class ForgetsUnsent extends Outbox {
  override begin(): void {
    super.begin()
    const oldest = this.oldest
    for (let push = this.take(); push !== null && push.number - oldest < 2; push = this.take());
    super.begin()
    this.acknowledge(oldest + 2, ALL)
  }
}

class SkipsGaps extends Outbox {
  override record(update: Uint8Array): void {
    // Every twentieth change never reaches the outbox.
    this.#count += 1
    if (this.#count % 20 !== 0) super.record(update)
  }
  #count = 0
}

export const mutants: Readonly<Record<string, Parts>> = {
  'acknowledges before the commit': { log: hasty },

  'takes a full disk for a commit': {
    log: (log) =>
      with_(log, {
        commit: async (group) => {
          try {
            return await log.commit(group)
          } catch (error) {
            if (!(error instanceof NotSaved)) throw error
            return group.map(claimed)
          }
        },
      }),
  },

  'stores a group but for its last entry': {
    log: (log) => {
      let count = 0
      return with_(log, {
        commit: (group) => {
          count += 1
          const [first, ...rest] = group
          if (count % 5 !== 0 || first === undefined || first.entries.length < 2) return log.commit(group)
          return log.commit([{ ...first, entries: first.entries.slice(0, -1) }, ...rest]).then((results) => {
            return results.map((result, i) =>
              i === 0 && result.kind === 'committed' ? claimed(first) : result,
            )
          })
        },
      })
    },
  },

  'forgets after a restart which pushes it has, and what it has said': {
    log: (log) =>
      with_(log, { outline: async (document) => ({ ...(await log.outline(document)), head: seq(1) }) }),
  },

  'forwards before the commit': {
    onUp: (bytes, _, others) => {
      const frame = decodeFrame(bytes)
      if (frame.type !== 'push' && frame.type !== 'update') return
      for (const other of others) other.slip(encodeFrame({ type: 'update', update: frame.update }))
    },
  },

  'acknowledges what arrives': {
    onUp: (bytes, _, __, self) => {
      const frame = decodeFrame(bytes)
      if (frame.type !== 'push') return
      self.slip(encodeFrame({ type: 'ack', session: frame.session, from: frame.number, to: frame.number }))
    },
  },

  'acknowledges a whole outbox when its client resumes': {
    onUp: (bytes, _, __, self) => {
      const frame = decodeFrame(bytes)
      if (frame.type !== 'resume') return
      for (const { session, oldest } of frame.sessions)
        self.slip(encodeFrame({ type: 'ack', session, from: oldest, to: ALL }))
    },
  },

  'lets an acknowledgement be lost now and then': {
    channel: everyNth(7, 'ack'),
  },

  'drops the outbox on a disconnect': { outbox: (session) => new ForgetsOnDisconnect(session) },
  'takes sent for saved': { outbox: (session) => new ForgetsWhenSent(session) },
  'sends nothing a second time': { outbox: (session) => new NeverRepeats(session) },
  'keeps only the oldest pushes over a disconnect': { outbox: (session) => new ForgetsUnsent(session) },
  'misses a change': { outbox: (session) => new SkipsGaps(session) },

  ...carrierMutants,
}

function everyNth(n: number, type: Frame['type']): (channel: Channel) => Channel {
  let count = 0
  return outgoing((frame) => {
    if (frame.type !== type) return true
    count += 1
    return count % n !== 0
  })
}
