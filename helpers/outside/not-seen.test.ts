import { describe, expect, test } from 'vitest'
import { checkAll } from '../checkers/check-all.ts'
import { INTEGRITY_CHECKERS } from '../checkers/integrity-checkers.ts'
import { noEvidence, quietDay } from '../checkers/model-exam.ts'
import { checkersFor, withoutRows, withoutStage } from './not-seen.ts'

const all = Object.values(INTEGRITY_CHECKERS)

function judged(view: { readonly database: boolean } | undefined, exam = quietDay()) {
  const evidence = view?.database === false ? noEvidence() : exam.evidence()
  const verdicts = checkAll(checkersFor(all, view), exam.history(), evidence, exam.expectations())
  return new Map(withoutRows(verdicts, view).map((verdict) => [verdict.id, verdict]))
}

describe('what cannot be seen from outside', () => {
  test('nothing changes for a stage of our own', () => {
    const verdicts = judged(undefined)
    expect([...verdicts.keys()]).toEqual(Object.keys(INTEGRITY_CHECKERS))
    expect(verdicts.get('durability-settings')?.valid).toBe(true)
  })

  test('with its database only the settings are not judged', () => {
    const notJudged = [...judged({ database: true }).values()].filter(({ valid }) => valid === 'not-judged')
    expect(notJudged.map(({ id }) => id)).toEqual(['durability-settings'])
    expect(notJudged[0]?.reason).toContain('from outside')
  })

  test('without it, only what the history alone decides is judged, and nothing is unknown for want of rows', () => {
    const verdicts = [...judged({ database: false }).values()]
    const decided = verdicts.filter(({ valid }) => valid !== 'not-judged')
    expect(decided.map(({ id, valid }) => [id, valid])).toEqual([
      ['well-formed-history', true],
      ['non-vacuity', true],
      ['read-your-writes', true],
      ['monotonic-reads', true],
      ['seen-again', true],
      ['told-the-same', true],
    ])
    for (const { reason } of verdicts.filter(({ valid }) => valid === 'not-judged')) {
      expect(reason).toMatch(/from outside/)
    }
  })

  test('a loss that candidates saw is one, whoever may read the rows', () => {
    const exam = quietDay()
    const read = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'review')
    if (read?.type === 'ok' && read.told?.kind === 'review') read.told = { ...read.told, answers: [] }
    const verdicts = judged({ database: false }, exam)
    expect(verdicts.get('read-your-writes')?.valid).toBe(false)
    // It needs rows for the half of what it says, and has seen enough for the other.
    expect(verdicts.get('resume-equivalence')?.valid).toBe(false)
  })

  test('samples and logs are nobody’s to judge', () => {
    const [verdict] = withoutStage(
      checkAll(all.slice(0, 1), quietDay().history(), noEvidence(), quietDay().expectations()),
      {
        database: true,
      },
    )
    expect(verdict).toMatchObject({ valid: 'not-judged', violations: 0 })
  })
})
