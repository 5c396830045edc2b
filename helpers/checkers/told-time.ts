import type { Operation } from '../history/operation.ts'
import { foldAnswers } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { boundClockDifference, type ClockDifference } from './clock-difference.ts'
import { toldBesideAnswers } from './told-beside-answers.ts'
import { namesItsZone } from './told-instant.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/** An expiry may be told in whole seconds. */
const EXPIRY_TOLERANCE_MS = 1_000
/** A candidate's timer never gains or loses more than this. */
const TIMER_TOLERANCE_MS = 2_000

/**
 * The time that a candidate is told is the time that counts: the expiry is that of the row, and the time left is what
 * the server's clock leaves until then, give or take 2 s beyond the duration of the read and the clock error.
 */
export const toldTime: Checker = {
  id: 'told-time',
  title: 'The time that a candidate is told is the time that counts',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    if (!evidence.sessions.known) {
      return unknownVerdict(this, `the sessions could not be read: ${evidence.sessions.reason}`)
    }
    if (expectations.epoch === undefined) return unknownVerdict(this, 'the epoch of the run is not known')
    const epochMs = Date.parse(expectations.epoch.wall)
    const clock = boundClockDifference(foldAnswers(history), evidence.answers.rows, epochMs)
    const findings = collectFindings(this, history, expectations)
    const expiryMs = new Map(evidence.sessions.rows.map((row) => [row.id, Date.parse(row.expires_at)]))
    const counts = { expiries: 0, timers: 0, wrongExpiry: 0, wrongTimer: 0 }

    for (const operation of history.operations()) {
      const { outcome, candidate, completedUs } = operation
      const told = toldBesideAnswers(operation)
      if (outcome !== 'ok' || completedUs === null || (told?.kind !== 'session' && told?.kind !== 'paper')) continue
      const storedMs = expiryMs.get(told.session)
      // A session that does not exist is what `one-session-per-candidate` reports.
      if (storedMs === undefined) continue
      if (Number.isNaN(storedMs)) {
        findings.undecided(`session ${told.session}: its row has no expiry`)
        continue
      }
      if (told.kind === 'session') {
        counts.expiries++
        const problem = problemOfExpiry(told.expiresAt, storedMs)
        if (problem === null) continue
        counts.wrongExpiry++
        add(`${candidate}: was told that the session ${problem.text}`, told.session, problem.weight)
      } else if (told.status === 'ACTIVE') {
        if (clock === null) findings.undecided('no answer bounds the difference between the clocks')
        else if (clock.errorMs < 0) findings.undecided('a clock was set during the run: its difference is not constant')
        else {
          counts.timers++
          const offMs = timerOff(told.remainingSeconds * 1_000, storedMs, operation, epochMs, clock)
          if (offMs <= TIMER_TOLERANCE_MS) continue
          counts.wrongTimer++
          const by = Number.isFinite(offMs) ? `off by ${Math.round(offMs)} ms` : 'no time'
          add(`${candidate}: was told that ${told.remainingSeconds} s are left, which is ${by}`, told.session, offMs)
        }
      }

      function add(summary: string, session: string, weight: number): void {
        const provedBy = ({ index }: Operation) => index === operation.index
        findings.add({ summary, candidate, session, weight, provedBy })
      }
    }
    if (counts.expiries === 0) findings.undecided('nobody was told when a session expires')
    return findings.conclude(counts)
  },
}

function problemOfExpiry(told: string, storedMs: number): { readonly text: string; readonly weight: number } | null {
  const toldMs = Date.parse(told)
  const stored = new Date(storedMs).toISOString()
  if (Number.isNaN(toldMs)) return { text: `expires at ${told}, which is no time; it is ${stored}`, weight: Infinity }
  if (!namesItsZone(told)) return { text: `expires at ${told}, in no time zone; it is ${stored}`, weight: Infinity }
  const offMs = Math.abs(toldMs - storedMs)
  return offMs <= EXPIRY_TOLERANCE_MS ? null : { text: `expires at ${told}; it is ${stored}`, weight: offMs }
}

/** How far a told rest is outside of what the server's clock can have said while the read was under way, ms. */
function timerOff(
  leftMs: number,
  expiresMs: number,
  { timeUs, completedUs }: Operation,
  epochMs: number,
  { differenceMs, errorMs }: ClockDifference,
): number {
  if (!Number.isFinite(leftMs)) return Number.POSITIVE_INFINITY
  const serverMs = (atUs: number) => epochMs + atUs / 1_000 + differenceMs
  const mostMs = Math.max(0, expiresMs - serverMs(timeUs) + errorMs)
  const leastMs = Math.max(0, expiresMs - serverMs(completedUs ?? timeUs) - errorMs)
  return Math.max(0, leftMs - mostMs, leastMs - leftMs)
}
