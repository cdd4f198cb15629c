/** The carriers over HTTP, a part of the page of its own: most networks need none of it. */
export { pageAttention } from './attention.ts'
export { EventStreamCarrier } from './event-stream.ts'
export { LongPollCarrier } from './long-poll.ts'
