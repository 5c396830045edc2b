import { candidateOfEmail } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import type { ClosingEventRow, SessionRow } from './evidence-rows.ts'
import { foldSubmits, type SubmitRecord } from './submit-ledger.ts'
import { namesItsZone, readInstant } from './told-instant.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C8: a session is submitted once, however often the candidate asks.
 *
 * - A successful submit: one closing event, of the status that the candidate was told.
 * - Only unknown outcomes: at most one.
 * - None attempted, or all refused: no submit; the sweeper may have closed it as EXPIRED, once.
 * - All replies to one session are byte for byte the same, and say what the row says; the time as exactly as it is told.
 *
 * Where the platform declares to have no log of events, the status of a session says whether it is closed, and how often it
 * was is not judged.
 */
export const exactlyOnceSubmit: Checker = {
  id: 'exactly-once-submit',
  title: 'A session is submitted exactly once, and every repeat gets the same answer',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    if (!evidence.sessions.known) {
      return unknownVerdict(this, `the sessions could not be read: ${evidence.sessions.reason}`)
    }
    const { closingEvents } = evidence
    if (!closingEvents.known && !closingEvents.absent) {
      return unknownVerdict(this, `the closing events could not be read: ${closingEvents.reason}`)
    }
    const findings = collectFindings(this, history, expectations)
    const submits = foldSubmits(history)
    const events = closingEvents.known ? groupBySession(closingEvents.rows) : null
    const rows = new Map(evidence.sessions.rows.map((row) => [row.id, row]))
    const planned = new Set(expectations.candidates)
    const counts = { sessions: 0, submitted: 0, onlyUnknown: 0, notSubmitted: 0 }
    let closings = 0

    for (const session of rows.values()) {
      const submit = submits.get(session.id)
      const candidate = candidateOfEmail(session.email)
      if (submit === undefined && !planned.has(candidate)) continue
      const closing = events === null ? null : (events.get(session.id) ?? [])
      counts.sessions++
      closings += closing?.length ?? 0
      if (submit !== undefined && submit.ok > 0) counts.submitted++
      else if (submit !== undefined && submit.info > 0) counts.onlyUnknown++
      else counts.notSubmitted++
      for (const problem of problemsOf(session, submit, closing)) {
        const isMissingHistory = problem.needsCompleteHistory && !history.complete
        if (problem.isUndecided) findings.undecided(`${candidate}: session ${session.id}: ${problem.text}`)
        else if (isMissingHistory) findings.undecided(`the history is incomplete: ${problem.text}`)
        else {
          findings.add({
            summary: `${candidate}: session ${session.id}: ${problem.text}`,
            candidate,
            session: session.id,
            ...(closing === null ? {} : { weight: closing.length }),
            rows: [session, ...(closing ?? [])],
          })
        }
      }
    }
    for (const submit of submits.values()) {
      if (submit.ok === 0 || rows.has(submit.session)) continue
      findings.add({
        summary: `${submit.candidate}: was told that session ${submit.session} is submitted, and there is no such session`,
        candidate: submit.candidate,
        session: submit.session,
        weight: 2,
      })
    }
    if (submits.size === 0) findings.undecided('nobody submitted')
    return findings.conclude({
      ...counts,
      ...(events === null ? { 'closing events (not judged)': 1 } : { closingEvents: closings }),
    })
  },
}

interface Problem {
  readonly text: string
  readonly needsCompleteHistory?: boolean
  /** Nobody can tell whether it is one. */
  readonly isUndecided?: boolean
}

/** @param closing null: the platform has no log of events */
function* problemsOf(
  session: SessionRow,
  submit: SubmitRecord | undefined,
  closing: readonly ClosingEventRow[] | null,
): Generator<Problem> {
  if (closing !== null && closing.length > 1) yield { text: `closed ${closing.length} times` }
  const hasSubmitEvent = closing?.some((event) => event.event_type === 'SESSION_SUBMITTED') === true
  if (submit === undefined || submit.ok + submit.info === 0) {
    if (hasSubmitEvent || session.status === 'SUBMITTED') {
      yield { text: 'is submitted, though no submit can have succeeded', needsCompleteHistory: true }
    }
  } else if (submit.ok > 0) {
    if (closing?.length === 0) yield { text: 'the candidate was told it is submitted, and no closing event exists' }
    // Where the reply told a status it is compared below. That a session whose submit was
    // taken in time is closed as expired is seen by C10, which knows how far the clocks differ.
    const isTold = closing !== null && submit.told.length > 0
    if (session.status === 'ACTIVE' && closing?.length !== 0 && !isTold)
      yield { text: 'the candidate was told it is submitted, and the row says ACTIVE' }
    yield* comparisonsWithRow(session, submit)
  }
}

function* comparisonsWithRow(session: SessionRow, submit: SubmitRecord): Generator<Problem> {
  const [first, ...others] = submit.told
  if (others.length > 0) yield { text: `repeats of the submit were answered in ${others.length + 1} different ways` }
  if (first === undefined) return
  if (first.session !== session.id) yield { text: `the reply was about session ${first.session}` }
  if (first.status !== session.status) yield { text: `told ${first.status}, the row says ${session.status}` }
  if (first.scoreCorrect !== session.score_correct || first.scoreTotal !== session.score_total) {
    const told = `${first.scoreCorrect}/${first.scoreTotal}`
    yield { text: `told a score of ${told}, the row says ${session.score_correct}/${session.score_total}` }
  }
  yield* comparisonOfTimes(first.submittedAt, session.submitted_at)
}

/** Whether an API cuts digits off or rounds them, what it tells is within one of its last digit. */
function* comparisonOfTimes(told: string, stored: string | null): Generator<Problem> {
  const text = `told submitted at ${told}, the row says ${stored}`
  const toldAt = readInstant(told)
  const storedAt = stored === null ? null : readInstant(stored)
  if (toldAt === null || storedAt === null) yield { text }
  else if (!namesItsZone(told)) yield { text: `told submitted at ${told}, in no time zone`, isUndecided: true }
  else if (Math.abs(toldAt.atUs - storedAt.atUs) > toldAt.unitUs) yield { text }
}

function groupBySession(rows: readonly ClosingEventRow[]): ReadonlyMap<string, readonly ClosingEventRow[]> {
  return Map.groupBy(rows, (row) => row.session_id)
}
