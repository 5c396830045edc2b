import { answersOf, foldAnswers } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { visitReads } from './session-reads.ts'
import { collectFindings } from './violations.ts'

/**
 * For a platform whose database nobody may read: how much of what was acknowledged its candidates have looked at again.
 * Whether they saw what they should is for `read-your-writes`; what nobody looked at again may be lost, and is unknown.
 */
export const seenAgain: Checker = {
  id: 'seen-again',
  title: 'Every acknowledged answer was looked at again by its candidate',
  gate: 'zero-data-loss',
  check(history, _evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const looked = new Map<string, number>()
    visitReads(history, ({ session, floor }) => {
      for (const [question, version] of floor) {
        const key = `${session} ${question}`
        looked.set(key, Math.max(version, looked.get(key) ?? Number.NEGATIVE_INFINITY))
      }
    })
    const counts = { acknowledged: 0, lookedAt: 0 }
    for (const { acked, session, question } of answersOf(foldAnswers(history))) {
      if (acked === null) continue
      counts.acknowledged++
      if ((looked.get(`${session} ${question}`) ?? Number.NEGATIVE_INFINITY) >= acked.version) counts.lookedAt++
    }
    const missed = counts.acknowledged - counts.lookedAt
    if (counts.acknowledged === 0) findings.undecided('no answer was ever acknowledged, so none could be lost')
    else if (missed > 0) {
      findings.undecided(`${missed} of ${counts.acknowledged} acknowledged answers were never looked at again`)
    }
    return findings.conclude(counts)
  },
}
