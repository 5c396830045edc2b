import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay } from './model-exam.ts'
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

  test('unknown: as many starts as candidates, but two of one, one of a guest and none of another', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.start('c-1', { connection: 'aside' })
    exam.start('c-2', { fate: 'not-sent' })
    exam.start('guest')
    const started = (minimumOk: Readonly<Record<string, number>>) =>
      judge(nonVacuity, exam, { expectations: { minimumOk } })
    expect(started({ 'create-session': 3 }).valid).toBe(true)
    expect(started({ 'candidates/create-session': 2 })).toMatchObject({
      valid: 'unknown',
      reason: 'too little succeeded: candidates/create-session: 1 of at least 2',
      counts: { 'candidates/create-session': 1 },
    })
    exam.start('c-2')
    expect(started({ 'candidates/create-session': 2 }).valid).toBe(true)
  })

  test('sane: who never heard of its start, and found its session, has started', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.start('c-2', { fate: 'reply-lost' })
    const minimumOk = { 'candidates/create-session': 2 }
    expect(judge(nonVacuity, exam, { expectations: { minimumOk } }).valid).toBe('unknown')
    exam.start('c-2')
    Object.assign(exam.events.at(-2) as object, { f: 'current-session' })
    expect(judge(nonVacuity, exam, { expectations: { minimumOk } })).toMatchObject({
      valid: true,
      counts: { 'candidates/create-session': 2 },
    })
  })

  test('unknown: the plan demands nothing', () => {
    expect(judge(nonVacuity, quietDay(), { expectations: { minimumOk: {} } }).valid).toBe('unknown')
  })
})
