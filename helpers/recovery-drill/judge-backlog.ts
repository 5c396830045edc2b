import { foldAnswers } from '../checkers/answer-ledger.ts'
import type { Expectations, History } from '../checkers/checker.ts'
import { boundClockDifference } from '../checkers/clock-difference.ts'
import type { Evidence, SessionRow } from '../checkers/evidence-rows.ts'
import { collectFindings, unknownVerdict } from '../checkers/violations.ts'
import { notJudged } from '../platform/not-judged.ts'
import type { Verdict } from '../verdict.ts'
import type { Outage } from './judge-drill.ts'

/** What the sweeper has on any other day. */
export const SWEEP_MS = 5_000

/** The check, without its answer. */
export const BACKLOG = {
  id: 'backlog-drained',
  title: 'Whose time ran out while the database was away was closed, scored and dated right within 5 s of its return',
  gate: 'recovery-tested',
} as const

/**
 * Sessions whose time ran out during an outage are the backlog: nobody could close them then. Each must be closed at most
 * 5 s after the first candidate was served again, or after its grace where that is later, as expired at its expiry and not at the hour of the repair, with a
 * score; nobody touched it. Unknown when no time ran out in that outage. On a platform without a log of events nothing says when
 * a session was closed: what its row proves is false, and the rest is not judged.
 *
 * @param of name of the fault that kept the sweeper from its work
 * @param sessions ids of those whose time was made to run out
 */
export function judgeBacklog(
  of: string,
  sessions: ReadonlySet<string>,
  outages: readonly Outage[],
  history: History,
  evidence: Evidence,
  expectations: Expectations,
): Verdict {
  const { answers, closingEvents } = evidence
  if (!evidence.sessions.known)
    return unknownVerdict(BACKLOG, `the sessions could not be read: ${evidence.sessions.reason}`)
  if (!answers.known) return unknownVerdict(BACKLOG, `the answers could not be read: ${answers.reason}`)
  if (!closingEvents.known && !closingEvents.absent)
    return unknownVerdict(BACKLOG, `the closing events could not be read: ${closingEvents.reason}`)
  const outage = outages.find(({ name }) => name === of)
  if (outage === undefined) return unknownVerdict(BACKLOG, `${of} was not played`)
  const { injectedUs, firstSuccessUs } = outage
  if (firstSuccessUs === null) return unknownVerdict(BACKLOG, `nobody was served again after ${of}`)
  if (expectations.epoch === undefined) return unknownVerdict(BACKLOG, 'the epoch of the run is not known')
  const epochMs = Date.parse(expectations.epoch.wall)
  const clock = boundClockDifference(foldAnswers(history), answers.rows, epochMs)
  if (clock === null || clock.errorMs < 0)
    return unknownVerdict(BACKLOG, 'nothing bounds the difference between the clocks')
  const serverMs = (atUs: number): number => epochMs + atUs / 1_000 + clock.differenceMs
  const dueMs = serverMs(firstSuccessUs) + clock.errorMs + SWEEP_MS
  const closings = closingEvents.known ? Map.groupBy(closingEvents.rows, ({ session_id }) => session_id) : null
  const findings = collectFindings(BACKLOG, history, expectations)
  const counts = { backlog: 0, closed: 0, late: 0, slowestMs: 0 }

  for (const row of evidence.sessions.rows) {
    const expiresMs = Date.parse(row.expires_at)
    if (!sessions.has(row.id)) continue
    if (!(expiresMs >= serverMs(injectedUs) && expiresMs <= serverMs(firstSuccessUs))) continue
    counts.backlog++
    const closing = closings?.get(row.id) ?? []
    for (const { problem, isLate } of problemsOf(
      row,
      closings === null ? null : closing.map(({ event_ts }) => Date.parse(event_ts)),
      // Within the grace nobody has to close it.
      Math.max(dueMs, expiresMs + expectations.graceSeconds * 1_000 + SWEEP_MS),
    )) {
      if (isLate === true) counts.late++
      findings.add({ summary: `session ${row.id}: ${problem}`, session: row.id, rows: [row, ...closing] })
    }
    if (closing.length > 0) {
      counts.closed++
      const tookMs = Date.parse(closing[0]?.event_ts as string) - serverMs(firstSuccessUs)
      counts.slowestMs = Math.max(counts.slowestMs, Math.round(tookMs))
    }
  }
  if (counts.backlog === 0) findings.undecided(`no time ran out during ${of}`)
  const verdict = findings.conclude(counts)
  if (closingEvents.known || verdict.valid !== true) return verdict
  return notJudged(BACKLOG, `the closing events are absent: ${closingEvents.reason}`)
}

/** @param closedMs null: nobody knows when */
function* problemsOf(
  row: SessionRow,
  closedMs: readonly number[] | null,
  dueMs: number,
): Generator<{ readonly problem: string; readonly isLate?: boolean }> {
  if (closedMs !== null && closedMs.length !== 1) yield { problem: `was closed ${closedMs.length} times` }
  else if (closedMs !== null && (closedMs[0] as number) > dueMs) {
    const tookS = ((closedMs[0] as number) - dueMs + SWEEP_MS) / 1_000
    yield { problem: `was closed ${tookS.toFixed(1)} s after the return, 5 s are allowed`, isLate: true }
  }
  if (row.status !== 'EXPIRED') yield { problem: `is ${row.status}, though its time ran out during the outage` }
  if (row.score_correct === null || row.score_total === null) yield { problem: 'has no score' }
  if (row.submitted_at !== row.expires_at && Date.parse(row.submitted_at ?? '') !== Date.parse(row.expires_at))
    yield { problem: `counts as handed in at ${row.submitted_at}; its time was over at ${row.expires_at}` }
}
