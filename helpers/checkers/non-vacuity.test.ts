import { describe, expect, test } from 'vitest'
import { judge, quietDay } from './model-exam.ts'
import { nonVacuity } from './non-vacuity.ts'

describe('non-vacuity (C2)', () => {
  test('sane: as much succeeded as the plan demands, by operation and by step', () => {
    const minimumOk = { 'save-answer': 8, 'steady/submit': 4 }
    expect(judge(nonVacuity, quietDay(), { expectations: { minimumOk } })).toMatchObject({
      valid: true,
      counts: { 'save-answer': 8, 'steady/submit': 4 },
    })
  })

  test('unknown, never true: an operation that never succeeded in a step', () => {
    const verdict = judge(nonVacuity, quietDay(), {
      expectations: { minimumOk: { 'save-answer': 1, 'drain/submit': 1 } },
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'too little succeeded: drain/submit: 0 of at least 1' })
  })

  test('unknown: the plan demands nothing', () => {
    expect(judge(nonVacuity, quietDay(), { expectations: { minimumOk: {} } }).valid).toBe('unknown')
  })
})
