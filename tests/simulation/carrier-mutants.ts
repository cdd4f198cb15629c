/** Mistakes of a client around its carriers, planted from outside; see mutants.ts. */
import { joinFrames, splitFrames } from '#client/carriers/bufs.ts'
import type { Carrier } from '#client/carriers/port.ts'
import type { LocalDocument } from '#client/document/local-document.ts'
import type { Frame, Unknown } from '#shared/frame.ts'
import { NONE, seq } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import type { Parts } from './world.ts'

const ALL = Number.MAX_SAFE_INTEGER

/** A carrier whose incoming frames a mutant changes or adds to; none drops one, undefined leaves it as it is. */
function incoming(
  change: (frame: Frame | Unknown, document: LocalDocument) => readonly Frame[] | undefined,
): (carrier: Carrier, document: LocalDocument) => Carrier {
  return (carrier, document) => ({
    name: carrier.name,
    joinsBy: carrier.joinsBy,
    quietMs: carrier.quietMs,
    open: (events, join) => {
      const pass = (bytes: Uint8Array, to: (bytes: Uint8Array) => void): void => {
        const changed = change(decodeFrame(bytes), document)
        for (const frame of changed?.map(encodeFrame) ?? [bytes]) to(frame)
      }
      return carrier.open(
        {
          opened: () => events.opened(),
          heard: () => events.heard(),
          closed: (code, reason, afterMs) => events.closed(code, reason, afterMs),
          frame: (bytes) => pass(bytes, (frame) => events.frame(frame)),
          answer: (bytes) => pass(bytes, (frame) => events.answer(frame)),
        },
        join,
      )
    },
  })
}

/**
 * Tells when a session changes over: with a channel that has had its hello beside it, it ends another one. `changed` is
 * called before the new one sends anything; `keeps` then says which of its frames it still sends.
 */
function onChange(
  changed: (document: LocalDocument) => unknown,
  keeps: (frame: Frame | Unknown, document: LocalDocument) => boolean = () => true,
): (carrier: Carrier, document: LocalDocument) => Carrier {
  const greeted = new WeakMap<LocalDocument, Set<object>>()
  return (carrier, document) => ({
    name: carrier.name,
    joinsBy: carrier.joinsBy,
    quietMs: carrier.quietMs,
    open: (events, join) => {
      const alive = greeted.get(document) ?? new Set()
      greeted.set(document, alive)
      const self = {}
      const wasBelow = alive.size > 0
      const channel = carrier.open(
        {
          opened: () => events.opened(),
          heard: () => events.heard(),
          answer: (bytes) => events.answer(bytes),
          closed: (code, reason, afterMs) => {
            alive.delete(self)
            events.closed(code, reason, afterMs)
          },
          frame: (bytes) => {
            if (decodeFrame(bytes).type === 'step2') alive.add(self)
            events.frame(bytes)
          },
        },
        join,
      )
      return {
        probe: () => channel.probe(),
        leave: () => channel.leave(),
        send: (bytes) => {
          if (!wasBelow || keeps(decodeFrame(bytes), document)) channel.send(bytes)
        },
        close: () => {
          alive.delete(self)
          if (alive.size > 0) changed(document)
          channel.close()
        },
      }
    },
  })
}

/** The last push that was under way when somebody changed over. */
const sentBefore = new WeakMap<LocalDocument, number>()

export const carrierMutants: Readonly<Record<string, Parts>> = {
  'moves its position by acknowledgements': {
    carrier: incoming((frame, document) => {
      if (frame.type !== 'ack') return undefined
      const from = document.position.seq + 1
      const to = from + frame.to - frame.from
      return [frame, { type: 'entries', from: seq(from), to: seq(to), hash: NONE, updates: [] }]
    }),
  },

  'takes synced for saved': {
    carrier: incoming((frame, document) => {
      if (frame.type === 'step2') document.outbox.acknowledge(1, ALL)
      return undefined
    }),
  },

  'changes over to a carrier that has not caught up, and takes it for whole': {
    carrier: (carrier, document) => {
      let head = seq(0)
      return incoming((frame) => {
        if (frame.type === 'hello') head = frame.head
        const isAbove = document.position.seq > 0 && frame.type === 'resumed'
        if (!isAbove) return undefined
        const { seq: at } = frame
        const skipped: Frame = { type: 'entries', from: seq(at + 1), to: head, hash: NONE, updates: [] }
        return head > at ? [frame, skipped, { type: 'step2', update: Uint8Array.of(0, 0) }] : undefined
      })(carrier, document)
    },
  },

  'drops the outbox when it changes over': {
    carrier: onChange((document) => document.outbox.acknowledge(0, ALL)),
  },

  'does not send again what was under way when it changes over': {
    carrier: onChange(
      (document) => sentBefore.set(document, document.outbox.oldest + 15),
      (frame, document) => frame.type !== 'push' || frame.number > (sentBefore.get(document) ?? 0),
    ),
  },

  'answers a POST before it is stored': {
    fetch: (fetch) => async (url, init) => {
      if (init.method !== 'POST' || !(init.body instanceof Uint8Array)) return fetch(url, init)
      const pushes = (splitFrames(init.body) ?? []).map(decodeFrame).filter(({ type }) => type === 'push')
      fetch(url, init).catch(() => {
        // The mutant has answered already.
      })
      const acks = pushes.flatMap((push) =>
        push.type === 'push'
          ? [encodeFrame({ type: 'ack', session: push.session, from: push.number, to: push.number })]
          : [],
      )
      const headers = { 'Content-Type': 'application/octet-stream', 'Stream-Next-Offset': 'later' }
      return new Response(joinFrames(acks), { headers })
    },
  },

  'jumps over a hole in the entries': {
    carrier: (carrier, document) => {
      let count = 0
      return incoming((frame) => {
        if (frame.type !== 'entries') return undefined
        count += 1
        if (count % 8 === 0) return []
        return [{ ...frame, from: seq(Math.min(frame.from, document.position.seq + 1)) }]
      })(carrier, document)
    },
  },
}
