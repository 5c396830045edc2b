import { describe, expect, test } from 'vitest'
import { type AnswerOptions, judge, modelExam, quietDay } from './model-exam.ts'
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

  describe('where no versions are told', () => {
    /** c-1 chose so at q-1 without hearing of it, was shown a choice, and then another, or none. */
    function shown(first: number | null, then: number | null, ...sent: readonly AnswerOptions[]) {
      const exam = modelExam()
      exam.start('c-1')
      for (const [index, one] of sent.entries()) {
        exam.answer('c-1', 'q-1', { version: index + 1, fate: 'reply-lost', ...one })
      }
      exam.read('c-1')
      exam.read('c-1')
      for (const [read, value] of [first, then].entries()) {
        const { told } = papersOf(exam)[read] ?? {}
        Object.assign(told as object, { answers: [{ question: 'q-1', version: null, value }] })
      }
      return exam
    }

    test('violated: sees a choice, and later none', () => {
      const exam = shown(2, null, { value: 2 })
      expect(judge(monotonicReads, exam)).toMatchObject({
        valid: false,
        reason: 'c-1: saw the choice of an answer to q-1, later none',
        affected: ['c-1'],
      })
      expect(judge(monotonicReads, shown(2, null, { value: 2 }, { value: null, fate: 'not-sent' })).valid).toBe(false)
      // An attempt to clear it may be missing.
      expect(judge(monotonicReads, exam, { history: { complete: false } })).toMatchObject({ valid: 'unknown' })
    })

    test('pathological: a choice arrives late, is replaced, or is cleared', () => {
      expect(judge(monotonicReads, shown(null, 2, { value: 2 })).valid).toBe(true)
      expect(judge(monotonicReads, shown(2, 1, { value: 1 }, { value: 2 })).valid).toBe(true)
      expect(judge(monotonicReads, shown(2, null, { value: 2 }, { value: null })).valid).toBe(true)
    })
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

describe('what was seen is remembered as the newest, whatever is shown after it', () => {
  /** One read for each change, a second apart, of a session in which q-1 has version 2. */
  function reads(...changes: object[]) {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1 })
    exam.answer('c-1', 'q-1', { version: 2 })
    for (const change of changes) {
      exam.wait(1)
      exam.read('c-1')
      Object.assign(papersOf(exam).at(-1)?.told as object, { remainingSeconds: 100, ...change })
    }
    return exam
  }
  const version = (number: number) => ({ answers: [{ question: 'q-1', version: number, value: 0 }] })
  const reasons = (...changes: object[]) =>
    judge(monotonicReads, reads(...changes)).examples.map(({ summary }) => summary)

  test('versions: each read that falls behind the newest is one too many', () => {
    expect(reasons(version(1), version(3), version(2), version(3))).toEqual([
      'c-1: saw version 3 of the answer to q-1, later 2',
    ])
    expect(judge(monotonicReads, reads(version(3), version(2), version(2)))).toMatchObject({ violations: 2 })
    expect(judge(monotonicReads, reads(version(2), version(2)))).toMatchObject({ valid: true })
  })

  test('status: a session that was closed stays closed in memory', () => {
    const closed = { status: 'SUBMITTED' }
    expect(judge(monotonicReads, reads({}, closed, {}, {}))).toMatchObject({ violations: 2 })
    expect(judge(monotonicReads, reads({}, closed, { status: 'EXPIRED' }))).toMatchObject({ violations: 1 })
    expect(judge(monotonicReads, reads({}, {}, closed, closed))).toMatchObject({ valid: true })
  })

  test('time: the least that was left counts, and a read that tells none says nothing', () => {
    const left = (remainingSeconds: number | null) => ({ remainingSeconds })
    expect(judge(monotonicReads, reads(left(90), left(80), left(85), left(85)))).toMatchObject({ violations: 2 })
    expect(reasons(left(80), left(90))).toEqual(['c-1: had 80 s left, later 90 s'])
    expect(judge(monotonicReads, reads(left(80), left(81), left(79)))).toMatchObject({ valid: true })
    expect(judge(monotonicReads, reads(left(80), left(null), left(90)))).toMatchObject({ violations: 1 })
    expect(judge(monotonicReads, reads(left(null), left(90), left(90)))).toMatchObject({ valid: true })
  })

  test('a reply without an end, or that is none, was seen by nobody', () => {
    for (const change of [{ type: 'info' }, { type: 'fail' }, { timeUs: null }]) {
      const exam = reads(version(3), version(2))
      Object.assign(papersOf(exam)[0] as object, change)
      expect(judge(monotonicReads, exam), JSON.stringify(change)).toMatchObject({ violations: 0 })
    }
  })

  test('a read that is sent in the very moment in which the other is answered overlaps it', () => {
    const exam = reads(version(3), version(2))
    const [first] = papersOf(exam)
    const last = exam.events.findLast((event) => event.type === 'invoke')
    if (first === undefined || last === undefined) throw new Error('two reads were made')
    first.timeUs = last.timeUs
    expect(judge(monotonicReads, exam)).toMatchObject({ violations: 0 })
    first.timeUs = last.timeUs - 1
    expect(judge(monotonicReads, exam)).toMatchObject({ violations: 1 })
  })
})
