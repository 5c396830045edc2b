import { describe, expect, test } from 'vitest'
import { historyOf } from '../history/history-of.ts'
import type { HistoryEvent } from '../history/operation.ts'
import { judge, modelExam, quietDay } from './model-exam.ts'
import { wellFormedHistory } from './well-formed-history.ts'

describe('a well-formed history (C1)', () => {
  test('sane: everything that began has ended, one thing at a time', () => {
    const verdict = judge(wellFormedHistory, quietDay())
    expect(verdict).toMatchObject({ valid: true, violations: 0 })
    expect(verdict.counts).toMatchObject({ invocations: 22, completions: 22, open: 0, events: 44 })
  })

  test('an operation that is open at the end is no violation', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 5, overlaps: true })
    expect(judge(wellFormedHistory, exam)).toMatchObject({ valid: true, counts: { open: 1 } })
  })

  test('overlapping operations on connections of their own are allowed', () => {
    const exam = modelExam()
    exam.submit('c-1', { overlaps: true })
    exam.submit('c-1', { overlaps: true, connection: 'double-submit' })
    exam.start('c-2')
    expect(judge(wellFormedHistory, exam).valid).toBe(true)
  })

  test.each<[string, (events: HistoryEvent[]) => HistoryEvent[], string]>([
    ['two completions', (e) => [...e, { ...(e[1] as HistoryEvent), index: e.length }], 'which is not open'],
    ['a completion of nothing', (e) => e.filter((event) => event.index !== 0), 'which is not open'],
    [
      'an end before its beginning',
      (e) => e.map((x) => (x.index === 1 ? { ...x, timeUs: 1 } : x)),
      'ended before it began',
    ],
    ['a clock that jumps back', (e) => e.map((x) => (x.index === 2 ? { ...x, timeUs: 1e9 } : x)), 'already recorded'],
    ['an index twice', (e) => e.map((x) => (x.index === 3 ? { ...x, index: 2 } : x)), 'index 2 follows 2'],
    ['no time', (e) => e.map((x) => (x.index === 2 ? { ...x, timeUs: Number.NaN } : x)), 'has no time'],
    [
      'an answer that does not say to what',
      (e) => e.map(({ ...x }) => ('question' in x ? (({ question: _, ...rest }) => rest)(x) : x) as HistoryEvent),
      'names no session, question or version',
    ],
  ])('unknown, never false: %s', (_what, tamper, reason) => {
    const exam = quietDay()
    const history = historyOf(tamper(exam.events as HistoryEvent[]))
    const verdict = wellFormedHistory.check(history, exam.evidence(), exam.expectations())
    expect(verdict).toMatchObject({ valid: 'unknown', gate: 'evidence-complete' })
    expect(verdict.violations).toBeGreaterThan(0)
    expect(verdict.examples.map((example) => example.summary).join('\n')).toContain(reason)
  })

  test('unknown, never false: one connection does two things at once', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { overlaps: true })
    exam.answer('c-1', 'q-2', { overlaps: true })
    expect(judge(wellFormedHistory, exam)).toMatchObject({ valid: 'unknown', violations: 1, affected: ['c-1'] })
  })

  test('unknown: an empty history, or one with a part missing', () => {
    expect(judge(wellFormedHistory, modelExam())).toMatchObject({ valid: 'unknown', reason: 'the history is empty' })
    expect(judge(wellFormedHistory, quietDay(), { history: { complete: false } }).valid).toBe('unknown')
  })
})
