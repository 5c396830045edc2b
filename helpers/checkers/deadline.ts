import type { Operation } from '../history/operation.ts'
import type { OutcomeReason } from '../history/outcome.ts'
import { findVersion, foldAnswers, isSaveAnswer } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { boundClockDifference } from './clock-difference.ts'
import { foldSubmits } from './submit-ledger.ts'
import { collectFindings, type Finding, unknownVerdict } from './violations.ts'

const REFUSED_AS_CLOSED: OutcomeReason = 'session-closed'

/**
 * C10: the server's clock decides who is late, for everybody alike. Nothing sent after expiry, grace and clock error
 * is accepted; nothing answered before the expiry is refused as late.
 *
 * How far the clocks differ is measured, not assumed: see `clock-difference.ts`.
 */
export const deadline: Checker = {
  id: 'deadline',
  title: 'Nothing late is accepted, and nothing in time is refused as late',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    if (!evidence.sessions.known) {
      return unknownVerdict(this, `the sessions could not be read: ${evidence.sessions.reason}`)
    }
    if (expectations.epoch === undefined) return unknownVerdict(this, 'the epoch of the run is not known')
    const ledger = foldAnswers(history)
    const epochMs = Date.parse(expectations.epoch.wall)
    const clock = boundClockDifference(ledger, evidence.answers.rows, epochMs)
    if (clock === null) return unknownVerdict(this, 'no answer bounds the difference between the clocks')
    if (clock.errorMs < 0) return unknownVerdict(this, 'a clock was set during the run: its difference is not constant')

    const findings = collectFindings(this, history, expectations)
    const submits = foldSubmits(history)
    const rows = new Map(evidence.sessions.rows.map((row) => [row.id, row]))
    const expiryMs = new Map(evidence.sessions.rows.map((row) => [row.id, Date.parse(row.expires_at)]))
    const serverMs = (timeUs: number) => epochMs + timeUs / 1_000 + clock.differenceMs
    const counts = {
      compared: 0,
      acceptedLate: 0,
      refusedInTime: 0,
      clockDifferenceMs: round(clock.differenceMs),
      clockErrorMs: round(clock.errorMs),
    }
    const toleratedMs = expectations.graceSeconds * 1_000 + clock.errorMs
    const isLate = (sentUs: number, expiresMs: number) => serverMs(sentUs) > expiresMs + toleratedMs
    // What is missing may be the first attempt, sent in time, or the submit that closed the session.
    const note = (finding: Finding): void =>
      history.complete ? findings.add(finding) : findings.undecided(`the history is incomplete: ${finding.summary}`)
    const accepted = ({ candidate, f, session, question, timeUs }: Operation, expiresMs: number): void => {
      counts.acceptedLate++
      const lateMs = Math.round(serverMs(timeUs) - expiresMs)
      const summary = `${candidate}: a ${f} sent ${lateMs} ms after the expiry was accepted`
      note({ summary, candidate, session, question, weight: lateMs })
    }
    const refused = (
      { candidate, session, question }: Operation,
      what: string,
      completedUs: number,
      expiresMs: number,
    ): void => {
      counts.refusedInTime++
      const leftMs = Math.round(expiresMs - serverMs(completedUs))
      const summary = `${candidate}: ${what} ${leftMs} ms before the expiry`
      note({ summary, candidate, session, question, weight: leftMs })
    }
    for (const operation of history.operations()) {
      const { session, f, outcome, timeUs, completedUs } = operation
      const expiresMs = session === undefined ? undefined : expiryMs.get(session)
      if (session === undefined || expiresMs === undefined || completedUs === null) continue
      // Nothing is before it and nothing after it: compared, every one of these would look to be in time.
      if (Number.isNaN(expiresMs)) {
        findings.undecided(`session ${session}: its row has no expiry`)
        continue
      }
      if (isSaveAnswer(operation)) {
        counts.compared++
        const answer = ledger.get(session)?.get(operation.question)
        const version = answer === undefined ? undefined : findVersion(answer, operation.version)
        // A replay gets its original reply, also afterwards: what counts is when the event was first sent.
        if (outcome === 'ok' && isLate(version?.firstPossibleUs ?? timeUs, expiresMs)) accepted(operation, expiresMs)
        const mayBeSubmitted = (submits.get(session)?.firstPossibleUs ?? Number.POSITIVE_INFINITY) < completedUs
        const refusedAsLate = outcome === 'fail' && operation.reason === REFUSED_AS_CLOSED && !mayBeSubmitted
        if (refusedAsLate && serverMs(completedUs) < expiresMs - clock.errorMs)
          refused(operation, 'an answer was refused as late', completedUs, expiresMs)
      } else if (f === 'submit' && outcome === 'ok') {
        const { told } = operation
        // A reply without a result promises as much as one with it: who was told "done" in time has handed in.
        const isTold = told?.kind === 'submission'
        const status = isTold ? told.status : rows.get(session)?.status
        if (status === 'SUBMITTED' || status === 'EXPIRED') counts.compared++
        const isAccepted = status === 'SUBMITTED'
        if (isAccepted && isLate(submits.get(session)?.firstPossibleUs ?? timeUs, expiresMs))
          accepted(operation, expiresMs)
        if (status === 'EXPIRED' && serverMs(completedUs) < expiresMs - clock.errorMs) {
          const what = isTold
            ? 'a submit was answered as expired'
            : 'a submit was taken, and the session left to expire,'
          refused(operation, what, completedUs, expiresMs)
        }
      }
    }
    if (counts.compared === 0) findings.undecided('no operation could be compared with an expiry')
    return findings.conclude(counts)
  },
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
