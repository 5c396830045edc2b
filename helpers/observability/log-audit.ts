import type { Expectations, History } from '../checkers/checker.ts'
import { collectFindings, type Findings, unknownVerdict } from '../checkers/violations.ts'
import type { Operation } from '../history/operation.ts'
import type { Outside } from '../load/thresholds.ts'
import type { PlatformHealth } from '../platform/exam-platform.ts'
import type { Verdict } from '../verdict.ts'
import { touchesFault } from './observed.ts'
import { type RouteTable, routeOf } from './reference-routes.ts'
import type { CapturedLog, LoggedRequest, RequestLog } from './request-log.ts'

const REPLIES = {
  id: 'replies-in-log',
  title: 'Every reply that a candidate received is in the log, with its request id and the same status',
  gate: 'audit-logs',
} as const

const FAILURES = {
  id: 'no-silent-failures',
  title: 'Every request that failed is in the log, or a fault explains why it never got there',
  gate: 'no-silent-failures',
} as const

const FIELDS = {
  id: 'log-fields',
  title: 'Every request is logged with its id, method, route, status, duration and user',
  gate: 'audit-logs',
} as const

/** Ends that the candidate or the rehearsal itself brought about; the backend need not know of them. */
const ENDED_BY_CANDIDATE: ReadonlySet<string> = new Set([
  'abort-before-send',
  'client-abort',
  'generator-exhausted',
  'open-at-end',
])

export interface LogAudit {
  readonly history: History
  readonly expectations: Expectations
  readonly captured: CapturedLog
  readonly routes: RouteTable
  /** Addresses that are asked without a log-in; absent: none is known, and every line must have a request id. */
  readonly health?: PlatformHealth | undefined
  /** Faults with their recoveries: a request that touches one may never have reached the backend. */
  readonly outside: readonly Outside[]
  /**
   * When the generator was in trouble or others had the machine: a request that nobody answered then may have waited for a
   * processor until the candidate gave up, and the backend never saw it.
   */
  readonly troubled: readonly Outside[]
}

/** The checks of the log, without their answers. */
export const LOG_CHECKS = [REPLIES, FAILURES, FIELDS] as const

/**
 * Hold what candidates saw against what the backend wrote down. All of it is unknown when the log was not captured, and
 * what the log does not reach back to is unknown, never missing.
 */
export function auditLog(audit: LogAudit): readonly Verdict[] {
  const { captured } = audit
  const missing = captured.known ? (isEmpty(captured.log) ? 'the log is empty' : undefined) : captured.reason
  if (!captured.known || missing !== undefined) {
    return LOG_CHECKS.map((check) => unknownVerdict(check, missing ?? 'the log was not captured'))
  }
  return [judgeReplies(audit, captured.log), judgeFailures(audit, captured.log), judgeFields(audit, captured.log)]
}

function isEmpty(log: RequestLog): boolean {
  return log.requestLines + log.otherLines + log.unreadableLines === 0
}

function judgeReplies({ history, expectations }: LogAudit, log: RequestLog): Verdict {
  const findings = collectFindings(REPLIES, history, expectations)
  const reachesBack = reachOf(log, expectations)
  let replies = 0
  let found = 0
  for (const operation of history.operations()) {
    if (operation.status === undefined) continue
    replies += 1
    const logged = log.requests.get(operation.requestId)
    if (logged?.status === operation.status) found += 1
    else if (logged === undefined && !reachesBack(operation)) findings.undecided(BEFORE_THE_LOG)
    else findings.add({ ...about(operation), summary: describeMissing(operation, logged) })
  }
  if (replies === 0) findings.undecided('no candidate received a reply')
  if (!history.complete) findings.undecided('the history is not complete')
  return findings.conclude({ replies, found, requestLines: log.requestLines, otherLines: log.otherLines })
}

function judgeFailures({ history, expectations, outside, troubled }: LogAudit, log: RequestLog): Verdict {
  const findings = collectFindings(FAILURES, history, expectations)
  const reachesBack = reachOf(log, expectations)
  const counts = {
    operations: 0,
    failures: 0,
    withStatus: 0,
    logged: 0,
    duringFaults: 0,
    duringTrouble: 0,
    endedByCandidate: 0,
    unexplained: 0,
  }
  for (const operation of history.operations()) {
    counts.operations += 1
    if (operation.outcome === 'ok' || operation.reason === 'superseded') continue
    counts.failures += 1
    if (operation.status !== undefined) counts.withStatus += 1
    const logged = log.requests.get(operation.requestId)
    if (logged !== undefined && (operation.status === undefined || logged.status === operation.status)) {
      counts.logged += 1
    } else if (operation.status !== undefined) {
      addSilent(findings, operation, logged, reachesBack)
    } else if (ENDED_BY_CANDIDATE.has(operation.reason)) {
      counts.endedByCandidate += 1
    } else if (touchesFault(outside, operation.timeUs, operation.completedUs ?? operation.timeUs)) {
      counts.duringFaults += 1
    } else if (touchesFault(troubled, operation.timeUs, operation.completedUs ?? operation.timeUs)) {
      counts.duringTrouble += 1
      findings.undecided(IN_TROUBLE)
    } else {
      counts.unexplained += 1
      addSilent(findings, operation, logged, reachesBack)
    }
  }
  if (counts.operations === 0) findings.undecided('there is no operation to audit')
  if (!history.complete) findings.undecided('the history is not complete')
  return findings.conclude(counts)
}

