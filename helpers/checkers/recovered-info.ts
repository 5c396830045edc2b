import { answersOf, foldAnswers, indexAnswers, isSaveAnswer, versionOfRow } from './answer-ledger.ts'
import type { Checker, History } from './checker.ts'
import { toldBesideAnswers } from './told-beside-answers.ts'
import { attachWitnesses, type Finding, unknownVerdict } from './violations.ts'

const EXAMPLES = 3

/**
 * C18: every answer whose outcome was unknown is accounted for: resolved by a retry of the same event, by a newer
 * version, or by a read of the candidate, before it left; or found in the database afterwards. What is left is listed,
 * and is no violation: an unknown outcome promises nothing.
 */
export const recoveredInfo: Checker = {
  id: 'recovered-info',
  title: 'Every answer with an unknown outcome is accounted for',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const lastRead = foldLastReads(history)
    const lastUnknown = foldLastUnknown(history)
    const rows = indexAnswers(evidence.answers.rows)
    const counts = {
      versions: 0,
      unknownOnce: 0,
      byRetry: 0,
      byNewerVersion: 0,
      byRead: 0,
      recovered: 0,
      unresolved: 0,
    }
    const unresolved: Finding[] = []
    for (const answer of answersOf(foldAnswers(history))) {
      const row = rows.get(answer.session)?.get(answer.question)
      const stored = row === undefined ? null : versionOfRow(row, answer)
      for (const version of answer.versions) {
        counts.versions++
        if (version.info === 0) continue
        counts.unknownOnce++
        if (version.ok === 0 && stored === version.version) counts.recovered++
        const sentUs = lastUnknown.get(answer.session)?.get(answer.question)?.get(version.version)
        const readUs = lastRead.get(answer.session)
        if (version.ok > 0) counts.byRetry++
        else if (answer.acked !== null && answer.acked.version > version.version) counts.byNewerVersion++
        else if (sentUs !== undefined && readUs !== undefined && readUs > sentUs) counts.byRead++
        else {
          counts.unresolved++
          if (unresolved.length >= EXAMPLES) continue
          const fate = stored === version.version ? 'it is stored' : 'it is not stored'
          unresolved.push({
            summary: `${answer.candidate}: never learnt whether version ${version.version} of the answer to ${answer.question} was saved; ${fate}`,
            candidate: answer.candidate,
            session: answer.session,
            question: answer.question,
            rows: row === undefined ? [] : [row],
          })
        }
      }
    }
    if (counts.versions === 0) return unknownVerdict(this, 'no answer was ever sent')
    const { id, title, gate } = this
    const examples = attachWitnesses(unresolved, history, expectations)
    return { id, title, gate, valid: true, counts, violations: 0, examples }
  },
}

/** When each session was last read successfully, by the time that the read was sent. */
function foldLastReads(history: History): ReadonlyMap<string, number> {
  const reads = new Map<string, number>()
  for (const operation of history.operations()) {
    if (operation.outcome !== 'ok') continue
    const told = toldBesideAnswers(operation)
    if (told?.kind === 'paper' || told?.kind === 'review') reads.set(told.session, operation.timeUs)
  }
  return reads
}

/** When the last attempt with an unknown outcome was given up, by session, question and version. */
function foldLastUnknown(history: History): ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const unknown = new Map<string, Map<string, Map<number, number>>>()
  for (const operation of history.operations()) {
    if (operation.outcome !== 'info' || operation.completedUs === null || !isSaveAnswer(operation)) continue
    const questions = unknown.get(operation.session) ?? new Map<string, Map<number, number>>()
    const versions = questions.get(operation.question) ?? new Map<number, number>()
    versions.set(operation.version, operation.completedUs)
    questions.set(operation.question, versions)
    unknown.set(operation.session, questions)
  }
  return unknown
}
