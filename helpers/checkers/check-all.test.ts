import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mergeValidity } from '../verdict.ts'
import { checkAll } from './check-all.ts'
import type { Checker } from './checker.ts'
import { INTEGRITY_CHECKERS } from './integrity-checkers.ts'
import { modelExam, noEvidence, quietDay } from './model-exam.ts'

const ALL: readonly Checker[] = Object.values(INTEGRITY_CHECKERS)

describe('running checkers (C27)', () => {
  test('a checker that crashes is unknown with the error in its reason, and the others still run', () => {
    const crashing: Checker = {
      id: 'crashing',
      title: 'Never crashes',
      gate: 'zero-data-loss',
      check() {
        throw new TypeError('rows is not iterable')
      },
    }
    const exam = quietDay()
    const verdicts = checkAll(
      [crashing, INTEGRITY_CHECKERS.score],
      exam.history(),
      exam.evidence(),
      exam.expectations(),
    )
    expect(verdicts[0]).toMatchObject({ id: 'crashing', gate: 'zero-data-loss', valid: 'unknown', violations: 0 })
    expect(verdicts[0]?.reason).toContain('the checker crashed: TypeError: rows is not iterable')
    expect(verdicts[1]?.valid).toBe(true)
    expect(mergeValidity(verdicts.map((verdict) => verdict.valid))).toBe('unknown')
  })

  test('a quiet exam day satisfies every checker', () => {
    const exam = quietDay()
    const verdicts = checkAll(ALL, exam.history(), exam.evidence(), exam.expectations())
    expect(verdicts.filter((verdict) => verdict.valid !== true)).toEqual([])
    expect(verdicts).toHaveLength(ALL.length)
  })

  test('without evidence no checker that needs it says true, and none says false', () => {
    const exam = quietDay()
    const fromHistoryAlone = ['well-formed-history', 'non-vacuity', 'read-your-writes', 'monotonic-reads']
    for (const verdict of checkAll(ALL, exam.history(), noEvidence(), exam.expectations())) {
      expect(verdict.valid, verdict.id).toBe(fromHistoryAlone.includes(verdict.id) ? true : 'unknown')
    }
  })

  test('an empty history proves nothing, to any checker that looks at it', () => {
    const exam = modelExam()
    const aboutTheDatabase = ['constraints-present', 'durability-settings', 'sql-invariants']
    for (const verdict of checkAll(ALL, exam.history(), exam.evidence(), exam.expectations())) {
      expect(verdict.valid, verdict.id).toBe(aboutTheDatabase.includes(verdict.id) ? true : 'unknown')
    }
  })

  test('ids are the names they are registered under, and each title is a sentence', () => {
    for (const [id, checker] of Object.entries(INTEGRITY_CHECKERS)) {
      expect(checker.id).toBe(id)
      expect(checker.title).toMatch(/^[A-Z].{20,}[^.]$/)
    }
  })

  test('the documentation lists every checker with its gate, and no other', () => {
    const documented = readFileSync(new URL('../../docs/correctness.md', import.meta.url), 'utf8')
    const rows = [...documented.matchAll(/^\| `([a-z-]+)` +\|.*\| ([a-z-]+) +\|$/gm)].map(
      ([, id, gate]) => `${id}: ${gate}`,
    )
    const beside = rows.filter((row) => row.startsWith('monitor-'))
    expect(rows.filter((row) => !beside.includes(row))).toEqual(ALL.map(({ id, gate }) => `${id}: ${gate}`))
  })

  test('a verdict survives being stored', () => {
    const exam = quietDay()
    const verdicts = checkAll(ALL, exam.history(), exam.evidence(), exam.expectations())
    expect(JSON.parse(JSON.stringify(verdicts))).toEqual(verdicts)
  })
})
