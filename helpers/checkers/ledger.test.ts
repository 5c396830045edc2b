import { describe, expect, test } from 'vitest'
import { countLedger } from './ledger.ts'
import { modelExam, noEvidence, quietDay, rowOf } from './model-exam.ts'

describe('the ledger', () => {
  test('adds up on a quiet day', () => {
    const exam = quietDay()
    expect(countLedger(exam.history(), exam.evidence())).toEqual({
      attempted: 22,
      ok: 22,
      fail: 0,
      info: 0,
      acknowledged: 6,
      lost: 0,
      staleOverwritten: 0,
      phantom: 0,
      recovered: 0,
    })
  })

  test('counts a stale overwrite as lost, and tells it from a missing row', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { fate: 'reply-lost' })
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-2').client_seq = 1
    rowOf(evidence, 'c-2', 'q-3').client_seq = 9
    evidence.answers.rows = evidence.answers.rows.filter(
      (row) => !(row.session_id === 's-c-2' && row.question_id === 'q-1'),
    )
    expect(countLedger(exam.history(), evidence)).toMatchObject({
      attempted: 24,
      info: 1,
      lost: 2,
      staleOverwritten: 1,
      // Version 1's row carries the nonce of version 2, and version 9 was never sent.
      phantom: 2,
      recovered: 1,
    })
  })

  test('a number that was not measured is null, never zero', () => {
    const exam = quietDay()
    const unread = { lost: null, staleOverwritten: null, phantom: null, recovered: null }
    expect(countLedger(exam.history(), noEvidence())).toMatchObject({ attempted: 22, acknowledged: 6, ...unread })
    expect(countLedger({ ...exam.history(), complete: false }, exam.evidence())).toMatchObject({
      lost: 0,
      phantom: null,
    })
  })

  test('an empty history is all zeros', () => {
    const exam = modelExam()
    expect(countLedger(exam.history(), exam.evidence())).toMatchObject({ attempted: 0, acknowledged: 0, lost: 0 })
  })
})
