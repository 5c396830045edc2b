import {
  type AnswerRecord,
  answersOf,
  findVersion,
  foldAnswers,
  indexAnswers,
  isEmptied,
  type VersionRecord,
  versionOfRow,
} from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C5: a row holds the highest acknowledged version, or a newer one whose outcome is unknown.
 *
 * It names what went wrong: a stale overwrite (an older attempt, delayed or re-sent, replaced what was acknowledged)
 * is something else than a missing row, and is repaired elsewhere in the backend.
 */
export const lastAcknowledgedWins: Checker = {
  id: 'last-acknowledged-wins',
  title: 'The newest acknowledged answer is the one that counts',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const findings = collectFindings(this, history, expectations)
    const rows = indexAnswers(evidence.answers.rows)
    const counts = {
      acknowledged: 0,
      exact: 0,
      newerUnresolved: 0,
      missingRow: 0,
      staleOverwrite: 0,
      newerUnexplained: 0,
      undecided: 0,
    }
    for (const answer of answersOf(foldAnswers(history))) {
      if (answer.acked === null) continue
      counts.acknowledged++
      const row = rows.get(answer.session)?.get(answer.question)
      const kind = compare(answer, answer.acked, row, history.complete)
      counts[kind]++
      if (kind === 'undecided') findings.undecided('a row cannot be compared with the version that was acknowledged')
      if (kind === 'exact' || kind === 'newerUnresolved' || kind === 'undecided') continue
      findings.add({
        summary: `${answer.candidate}: ${describe(kind, answer, answer.acked, row)}`,
        candidate: answer.candidate,
        session: answer.session,
        question: answer.question,
        weight: answer.acked.version - ((row === undefined ? null : versionOfRow(row, answer)) ?? 0),
        rows: row === undefined ? [] : [row],
      })
    }
    if (counts.acknowledged === 0) findings.undecided('no answer was ever acknowledged')
    return findings.conclude(counts)
  },
}

type Comparison = 'exact' | 'newerUnresolved' | 'missingRow' | 'staleOverwrite' | 'newerUnexplained' | 'undecided'

function compare(
  answer: AnswerRecord,
  acked: VersionRecord,
  row: AnswerRow | undefined,
  historyIsComplete: boolean,
): Comparison {
  if (row === undefined || isEmptied(row, answer)) return 'missingRow'
  const found = versionOfRow(row, answer)
  if (found === null) return 'undecided'
  if (found === acked.version) return 'exact'
  if (found < acked.version) return 'staleOverwrite'
  const newer = findVersion(answer, found)
  if (newer !== undefined && newer.info > 0) return 'newerUnresolved'
  return historyIsComplete ? 'newerUnexplained' : 'undecided'
}

function describe(kind: Comparison, answer: AnswerRecord, acked: VersionRecord, row: AnswerRow | undefined): string {
  const promise = `version ${acked.version} (value ${acked.value}) of the answer to ${answer.question} was acknowledged`
  if (kind === 'missingRow')
    return `missing row: ${promise}, and there is ${row === undefined ? 'no row' : 'only an empty one'}`
  const version = row === undefined ? null : versionOfRow(row, answer)
  const found = `version ${version} (value ${row?.selected_index})`
  if (kind === 'staleOverwrite') return `stale overwrite: ${promise}, and the older ${found} stands in its place`
  return `${promise}, and ${found} stands there, which was refused or never sent`
}
