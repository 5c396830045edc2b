import { describe, expect, test } from 'vitest'
import { failedHasNoEffect } from './failed-has-no-effect.ts'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'

describe('what failed has no effect (C6)', () => {
  test('sane: a refused answer is not in the database', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 3 })
    expect(judge(failedHasNoEffect, exam)).toMatchObject({ valid: true, counts: { failedVersions: 1, effects: 0 } })
  })

  test('violated: a version that was refused every time stands in the row', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 3 })
    exam.answer('c-1', 'q-1', { version: 2, value: 3, attempt: 2 })
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_seq = 2
    const verdict = judge(failedHasNoEffect, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, affected: ['c-1'], counts: { effects: 1 } })
    expect(verdict.examples[0]?.operations.join('\n')).toContain('SESSION_CLOSED')
  })

  test('pathological: superseded once, unknown before: the version may stand', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { version: 1, value: 1, fate: 'request-lost' })
    exam.answer('c-3', 'q-1', { version: 2, value: 2, fate: 'reply-lost' })
    exam.answer('c-3', 'q-1', { version: 1, value: 1, attempt: 2 })
    const evidence = exam.evidence()
    rowOf(evidence, 'c-3', 'q-1').client_seq = 1
    // C6 allows it: version 1 was unknown in its first attempt.
    expect(judge(failedHasNoEffect, exam, { evidence }).valid).toBe(true)
  })

  test('unknown: nothing was sent, the rows are unreadable, or a row cannot be traced', () => {
    expect(judge(failedHasNoEffect, modelExam()).valid).toBe('unknown')
    expect(judge(failedHasNoEffect, quietDay(), { evidence: { answers: unreadable() } }).valid).toBe('unknown')
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 3 })
    const evidence = exam.evidence()
    Object.assign(rowOf(evidence, 'c-1', 'q-1'), { client_seq: null, client_event_id: null, selected_index: 99 })
    expect(judge(failedHasNoEffect, exam, { evidence })).toMatchObject({
      valid: 'unknown',
      reason: 'a row cannot be traced to a version',
      counts: { undecided: 1, effects: 0 },
    })
  })

  test('unknown: a history that lacks something may lack the attempt that was not refused', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 3 })
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_seq = 2
    expect(judge(failedHasNoEffect, exam, { evidence, history: { complete: false } })).toMatchObject({
      valid: 'unknown',
      reason: 'the history is incomplete: a later attempt of a refused version may be missing',
    })
  })
})
