import {
  type AnswerRecord,
  allFailed,
  findVersion,
  foldAnswers,
  holdsNothing,
  indexAnswers,
  isSaveAnswer,
  versionOfRow,
} from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { foldSubmits } from './submit-ledger.ts'
import { collectFindings, type Finding, unknownVerdict } from './violations.ts'

/**
 * C9: a submit takes with it every answer that was acknowledged before it was sent; and after it was acknowledged no
 * answer is accepted any more.
 *
 * A reply of ok to an answer that is sent after the submit is legal for one thing only: the replay of an event that
 * was first sent before (it gets its original reply). It must still change nothing.
 */
export const submitIncludesAcknowledged: Checker = {
  id: 'submit-includes-acknowledged',
  title: 'A submit includes every answer acknowledged before it, and nothing is accepted after it',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const findings = collectFindings(this, history, expectations)
    const submits = foldSubmits(history)
    const ledger = foldAnswers(history)
    const rows = indexAnswers(evidence.answers.rows)
    const counts = {
      submitted: 0,
      acknowledgedBefore: 0,
      notIncluded: 0,
      acceptedAfter: 0,
      changedAfter: 0,
      undecided: 0,
    }

    // What is missing may be an attempt before the submit: then this is the replay of it.
    const late = (finding: Finding): void =>
      history.complete ? findings.add(finding) : findings.undecided(`the history is incomplete: ${finding.summary}`)

    for (const submit of submits.values()) {
      if (submit.ok === 0 || submit.firstPossibleUs === null || submit.firstOkUs === null) continue
      counts.submitted++
      for (const answer of ledger.get(submit.session)?.values() ?? []) {
        const stands = rows.get(answer.session)?.get(answer.question)
        const row = stands === undefined || holdsNothing(stands, answer) ? undefined : stands
        const found = row === undefined ? null : versionOfRow(row, answer)
        const before = highestAcknowledgedBefore(answer.versions, submit.firstPossibleUs)
        if (before !== null) counts.acknowledgedBefore++
        if (row !== undefined && found === null) {
          counts.undecided++
          findings.undecided('a row cannot be traced to a version')
          continue
        }
        const finding = { candidate: answer.candidate, session: answer.session, question: answer.question }
        if (before !== null && (found === null || found < before)) {
          counts.notIncluded++
          findings.add({
            ...finding,
            summary: `${answer.candidate}: version ${before} of the answer to ${answer.question} was acknowledged before the submit, which has ${found === null ? 'no answer' : `version ${found}`}`,
            rows: stands === undefined ? [] : [stands],
          })
        }
        const stored = found === null ? undefined : findVersion(answer, found)
        const isLate = stored !== undefined && stored.firstPossibleUs > submit.firstOkUs
        if (row !== undefined && isLate && !mayBeFromBefore(row, answer, before, submit.firstOkUs)) {
          counts.changedAfter++
          late({
            ...finding,
            summary: `${answer.candidate}: version ${found} of the answer to ${answer.question} was sent after the submit was acknowledged, and it is stored`,
            weight: 2,
            rows: [row],
          })
        }
      }
    }
    for (const operation of history.operations()) {
      if (operation.outcome !== 'ok' || !isSaveAnswer(operation)) continue
      const closedUs = submits.get(operation.session)?.firstOkUs
      if (closedUs === null || closedUs === undefined || operation.timeUs <= closedUs) continue
      const answer = ledger.get(operation.session)?.get(operation.question)
      const version = answer === undefined ? undefined : findVersion(answer, operation.version)
      const isReplay = version !== undefined && version.firstPossibleUs <= closedUs
      if (isReplay) continue
      counts.acceptedAfter++
      late({
        summary: `${operation.candidate}: version ${operation.version} of the answer to ${operation.question} was accepted after the submit`,
        candidate: operation.candidate,
        session: operation.session,
        question: operation.question,
      })
    }
    if (counts.submitted === 0) findings.undecided('no submit succeeded')
    return findings.conclude(counts)
  },
}

/**
 * Whether a row that says neither version nor nonce may hold an answer that was sent before the submit was acknowledged: the
 * one after it is only the newest that chose the same. It is none that another had replaced by then.
 */
function mayBeFromBefore(row: AnswerRow, answer: AnswerRecord, before: number | null, closedUs: number): boolean {
  if (row.client_seq !== null || row.client_event_id !== null) return false
  return answer.versions.some(
    (one) =>
      one.value === row.selected_index &&
      !allFailed(one) &&
      (before === null || one.version >= before) &&
      one.firstPossibleUs <= closedUs,
  )
}

function highestAcknowledgedBefore(
  versions: readonly { readonly version: number; readonly firstOkUs: number | null }[],
  beforeUs: number,
): number | null {
  let highest: number | null = null
  for (const { version, firstOkUs } of versions) {
    if (firstOkUs !== null && firstOkUs < beforeUs && (highest === null || version > highest)) highest = version
  }
  return highest
}
