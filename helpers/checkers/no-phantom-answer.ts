import { type AnswerLedger, candidateOfEmail, foldAnswers } from './answer-ledger.ts'
import type { Checker, Expectations } from './checker.ts'
import type { AnswerRow, Evidence } from './evidence-rows.ts'
import { explainRow, storesNonces } from './explain-row.ts'
import { collectFindings, type Findings, unknownVerdict } from './violations.ts'

/**
 * C4: every row holds what its candidate really sent for that question: an attempted version, with that version's
 * nonce and value; and every reply echoes what was sent. A platform that stores no nonces is compared without.
 *
 * Rows of sessions that belong to nobody on stage are counted and not judged. An incomplete history cannot call a row
 * a phantom: what sent it may be in the part that is missing.
 */
export const noPhantomAnswer: Checker = {
  id: 'no-phantom-answer',
  title: 'Every stored answer was sent by its candidate, for that question and with that value',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const findings = collectFindings(this, history, expectations)
    const ledger = foldAnswers(history)
    const onStage = sessionsOnStage(ledger, evidence, expectations)
    const hasNonces = storesNonces(evidence.answers.rows)
    const counts = { rows: 0, explained: 0, empty: 0, phantom: 0, undecided: 0, foreign: 0, echoes: 0, wrongEchoes: 0 }

    for (const row of evidence.answers.rows) {
      const candidate = onStage.get(row.session_id)
      if (candidate === undefined) {
        counts.foreign++
        continue
      }
      counts.rows++
      judgeRow(row, candidate)
    }
    for (const operation of history.operations()) {
      if (operation.f !== 'save-answer' || operation.outcome !== 'ok') continue
      const { told } = operation
      if (told?.kind !== 'answer') continue
      counts.echoes++
      const { version, value, candidate, session, question } = operation
      const echoesVersion = told.version === null || told.version === version
      const echoesValue = value === undefined || told.value === value
      if (echoesVersion && echoesValue) continue
      counts.wrongEchoes++
      findings.add({
        summary: `${candidate}: sent version ${version} with value ${value}, was told version ${told.version} with value ${told.value}`,
        candidate,
        session,
        question,
      })
    }
    if (counts.rows === 0) findings.undecided('the database holds no answer of anybody on stage')
    return findings.conclude(counts)

    function judgeRow(row: AnswerRow, candidate: string): void {
      const origin = explainRow(row, ledger.get(row.session_id)?.get(row.question_id), hasNonces)
      counts[origin.kind]++
      if (origin.kind === 'undecided') findings.undecided(origin.why)
      if (origin.kind === 'phantom') reportPhantom(findings, row, candidate, origin.why, history.complete)
    }
  },
}

function reportPhantom(findings: Findings, row: AnswerRow, candidate: string, why: string, complete: boolean): void {
  if (!complete) {
    findings.undecided(`the history is incomplete, and a row is not explained by what is left of it: ${why}`)
    return
  }
  findings.add({
    summary: `${candidate}: the row of ${row.question_id} was never sent: ${why}`,
    candidate,
    session: row.session_id,
    question: row.question_id,
    rows: [row],
  })
}

/** Sessions that candidates used, and sessions that the database says are theirs though they never heard of them. */
function sessionsOnStage(
  ledger: AnswerLedger,
  evidence: Evidence,
  expectations: Expectations,
): ReadonlyMap<string, string> {
  const onStage = new Map<string, string>()
  if (evidence.sessions.known) {
    const planned = new Set(expectations.candidates)
    for (const session of evidence.sessions.rows) {
      const candidate = candidateOfEmail(session.email)
      if (planned.has(candidate)) onStage.set(session.id, candidate)
    }
  }
  for (const [session, questions] of ledger) {
    for (const { candidate } of questions.values()) {
      onStage.set(session, candidate)
      break
    }
  }
  return onStage
}
