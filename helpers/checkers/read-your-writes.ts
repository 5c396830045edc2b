import type { Checker } from './checker.ts'
import { visitReads } from './session-reads.ts'
import { collectFindings } from './violations.ts'

/**
 * C11: what a candidate was told is saved, it sees. A read sent after an acknowledgement shows that version or a newer
 * one.
 */
export const readYourWrites: Checker = {
  id: 'read-your-writes',
  title: 'A candidate sees what was acknowledged before it looked',
  gate: 'zero-data-loss',
  check(history, _evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const counts = { reads: 0, compared: 0, stale: 0, undecided: 0 }
    visitReads(history, ({ operation, session, answers, floor, chosen }) => {
      counts.reads++
      const shown = new Map(answers.map((answer) => [answer.question, answer]))
      for (const [question, version] of floor) {
        counts.compared++
        const answer = shown.get(question)
        const seen = answer?.version ?? null
        // Without versions: what was chosen last is seen. Another choice may be a newer one that is under way, which
        // `resume-equivalence` knows.
        if (answer !== undefined && seen === null && chosen.has(question)) continue
        // A reply may leave out what has no answer, and it was cleared.
        if (answer === undefined && chosen.get(question) === null) continue
        if (seen === null && answer !== undefined && answer.value !== null) {
          counts.undecided++
          findings.undecided('a read shows answers without their version')
          continue
        }
        if (seen !== null && seen >= version) continue
        counts.stale++
        findings.add({
          summary: `${operation.candidate}: version ${version} of the answer to ${question} was acknowledged, a later ${operation.f} showed ${seen === null ? 'none' : `version ${seen}`}`,
          candidate: operation.candidate,
          session,
          question,
          weight: version - (seen ?? 0),
          rows: answer === undefined ? [] : [answer],
          provedBy: (other) =>
            other.index === operation.index || (other.session === session && other.question === question),
        })
      }
    })
    if (counts.compared === 0) findings.undecided('nobody read a session after an answer in it was acknowledged')
    return findings.conclude(counts)
  },
}
