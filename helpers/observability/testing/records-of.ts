import type { Expectations } from '../../checkers/checker.ts'
import { historyOf } from '../../history/history-of.ts'
import type { HistoryEvent, OperationName } from '../../history/operation.ts'
import type { Outcome } from '../../history/outcome.ts'
import { REFERENCE_ROUTES, type RouteTable, routeOf } from '../reference-routes.ts'
import { type CapturedLog, readRequestLog } from '../request-log.ts'

/** One request of a hand-written day, with what the candidate saw and what the backend wrote down. */
export interface Told {
  readonly f?: OperationName
  readonly candidate?: string
  readonly outcome?: Outcome
  readonly reason?: string
  /** null: no reply. */
  readonly status?: number | null
  readonly sentS?: number
  readonly tookMs?: number
  /** Fields of its log line that differ; null: no line at all. */
  readonly logged?: Readonly<Record<string, unknown>> | null
}

/** Those of the reference, as if its log-in had two steps. */
const ROUTES: RouteTable = {
  ...REFERENCE_ROUTES,
  'open-login': { method: 'GET', route: '/v1/auth/login', authenticated: false },
}

const WALL = '2026-03-02T08:00:00.000Z'

export const EXPECTATIONS: Expectations = {
  candidates: ['c-1', 'c-2'],
  minimumOk: {},
  graceSeconds: 0,
  epoch: { monotonicNs: '0', wall: WALL },
}

/** A day of these requests, one a second, and its log; every request is answered and logged unless told otherwise. */
export function recordsOf(requests: readonly Told[], options: { readonly logStartsS?: number } = {}) {
  const events: HistoryEvent[] = []
  const lines: string[] = [lineOf(options.logStartsS ?? 0, { event: 'worker.listening' })]
  requests.forEach((request, position) => {
    const { f = 'save-answer', candidate = 'c-1', outcome = 'ok', tookMs = 20, status = 200, logged = {} } = request
    const sentS = request.sentS ?? position + 1
    const requestId = `r-${position}`
    const timeUs = sentS * 1e6
    const invocation = events.length
    events.push({
      type: 'invoke',
      index: invocation,
      timeUs,
      intendedUs: timeUs,
      candidate,
      connection: 'main',
      f,
      step: 'steady',
      requestId,
      attempt: 1,
    })
    events.push({
      type: outcome,
      index: invocation + 1,
      timeUs: timeUs + tookMs * 1_000,
      invocation,
      reason: request.reason ?? 'success',
      ...(status === null ? {} : { status }),
    })
    if (logged === null) return
    const { method, route } = routeOf(ROUTES, f)
    lines.push(
      lineOf(sentS, {
        event: 'request',
        request_id: requestId,
        method,
        route,
        status_code: status ?? 200,
        duration_ms: 10,
        user_id: `user-of-${candidate}`,
        ...logged,
      }),
    )
  })
  const captured: CapturedLog = { known: true, log: readRequestLog(lines.join('\n')) }
  return {
    history: historyOf(events),
    captured,
    expectations: EXPECTATIONS,
    routes: ROUTES,
    outside: [],
    troubled: [],
  }
}

function lineOf(second: number, fields: object): string {
  return JSON.stringify({
    time: new Date(Date.parse(WALL) + second * 1_000).toISOString(),
    severity: 'info',
    ...fields,
  })
}
