import {
  allFailed,
  answersOf,
  findVersion,
  foldAnswers,
  holdsNothing,
  indexAnswers,
  versionOfRow,
} from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C6: what a candidate was told has failed, has not happened: no row holds a version all of whose attempts failed. (A
 * version may fail once, as superseded, and have succeeded or timed out in another attempt; such a one may stand.)
 */
export const failedHasNoEffect: Checker = {
  id: 'failed-has-no-effect',
  title: 'An answer that was refused changed nothing',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const findings = collectFindings(this, history, expectations)
    const rows = indexAnswers(evidence.answers.rows)
    const counts = { versions: 0, failedVersions: 0, effects: 0, undecided: 0 }
    for (const answer of answersOf(foldAnswers(history))) {
      counts.versions += answer.versions.length
      const failed = answer.versions.filter(allFailed).length
      counts.failedVersions += failed
      const row = rows.get(answer.session)?.get(answer.question)
      if (row === undefined || failed === 0 || holdsNothing(row, answer)) continue
      const found = versionOfRow(row, answer)
      if (found === null) {
        counts.undecided++
        findings.undecided('a row cannot be traced to a version')
        continue
      }
      const version = findVersion(answer, found)
      if (version === undefined || !allFailed(version)) continue
      if (!history.complete) {
        findings.undecided('the history is incomplete: a later attempt of a refused version may be missing')
        continue
      }
      counts.effects++
      findings.add({
        summary: `${answer.candidate}: version ${found} of the answer to ${answer.question} was refused every time, and the row holds it`,
        candidate: answer.candidate,
        session: answer.session,
        question: answer.question,
        rows: [row],
      })
    }
    if (counts.versions === 0) findings.undecided('no answer was ever sent')
    return findings.conclude(counts)
  },
}
