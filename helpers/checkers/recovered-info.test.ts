import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, unreadable } from './model-exam.ts'
import { recoveredInfo } from './recovered-info.ts'

describe('unknown outcomes are accounted for (C18)', () => {
  test('sane: resolved by retry, by a newer version, by a read, or not at all', () => {
    const exam = modelExam(5)
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { fate: 'request-lost' })
    exam.answer('c-1', 'q-1', { attempt: 2 })
    exam.answer('c-1', 'q-2', { version: 1, fate: 'reply-lost' })
    exam.answer('c-1', 'q-2', { version: 2 })
    exam.answer('c-1', 'q-3', { fate: 'reply-lost' })
    exam.read('c-1')
    exam.answer('c-1', 'q-4', { fate: 'reply-lost' })
    exam.answer('c-1', 'q-5', { fate: 'request-lost' })
    const verdict = judge(recoveredInfo, exam)
    expect(verdict).toMatchObject({
      valid: true,
      violations: 0,
      counts: { versions: 6, unknownOnce: 5, byRetry: 1, byNewerVersion: 1, byRead: 1, recovered: 2, unresolved: 2 },
    })
    expect(verdict.examples.map((example) => example.summary)).toEqual([
      'c-1: never learnt whether version 1 of the answer to q-4 was saved; it is stored',
      'c-1: never learnt whether version 1 of the answer to q-5 was saved; it is not stored',
    ])
  })

  test('the list of what is left is bounded', () => {
    const exam = modelExam(50)
    exam.start('c-1')
    for (const question of exam.questions) exam.answer('c-1', question, { fate: 'reply-lost' })
    const verdict = judge(recoveredInfo, exam)
    expect(verdict.counts).toMatchObject({ unresolved: 50, recovered: 50 })
    expect(verdict.examples).toHaveLength(3)
  })

  test('unknown: nothing was sent, or the rows could not be read', () => {
    expect(judge(recoveredInfo, modelExam()).valid).toBe('unknown')
    expect(judge(recoveredInfo, quietDay(), { evidence: { answers: unreadable() } }).valid).toBe('unknown')
  })
})
