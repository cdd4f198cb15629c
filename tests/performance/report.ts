/** What was measured, as Markdown. */
import type { Used } from './measured-server.ts'

/** Edits going in. */
export interface Typing {
  readonly scenario: string
  readonly edits: number
  /** Edits times the channels they went to, their authors' not counted. */
  readonly deliveries: number
  readonly latenciesMs: readonly number[]
  readonly used: Used
}

/** Channels that come, until they hold everything. */
export interface Coming {
  readonly scenario: string
  readonly channels: number
  /** Bytes of frames the server sent for it. */
  readonly bytes: number
  readonly used: Used
}

export function typingTable(rows: readonly Typing[]): string {
  return table(
    [
      'typing',
      'edits',
      'deliveries',
      'edits/s',
      'ack p50 ms',
      'ack p95 ms',
      'ack p99 ms',
      'server CPU µs/edit',
      'server CPU µs/delivery',
      'load busy %',
    ],
    rows.map(({ scenario, edits, deliveries, latenciesMs, used }) => [
      scenario,
      String(edits),
      String(deliveries),
      (edits / (used.ms / 1000)).toFixed(0),
      ...[0.5, 0.95, 0.99].map((share) => quantile(latenciesMs, share).toFixed(1)),
      (used.cpuUs / edits).toFixed(1),
      deliveries === 0 ? '–' : (used.cpuUs / deliveries).toFixed(2),
      (used.loadBusy * 100).toFixed(0),
    ]),
  )
}

export function comingTable(rows: readonly Coming[]): string {
  return table(
    ['coming', 'channels', 'ms', 'server CPU ms/channel', 'bytes/channel', 'MB sent', 'load busy %'],
    rows.map(({ scenario, channels, bytes, used }) => [
      scenario,
      String(channels),
      used.ms.toFixed(1),
      (used.cpuUs / 1000 / channels).toFixed(2),
      (bytes / channels).toFixed(0),
      (bytes / 1e6).toFixed(3),
      (used.loadBusy * 100).toFixed(0),
    ]),
  )
}

/** The value below which this share of the values lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return `${line(head)}${line(rule)}${rows.map(line).join('')}\n`
}