function addSilent(
  findings: Findings,
  operation: Operation,
  logged: LoggedRequest | undefined,
  reachesBack: (operation: Operation) => boolean,
): void {
  if (logged === undefined && !reachesBack(operation)) findings.undecided(BEFORE_THE_LOG)
  else findings.add({ ...about(operation), summary: describeMissing(operation, logged) })
}

function judgeFields({ history, expectations, routes, health }: LogAudit, log: RequestLog): Verdict {
  const findings = collectFindings(FIELDS, history, expectations)
  const unasked = routesThatNoCandidateAsks(routes, health)
  let incomplete = 0
  let ofOthers = 0
  for (const [route, lines] of [['', log.incomplete] as const, ...log.withoutId]) {
    if (unasked.has(route)) {
      ofOthers += lines.count
      continue
    }
    incomplete += lines.count
    for (let index = 0; index < lines.count; index += 1) {
      findings.add({ summary: `a request is logged ${lines.examples[index] ?? 'incompletely, like those before'}` })
    }
  }
  const userOf = new Map<string, string>()
  const candidateOf = new Map<string, string>()
  let attributed = 0
  const refused: { readonly operation: Operation; readonly userId: string }[] = []
  for (const operation of history.operations()) {
    const logged = log.requests.get(operation.requestId)
    if (operation.status === undefined || logged === undefined || !routeOf(routes, operation.f).authenticated) continue
    const { candidate } = operation
    if (operation.outcome !== 'ok') {
      if (logged.userId !== null) refused.push({ operation, userId: logged.userId })
      continue
    }
    if (logged.userId === null) {
      findings.add({ ...about(operation), summary: `${candidate}: ${operation.f} is logged without who asked` })
      continue
    }
    attributed += 1
    const user = userOf.get(candidate) ?? logged.userId
    const owner = candidateOf.get(logged.userId) ?? candidate
    userOf.set(candidate, user)
    candidateOf.set(logged.userId, owner)
    if (user !== logged.userId || owner !== candidate) {
      findings.add({ ...about(operation), summary: `${candidate}: ${operation.f} is logged as done by another user` })
    }
  }
  // Of what was refused nobody need be known, or in whatever words that is said; but nobody else must have asked.
  for (const { operation, userId } of refused) {
    const owner = candidateOf.get(userId)
    if (owner !== undefined && owner !== operation.candidate) {
      const { candidate, f } = operation
      findings.add({ ...about(operation), summary: `${candidate}: ${f} is logged as done by another user` })
    }
  }
  if (log.requestLines === 0) findings.undecided('the log has no line of a request')
  if (attributed === 0) findings.undecided('no line could be traced to a candidate')
  return findings.conclude({ requestLines: log.requestLines, incomplete, ofOthers, attributed })
}

/**
 * `GET /health`: what is asked for by whoever watches over the platform, as a container's own health check does, and by no
 * candidate. Such a request need not have an id; those of the rehearsal have one.
 */
function routesThatNoCandidateAsks(routes: RouteTable, health: PlatformHealth | undefined): ReadonlySet<string> {
  const asked = new Set(Object.values(routes).map(({ method, route }) => `${method} ${route}`))
  const paths = health === undefined ? [] : [health.ready, health.live, health.metrics]
  const watched = paths.flatMap((path) => (path === undefined ? [] : [`GET ${path.split('?')[0]}`]))
  return new Set(watched.filter((route) => !asked.has(route)))
}

const IN_TROUBLE =
  'a request got no answer and is not in the log, while the generator was in trouble or others had the machine'
const BEFORE_THE_LOG = 'the log does not reach back to the first request: the engine has dropped its beginning'

/** Whether the log would have the request: engines that rotate logs drop the oldest lines first. */
function reachOf(log: RequestLog, { epoch }: Expectations): (operation: Operation) => boolean {
  if (log.firstTimeMs === null || epoch === undefined) return () => true
  const fromUs = (log.firstTimeMs - Date.parse(epoch.wall)) * 1_000
  return ({ timeUs }) => timeUs >= fromUs
}

function describeMissing({ candidate, f, requestId, status, reason }: Operation, logged: LoggedRequest | undefined) {
  const seen = status === undefined ? reason : `status ${status}`
  const said = logged === undefined ? 'is not in the log' : `is in the log with status ${logged.status}`
  return `${candidate}: ${f} ended with ${seen}, and request ${requestId} ${said}`
}

function about(operation: Operation) {
  const { candidate, session, question, index } = operation
  return { candidate, session, question, provedBy: (other: Operation) => other.index === index }
}
