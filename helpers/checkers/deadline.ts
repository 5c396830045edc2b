import type { OutcomeReason } from '../history/outcome.ts'
import { type AnswerLedger, answersOf, findVersion, foldAnswers, indexAnswers, isSaveAnswer } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { foldSubmits } from './submit-ledger.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/** The database keeps milliseconds, cut off: the real instant is up to this much later. */
const SERVER_RESOLUTION_MS = 1
const REFUSED_AS_CLOSED: OutcomeReason = 'session-closed'

/**
 * C10: the server's clock decides who is late, for everybody alike. Nothing sent after expiry, grace and clock error
 * is accepted; nothing answered before the expiry is refused as late.
 *
 * How far the clocks differ is measured, not assumed: every answer that was sent once and acknowledged was stored
 * between send and reply, so each one bounds the difference (Cristian), and all of them together bound it tightly.
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
    const expiryMs = new Map(evidence.sessions.rows.map((row) => [row.id, Date.parse(row.expires_at)]))
    const serverMs = (timeUs: number) => epochMs + timeUs / 1_000 + clock.differenceMs
    const counts = {
      compared: 0,
      acceptedLate: 0,
      refusedInTime: 0,
      clockDifferenceMs: round(clock.differenceMs),
      clockErrorMs: round(clock.errorMs),
    }
    for (const operation of history.operations()) {
      const { session, candidate, f, outcome, told, timeUs, completedUs } = operation
      const expiresMs = session === undefined ? undefined : expiryMs.get(session)
      if (session === undefined || expiresMs === undefined || completedUs === null) continue
      const late = (sentUs: number) => serverMs(sentUs) > expiresMs + expectations.graceSeconds * 1_000 + clock.errorMs
      if (isSaveAnswer(operation)) {
        counts.compared++
        const answer = ledger.get(session)?.get(operation.question)
        const version = answer === undefined ? undefined : findVersion(answer, operation.version)
        // A replay gets its original reply, also afterwards: what counts is when the event was first sent.
        if (outcome === 'ok' && late(version?.firstInvokedUs ?? timeUs)) accepted(operation.question)
        const mayBeSubmitted = (submits.get(session)?.firstPossibleUs ?? Number.POSITIVE_INFINITY) < completedUs
        const refusedAsLate = outcome === 'fail' && operation.reason === REFUSED_AS_CLOSED && !mayBeSubmitted
        if (refusedAsLate && serverMs(completedUs) < expiresMs - clock.errorMs) refused(operation.question)
      } else if (f === 'submit' && outcome === 'ok' && told?.kind === 'submission' && told.status === 'SUBMITTED') {
        counts.compared++
        if (late(submits.get(session)?.firstPossibleUs ?? timeUs)) accepted(undefined)
      }

      function accepted(question: string | undefined): void {
        counts.acceptedLate++
        const lateMs = Math.round(serverMs(timeUs) - (expiresMs as number))
        const summary = `${candidate}: a ${f} sent ${lateMs} ms after the expiry was accepted`
        findings.add({ summary, candidate, session, question, weight: lateMs })
      }

      function refused(question: string): void {
        counts.refusedInTime++
        const leftMs = Math.round((expiresMs as number) - serverMs(completedUs as number))
        const summary = `${candidate}: an answer was refused as late ${leftMs} ms before the expiry`
        findings.add({ summary, candidate, session, question, weight: leftMs })
      }
    }
    if (counts.compared === 0) findings.undecided('no operation could be compared with an expiry')
    return findings.conclude(counts)
  },
}

/** Server clock minus ours, with the half width of what is possible. null: nothing bounds it. */
function boundClockDifference(
  ledger: AnswerLedger,
  rows: readonly AnswerRow[],
  epochMs: number,
): { readonly differenceMs: number; readonly errorMs: number } | null {
  const index = indexAnswers(rows)
  let leastMs = Number.NEGATIVE_INFINITY
  let mostMs = Number.POSITIVE_INFINITY
  for (const answer of answersOf(ledger)) {
    const row = index.get(answer.session)?.get(answer.question)
    const version = row === undefined || row.client_seq === null ? undefined : findVersion(answer, row.client_seq)
    if (row === undefined || version === undefined || version.firstOkUs === null) continue
    if (version.ok !== 1 || version.info + version.fail > 0) continue
    const storedMs = Date.parse(row.answered_at)
    leastMs = Math.max(leastMs, storedMs - (epochMs + version.firstOkUs / 1_000))
    mostMs = Math.min(mostMs, storedMs + SERVER_RESOLUTION_MS - (epochMs + version.firstInvokedUs / 1_000))
  }
  if (!Number.isFinite(leastMs) || !Number.isFinite(mostMs)) return null
  return { differenceMs: (leastMs + mostMs) / 2, errorMs: (mostMs - leastMs) / 2 }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
