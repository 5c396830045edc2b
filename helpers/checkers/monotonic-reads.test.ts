import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay } from './model-exam.ts'
import { monotonicReads } from './monotonic-reads.ts'

function papersOf(exam: ReturnType<typeof modelExam>) {
  return exam.events.flatMap((event) => (event.type === 'ok' && event.told?.kind === 'paper' ? [event] : []))
}

function twoReads() {
  const exam = modelExam()
  exam.start('c-1')
  exam.answer('c-1', 'q-1', { version: 1 })
  exam.answer('c-1', 'q-1', { version: 2 })
  exam.read('c-1')
  exam.wait(10)
  exam.read('c-1')
  return exam
}

describe('what a candidate sees never goes back (C12)', () => {
  test('sane: versions rise, time runs out, closed stays closed', () => {
    expect(judge(monotonicReads, quietDay())).toMatchObject({
      valid: true,
      counts: { observations: 10, comparisons: 8 },
    })
  })

  test.each<[string, object, string]>([
    [
      'an older version',
      { answers: [{ question: 'q-1', version: 1, value: 0 }] },
      'saw version 2 of the answer to q-1, later 1',
    ],
    ['no answer any more', { answers: [{ question: 'q-1', version: null, value: null }] }, 'later none'],
    ['more time', { remainingSeconds: 3_599 + 2 }, 'had 3599 s left, later 3601 s'],
  ])('violated: sees %s', (_what, change, reason) => {
    const exam = twoReads()
    const last = papersOf(exam).at(-1)
    if (last?.told !== undefined) Object.assign(last.told, change)
    const verdict = judge(monotonicReads, exam)
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
    expect(verdict.reason).toContain(reason)
  })

  test('violated: a submitted session is open again', () => {
    const exam = quietDay()
    exam.read('c-1')
    const last = papersOf(exam).at(-1)
    if (last?.told !== undefined) Object.assign(last.told, { status: 'ACTIVE' })
    expect(judge(monotonicReads, exam).reason).toContain('saw the session SUBMITTED, later ACTIVE')
  })

  test('pathological: two reads that overlap may be answered in either order; one second of rounding is no gift', () => {
    const exam = twoReads()
    const [first, last] = papersOf(exam)
    if (first?.told === undefined || last?.told === undefined) throw new Error('two reads were made')
    first.timeUs = last.timeUs
    Object.assign(last.told, { answers: [{ question: 'q-1', version: 1, value: 0 }] })
    expect(judge(monotonicReads, exam).valid).toBe(true)
    const rounded = twoReads()
    const later = papersOf(rounded).at(-1)
    if (later?.told !== undefined) Object.assign(later.told, { remainingSeconds: 3_600 })
    expect(judge(monotonicReads, rounded).valid).toBe(true)
  })

  test('unknown: no session was looked at twice', () => {
    const exam = modelExam()
    exam.start('c-1')
    expect(judge(monotonicReads, exam).valid).toBe('unknown')
  })
})
