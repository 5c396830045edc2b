import { request } from 'undici'
import { ownRequestId } from '../own-request-id.ts'
import { type ClockOffset, clockOffset, wallClockMs } from './clocks.ts'
import { readPrometheusText } from './prometheus-text.ts'
import type { Source } from './source.ts'

/** Connections of the pools of all workers that answered. */
export interface PoolPulse {
  readonly size: number
  readonly inUse: number
  readonly idle: number
  readonly waiting: number
}

/** What the backend counts about itself. A part that it does not publish is null, never zero. */
export interface BackendPulse {
  readonly pool: PoolPulse | null
  /** Workers that are in `pool`. */
  readonly workersReporting: number | null
  /** Workers that ended unexpectedly, since the backend started. */
  readonly workerExits: number | null
  readonly redisReconnects: number | null
  /** Replies since the backend started, keyed `<method> <route template> <status>`. */
  readonly requests: Readonly<Record<string, number>> | null
  /** Its clock minus ours, from the `Date` of its answer; absent: it does not say its time. */
  readonly clock?: ClockOffset
}

/** Beginnings of the names that {@link readBackendMetrics} reads; what is not among them is null there, and never zero. */
const WANTED = ['http_requests_total', 'db_pool_', 'workers_reporting', 'worker_exits_total', 'redis_reconnects_total']

/** `Date` of HTTP says whole seconds, cut off: the real time is up to this much later. */
const HTTP_DATE_MS = 1_000

/** Ask the backend for its own metrics at this URL, directly and not through its proxy. */
export function backendPulse(metricsUrl: () => string): Source<BackendPulse> {
  return {
    async look(signal) {
      const askedMs = wallClockMs()
      const response = await request(metricsUrl(), { headers: { 'x-request-id': ownRequestId() }, signal })
      const answeredMs = wallClockMs()
      const text = await response.body.text()
      if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text.slice(0, 200)}`)
      const saidMs = Date.parse(String(response.headers.date))
      const { offsetMs, errorMs } = clockOffset(saidMs + HTTP_DATE_MS / 2, askedMs, answeredMs)
      const clock = { offsetMs, errorMs: errorMs + HTTP_DATE_MS / 2 }
      return { ...readBackendMetrics(text), ...(Number.isFinite(saidMs) ? { clock } : {}) }
    },
    async [Symbol.asyncDispose]() {
      // undici's own agent closes idle connections.
    },
  }
}

/** @param text Prometheus text with the metrics that `docs/observability.md` lists. */
export function readBackendMetrics(text: string): BackendPulse {
  const sums = new Map<string, number>()
  const requests: Record<string, number> = {}
  for (const { name, labels, value } of readPrometheusText(text, WANTED)) {
    if (name === 'http_requests_total') requests[`${labels.method} ${labels.route} ${labels.status_code}`] = value
    else sums.set(name, (sums.get(name) ?? 0) + value)
  }
  const sum = (name: string): number | null => sums.get(name) ?? null
  const [size, inUse, idle, waiting] = ['size', 'in_use', 'idle', 'waiting'].map((part) => sum(`db_pool_${part}`))
  const complete = size != null && inUse != null && idle != null && waiting != null
  return {
    pool: complete ? { size, inUse, idle, waiting } : null,
    workersReporting: sum('workers_reporting'),
    workerExits: sum('worker_exits_total'),
    redisReconnects: sum('redis_reconnects_total'),
    // Published, though nothing was counted yet, is an empty record; not published is null.
    requests: Object.keys(requests).length > 0 || text.includes('# TYPE http_requests_total ') ? requests : null,
  }
}
