import type { History } from '../checkers/checker.ts'
import { type LatencyHistogram, latencyHistogram, percentileMs, recordUs } from '../load/histogram.ts'
import type { Outside } from '../load/thresholds.ts'
import type { Verdict } from '../verdict.ts'
import { conclude, touchesFault } from './observed.ts'
import type { CapturedLog } from './request-log.ts'

/** The check, without its answer. */
export const SERVER_CLIENT_GAP = {
  id: 'server-sees-what-candidates-see',
  title: 'The backend knows how slow it is: its own response times are near those of candidates',
  gate: 'audit-logs',
} as const

/** What the backend itself calls slow: the SLO of a response. */
const SLOW_REQUEST_MS = 500
/** A bigger gap lies between backend and candidates, where the backend's own figures are blind. */
const MAX_GAP_MS = 500
/** The highest percentile that the number of replies supports is compared. */
const PERCENTILES = [0.99, 0.95] as const

/**
 * Response times as candidates measured them (from the actual send) less those that the backend logged for the very
 * same requests, at the same percentile. A gap above 500 ms is a near miss, not a violation: candidates' own times are
 * judged by `response-time`. (A test vendor's servers reported up to 250 ms on 5 March 2025 while its load balancer
 * turned candidates away.)
 *
 * How many of them the backend itself logged as slower than 500 ms is counted beside it.
 *
 * Outside the barrier, where connections queue before the backend sees them, and outside faults.
 */
export function judgeServerClientGap(history: History, captured: CapturedLog, outside: readonly Outside[]): Verdict {
  const client = latencyHistogram()
  const server = latencyHistogram()
  let slow = 0
  if (captured.known) {
    for (const { requestId, status, step, timeUs, completedUs } of history.operations()) {
      if (status === undefined || completedUs === null || step === 'start-burst') continue
      if (touchesFault(outside, timeUs, completedUs)) continue
      const logged = captured.log.requests.get(requestId)
      if (logged === undefined || !Number.isFinite(logged.durationMs)) continue
      recordUs(client, completedUs - timeUs)
      recordUs(server, logged.durationMs * 1_000)
      if (logged.durationMs > SLOW_REQUEST_MS) slow += 1
    }
  }
  const compared = compare(client, server)
  const gap = captured.known
    ? compared === undefined
      ? `n too small: ${client.totalCount} replies with a line in the log`
      : undefined
    : captured.reason
  return conclude(SERVER_CLIENT_GAP, [], gap, {
    counts: {
      compared: client.totalCount,
      ...(captured.known ? { slowInLog: slow } : {}),
      ...(compared === undefined ? {} : { clientMs: round(compared.clientMs), serverMs: round(compared.serverMs) }),
    },
    figures: [
      {
        label: `candidates' ${compared?.name ?? 'p99'} less the backend's`,
        measured: compared === undefined ? null : compared.clientMs - compared.serverMs,
        limit: MAX_GAP_MS,
        unit: 'ms',
        bad: 'above',
      },
    ],
  })
}

function compare(client: LatencyHistogram, server: LatencyHistogram) {
  for (const percentile of PERCENTILES) {
    const clientMs = percentileMs(client, percentile)
    const serverMs = percentileMs(server, percentile)
    if (clientMs !== null && serverMs !== null) return { name: `p${percentile * 100}`, clientMs, serverMs }
  }
  return undefined
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
