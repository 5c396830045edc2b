import { describe, expect, test } from 'vitest'
import { constraintsPresent } from './constraints-present.ts'
import { judge, quietDay, unreadable } from './model-exam.ts'
import { sqlInvariants } from './sql-invariants.ts'

describe('the integrity queries', () => {
  test('sane: every query ran and none returned a row', () => {
    expect(judge(sqlInvariants, quietDay())).toMatchObject({ valid: true, counts: { queries: 6 } })
  })

  test('violated: a row names its candidate, and the query with the most rows is shown as the worst', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    const rows = (count: number) => Array.from({ length: count }, () => ({ session_id: 's-c-1', question_id: 'q-1' }))
    evidence.invariants[1]?.rows.rows.push(...rows(1))
    evidence.invariants[2]?.rows.rows.push(...rows(5))
    const verdict = judge(sqlInvariants, exam, { evidence })
    expect(verdict).toMatchObject({
      valid: false,
      violations: 6,
      affected: ['c-1'],
      counts: { 'orphaned-answers': 1, 'answer-question-mismatches': 5 },
    })
    expect(verdict.reason).toContain('the worst: answer-question-mismatches')
  })

  test('unknown: what only a backend that works would have closed, while a fault could not be healed', () => {
    const judged = (toUs: number | null) => {
      const evidence = quietDay().evidence()
      const rows = { session_id: 's-c-1', status: 'ACTIVE' }
      evidence.invariants.find(({ id }) => id === 'active-past-expiry')?.rows.rows.push(rows)
      const faults = [
        { name: 'redis-refused', fromUs: 1, toUs: 2 },
        { name: 'backend-paused', fromUs: 1, toUs },
      ]
      return judge(sqlInvariants, quietDay(), { evidence, expectations: { faults } })
    }
    expect(judged(5).valid).toBe(false)
    expect(judged(null)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('a fault was not healed: active-past-expiry'),
      counts: { 'active-past-expiry': 1 },
    })
  })

  test('what the platform declares not to have is named, and is no query that held', () => {
    const { invariants } = quietDay().evidence()
    const absent = { id: 'unscored', title: '', rows: { known: false, reason: 'no scores', absent: true } } as const
    const verdict = judge(sqlInvariants, quietDay(), { evidence: { invariants: [...invariants, absent] } })
    expect(verdict).toMatchObject({ valid: true, counts: { queries: 6, 'unscored (not judged)': 1 } })
  })

  test.each([
    ['none', 'no integrity query was run', []],
    [
      'the one that asks who is connected',
      'no integrity query of rows was run',
      [{ id: 'idle-in-transaction', title: '', rows: { known: true, rows: [] } }],
    ],
  ] as const)('unknown: of all queries %s is left, and so nothing was asked of a row', (_what, reason, left) => {
    const absent = { id: 'unscored', title: '', rows: { known: false, reason: 'no scores', absent: true } } as const
    expect(judge(sqlInvariants, quietDay(), { evidence: { invariants: [absent, ...left] } })).toMatchObject({
      valid: 'unknown',
      reason,
    })
  })

  test('a row is shown with what led to it: the operations of its session and question', () => {
    const shown = (row: Record<string, unknown>) => {
      const exam = quietDay()
      const evidence = exam.evidence()
      evidence.invariants[1]?.rows.rows.push(row)
      const [example] = judge(sqlInvariants, exam, { evidence }).examples
      return { candidate: example?.candidate, operations: example?.operations.join('\n') }
    }
    const ofTwo = shown({ session_id: 's-c-1', question_id: 'q-2' })
    expect(ofTwo.candidate).toBe('c-1')
    expect(ofTwo.operations?.match(/save-answer v\d/g)).toEqual(['save-answer v1', 'save-answer v2'])
    expect(ofTwo.operations).not.toContain('read-session')
    expect(shown({ session_id: 's-c-1', question_id: 7 }).operations).toContain('read-session')
    expect(shown({ session_id: 7 }).candidate).toBeUndefined()
  })

  test('unknown: one query failed, or none was run', () => {
    const { invariants } = quietDay().evidence()
    const failed = [...invariants, { id: 'unscored', title: '', rows: unreadable('canceled') }]
    const verdict = judge(sqlInvariants, quietDay(), { evidence: { invariants: failed } })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'unscored could not be read: canceled' })
    expect(judge(sqlInvariants, quietDay(), { evidence: { invariants: [] } }).valid).toBe('unknown')
  })
})

describe('the constraints', () => {
  test('sane: none is missing', () => {
    expect(judge(constraintsPresent, quietDay())).toMatchObject({ valid: true, counts: { problems: 0 } })
  })

  test('violated: one is missing, and the verdict names it', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    const row = {
      promise: 'one',
      table_name: 'attempt_events',
      kind: 'unique',
      columns: 'session_id',
      problem: 'missing',
    }
    evidence.invariants[0]?.rows.rows.push(row)
    const verdict = judge(constraintsPresent, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, reason: 'attempt_events: one: unique on (session_id) is missing' })
  })

  test('not judged: the platform says that there is nothing to look into', () => {
    const rows = { known: false, reason: 'keys are kept elsewhere', absent: true } as const
    const invariants = [{ id: 'constraints-present', title: '', rows }]
    expect(judge(constraintsPresent, quietDay(), { evidence: { invariants } })).toMatchObject({
      valid: 'not-judged',
      reason: 'keys are kept elsewhere',
    })
  })

  test('unknown: the catalogue was not, or could not be, looked into', () => {
    expect(judge(constraintsPresent, quietDay(), { evidence: { invariants: [] } }).valid).toBe('unknown')
    const invariants = [{ id: 'constraints-present', title: '', rows: unreadable() }]
    expect(judge(constraintsPresent, quietDay(), { evidence: { invariants } }).valid).toBe('unknown')
  })
})
