import { describe, expect, test } from 'vitest'
import { judge, modelExam, noEvidence, quietDay } from './model-exam.ts'
import { seenAgain } from './seen-again.ts'

const blind = { evidence: noEvidence() }

describe('what was looked at again, without a database', () => {
  test('sane: everything is, by the review', () => {
    expect(judge(seenAgain, quietDay(), blind)).toMatchObject({
      valid: true,
      counts: { acknowledged: 6, lookedAt: 6 },
    })
  })

  test('an answer that nobody looked at again is unknown, and so is a newer version of one', () => {
    for (const [version, value] of [
      [1, 3],
      [2, 4],
    ] as const) {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1')
      exam.read('c-1')
      exam.answer('c-1', version === 1 ? 'q-2' : 'q-1', { version, value })
      const verdict = judge(seenAgain, exam, blind)
      expect(verdict.valid).toBe('unknown')
      expect(verdict.reason).toMatch(/^1 of \d acknowledged answers were never looked at again$/)
    }
  })

  test('nothing acknowledged says nothing', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { fate: 'request-lost' })
    expect(judge(seenAgain, exam, blind)).toMatchObject({
      id: 'seen-again',
      title: 'Every acknowledged answer was looked at again by its candidate',
      gate: 'zero-data-loss',
      valid: 'unknown',
      reason: 'no answer was ever acknowledged, so none could be lost',
      counts: { acknowledged: 0, lookedAt: 0 },
    })
  })
})
