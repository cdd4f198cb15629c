/**
 * What Node knows of its own process, asked for when somebody reads.
 *
 * Not prom-client's own set: that watches every garbage collection and wakes up fifty times a second to measure the
 * event loop's delay, which at rest is most of what the server does.
 */
import { performance } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'

export function processMetrics(registry: Registry): void {
  const registers = [registry]
  const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ['process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss()],
    ['nodejs_heap_size_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed],
    ['nodejs_external_memory_bytes', 'Memory of buffers', () => process.memoryUsage().external],
    [
      'nodejs_eventloop_utilization',
      'Share of its time that the event loop was busy, since the last reading',
      utilization(),
    ],
  ]
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of all threads',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
}

function utilization(): () => number {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization: share } = performance.eventLoopUtilization(now, last)
    last = now
    return share
  }
}
