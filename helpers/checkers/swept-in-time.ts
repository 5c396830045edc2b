import { notJudged } from '../platform/not-judged.ts'
import { candidateOfEmail, foldAnswers } from './answer-ledger.ts'
import type { Checker, FaultWindow } from './checker.ts'
import { boundClockDifference, type ClockDifference } from './clock-difference.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/** So long after expiry and grace the sweeper may take; the same as in `sql/invariants/active-past-expiry.sql`. */
const SWEEP_MS = 5_000
/**
 * What the date of a closing may lie before the expiry: the one may be dated by the application and the other by the database,
 * or be cut to seconds. The same as in `sql/invariants/expiry-is-start-plus-duration.sql`.
 */
const EARLY_MS = 1_000
/**
 * A backend that was broken on purpose needs a while after the heal until its sweeper works again: the longest that any
 * profile allows (`RECOVERY_RULES`), and whether it took that long is judged there.
 */
const RECOVERY_MS = 60_000

/**
 * Who vanished was closed in time: not before the expiry (to a second), and at most 5 s after it and the grace, by the server's own
 * clock. The end state alone would not show it: a sweeper that comes a minute late, or takes away a candidate's last
 * minute, has also come when the rows are read.
 *
 * Not judged where the platform declares to have no log of events.
 *
 * Where a fault was active in those 5 s, they count from its heal and the time to recover.
 */
export const sweptInTime: Checker = {
  id: 'swept-in-time',
  title: 'Whoever vanished was closed when the time was over, and at most 5 s later',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    const { sessions, closingEvents, answers } = evidence
    if (!sessions.known) return unknownVerdict(this, `the sessions could not be read: ${sessions.reason}`)
    if (!closingEvents.known) {
      // No row of a session says when it was closed: one that expired is dated at its expiry.
      if (closingEvents.absent) return notJudged(this, `the closing events are absent: ${closingEvents.reason}`)
      return unknownVerdict(this, `the closing events could not be read: ${closingEvents.reason}`)
    }
    const findings = collectFindings(this, history, expectations)
    const planned = new Set(expectations.candidates)
    const session = new Map(sessions.rows.map((row) => [row.id, row]))
    const faults = (expectations.faults ?? []).toSorted((one, other) => one.fromUs - other.fromUs)
    const epochMs = expectations.epoch === undefined ? null : Date.parse(expectations.epoch.wall)
    let clock: ClockDifference | null | undefined
    const counts = { closed: 0, expired: 0, late: 0, lateAfterFault: 0, early: 0 }

    for (const event of closingEvents.rows) {
      const row = session.get(event.session_id)
      if (row === undefined || !planned.has(candidateOfEmail(row.email))) continue
      counts.closed++
      if (event.event_type !== 'SESSION_EXPIRED') continue
      counts.expired++
      const earlyMs = Date.parse(row.expires_at) - Date.parse(event.event_ts)
      if (earlyMs > EARLY_MS) {
        counts.early++
        const early = candidateOfEmail(row.email)
        findings.add({
          summary: `${early}: session ${row.id} was closed as expired ${(earlyMs / 1_000).toFixed(1)} s before its time was over`,
          candidate: early,
          session: row.id,
          weight: earlyMs,
          rows: [row, event],
        })
        continue
      }
      const overMs = Date.parse(row.expires_at) + expectations.graceSeconds * 1_000
      const lateMs = Date.parse(event.event_ts) - overMs - SWEEP_MS
      if (lateMs <= 0) continue
      if (Number.isNaN(lateMs)) {
        findings.undecided(`session ${row.id}: its expiry or its closing has no time`)
        continue
      }
      if (faults.length > 0) {
        // Only now, because it takes a pass over the history.
        clock ??=
          epochMs === null || !answers.known ? null : boundClockDifference(foldAnswers(history), answers.rows, epochMs)
        if (clock === null || epochMs === null) {
          findings.undecided(
            'the faults cannot be compared with the server: nothing bounds the difference of the clocks',
          )
          continue
        }
        if (clock.errorMs < 0) {
          findings.undecided('the faults cannot be compared with the server: a clock was set during the run')
          continue
        }
        if (Date.parse(event.event_ts) <= afterFaults(overMs, faults, epochMs, clock) + SWEEP_MS) {
          counts.lateAfterFault++
          continue
        }
      }
      counts.late++
      const candidate = candidateOfEmail(row.email)
      const afterS = ((lateMs + SWEEP_MS) / 1_000).toFixed(1)
      findings.add({
        summary: `${candidate}: session ${row.id} was closed ${afterS} s after its time was over, 5 s are allowed`,
        candidate,
        session: row.id,
        weight: lateMs,
        rows: [row, event],
      })
    }
    if (counts.closed === 0) findings.undecided('no session was closed')
    return findings.conclude(counts)
  },
}

/** From when the sweeper's time counts, ms since 1970 by the server's clock: moved on by each fault that was in its way. */
function afterFaults(
  overMs: number,
  faults: readonly FaultWindow[],
  epochMs: number,
  { differenceMs, errorMs }: ClockDifference,
): number {
  const serverMs = (timeUs: number) => epochMs + timeUs / 1_000 + differenceMs
  let fromMs = overMs
  for (const { fromUs, toUs } of faults) {
    const beginsMs = serverMs(fromUs) - errorMs
    const endsMs = toUs === null ? Number.POSITIVE_INFINITY : serverMs(toUs) + errorMs + RECOVERY_MS
    if (beginsMs <= fromMs + SWEEP_MS && endsMs > fromMs) fromMs = endsMs
  }
  return fromMs
}
