import { describe, expect, test } from 'vitest'
import { foldAnswers } from './answer-ledger.ts'
import { boundClockDifference } from './clock-difference.ts'
import { modelExam, rowOf } from './model-exam.ts'

/** Noon of the model's day; its server's clock is ours. */
const EPOCH_MS = Date.UTC(2026, 0, 15, 12)

function answered() {
  const exam = modelExam()
  exam.start('c-1')
  exam.answer('c-1', 'q-1')
  exam.answer('c-1', 'q-2')
  return exam
}

const bound = (exam: ReturnType<typeof modelExam>, rows = exam.evidence().answers.rows, epochMs = EPOCH_MS) =>
  boundClockDifference(foldAnswers(exam.history()), rows, epochMs)

describe('the difference between two clocks', () => {
  test('lies between what each answer leaves possible: sent before, acknowledged after it was stored', () => {
    // Stored 1 ms after it was sent and 1 ms before it was acknowledged; the row may be up to 1 ms too early.
    expect(bound(answered())).toEqual({ differenceMs: 0.5, errorMs: 1.5 })
  })

  test('moves with the epoch, and each epoch is remembered for itself', () => {
    const exam = answered()
    const ledger = foldAnswers(exam.history())
    const { rows } = exam.evidence().answers
    for (const offMs of [0, 700, 0, -700]) {
      expect(boundClockDifference(ledger, rows, EPOCH_MS - offMs)).toEqual({ differenceMs: 0.5 + offMs, errorMs: 1.5 })
    }
    const [first, again] = [0, 0].map(() => boundClockDifference(ledger, rows, EPOCH_MS))
    expect(first).toBe(again)
  })

  test('is bound by the tightest of all', () => {
    const exam = answered()
    const evidence = exam.evidence()
    const row = rowOf(evidence, 'c-1', 'q-2')
    row.answered_at = new Date(Date.parse(row.answered_at) + 1).toISOString()
    expect(bound(exam, evidence.answers.rows)).toEqual({ differenceMs: 1, errorMs: 1 })
  })

  test('has a negative error when a clock was set meanwhile', () => {
    const exam = answered()
    const evidence = exam.evidence()
    const row = rowOf(evidence, 'c-1', 'q-2')
    row.answered_at = new Date(Date.parse(row.answered_at) + 60_000).toISOString()
    expect(bound(exam, evidence.answers.rows)?.errorMs).toBeLessThan(0)
  })

  test('is not bound by an answer that was tried again, never acknowledged, or has no row', () => {
    for (const fate of ['request-lost', 'reply-lost', 'not-sent'] as const) {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1', { fate })
      expect(bound(exam), fate).toBeNull()
      exam.answer('c-1', 'q-1', { attempt: 2 })
      expect(bound(exam), fate).toBeNull()
    }
    expect(bound(answered(), [])).toBeNull()
    expect(bound(modelExam())).toBeNull()
  })

  test('of a row without a version: only where one version alone was ever sent', () => {
    const exam = answered()
    const blind = () => exam.evidence().answers.rows.map((row) => ({ ...row, client_seq: null }))
    expect(bound(exam, blind())).toEqual({ differenceMs: 0.5, errorMs: 1.5 })
    exam.answer('c-1', 'q-1', { version: 2 })
    exam.answer('c-1', 'q-2', { version: 2 })
    expect(bound(exam, blind())).toBeNull()
  })
})
