import { describe, expect, test } from 'vitest'
import {
  accepted,
  caseOf,
  type FreezeDay,
  NOTHING_PROBED,
  refused,
  soundDay,
  us,
} from '../freeze/testing/model-freeze.ts'
import { freezeSafety } from './freeze-safety.ts'

const judge = (change: (day: FreezeDay) => void = () => undefined) => {
  const day = soundDay()
  change(day)
  return freezeSafety.judge(caseOf(day))
}

describe('under freeze nothing protected happens (C21)', () => {
  test('sane: refused on every worker, and nothing changed', () => {
    expect(judge()).toMatchObject({
      id: 'freeze-safety',
      gate: 'exam-mode',
      valid: true,
      counts: { probes: 8, refused: 6, allowed: 2, unavailable: 0, looks: 1, workers: 2 },
      violations: 0,
    })
  })

  test('violated: accepted after the bound', () => {
    const verdict = judge((day) => day.records.push(accepted(9, 'rank', [], 'w2')))
    expect(verdict).toMatchObject({ valid: false, violations: 1 })
    expect(verdict.reason).toContain('rank was answered 200 by w2')
  })

  test('violated: refused, but the effect happened', () => {
    const verdict = judge((day) => day.records.push({ ...refused(9, 'mail', 'w1'), changed: ['outbox'] }))
    expect(verdict).toMatchObject({ valid: false, violations: 1 })
    expect(verdict.reason).toContain('outbox changed under freeze')
  })

  test('violated: the effect came after the last try', () => {
    const look = { kind: 'look', sinceUs: us(8.6), timeUs: us(9.6), changed: ['ranks'] } as const
    expect(judge((day) => day.records.push(look))).toMatchObject({ valid: false, violations: 1 })
  })

  test('violated: what is allowed only as a dry run wrote', () => {
    expect(judge((day) => day.records.push(accepted(9, 'try-out', ['ranks'])))).toMatchObject({ valid: false })
  })

  test.each([
    ['another code', { errorCode: 'FORBIDDEN' }],
    ['another envelope', { exactEnvelope: false }],
    ['another status', { status: 409 }],
    ['a failure that nothing explains', { status: 500, errorCode: 'INTERNAL' }],
  ])('violated: %s is not the promised refusal', (_what, reply) => {
    expect(judge((day) => day.records.push({ ...refused(9, 'rank', 'w1'), ...reply }))).toMatchObject({ valid: false })
  })

  test('what overlaps a toggle, or comes before the bound, may go either way', () => {
    const verdict = judge((day) => {
      day.records.push(accepted(7, 'rank', ['ranks']), { ...accepted(9.95, 'rank', ['ranks']), completeUs: us(10.05) })
    })
    expect(verdict.valid).toBe(true)
  })

  test('while a fault is in the way, no answer is no violation, but an effect is', () => {
    const unanswered = { ...refused(25.5, 'rank', 'w1'), status: null, worker: null, errorCode: null }
    expect(judge((day) => day.records.push(unanswered))).toMatchObject({ valid: true, counts: { unavailable: 1 } })
    expect(judge((day) => day.records.push({ ...unanswered, changed: ['ranks'] }))).toMatchObject({ valid: false })
  })

  test('what changed before the freeze was settled is not found in a probe that comes after', () => {
    const early = { ...refused(9, 'rank', 'w1'), sinceUs: us(6.5), changed: ['ranks'] }
    expect(judge((day) => day.records.push(early)).valid).toBe(true)
    expect(judge((day) => day.records.push({ ...early, sinceUs: us(7.5) })).valid).toBe(false)
    expect(judge((day) => day.records.push({ ...early, status: 200 })).valid).toBe(false)
  })

  test('no answer is excused until the platform was well again, and an effect never', () => {
    const late = { ...refused(27, 'rank', 'w1'), status: 503, errorCode: 'NOT_READY' }
    const well = { kind: 'recovery', name: 'worker-killed', timeUs: us(28) } as const
    expect(judge((day) => day.records.push(late)).valid).toBe(false)
    expect(judge((day) => day.records.push(late, well))).toMatchObject({ valid: true, counts: { unavailable: 1 } })
    expect(judge((day) => day.records.push({ ...late, changed: ['ranks'] }, well)).valid).toBe(false)
    expect(judge((day) => day.records.push({ ...late, status: 200 }, well)).valid).toBe(false)
    expect(judge((day) => day.records.push({ ...late, invokeUs: us(28.5), completeUs: us(28.6) }, well)).valid).toBe(
      false,
    )
  })

  test('unknown: an operation was tried on one worker only', () => {
    const verdict = judge((day) => {
      day.records = day.records.filter((one) => one.kind !== 'probe' || one.operation !== 'mail' || one.worker === 'w1')
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('1 of 2 workers') })
  })

  test('unknown: the tables could not be read', () => {
    expect(judge((day) => day.records.push({ ...refused(9, 'rank', 'w1'), changed: null })).valid).toBe('unknown')
  })

  test('unknown: no answer, and no fault explains it', () => {
    const unanswered = { ...refused(9, 'rank', 'w1'), status: null, errorCode: null }
    expect(judge((day) => day.records.push(unanswered)).valid).toBe('unknown')
  })

  test('unknown: nothing was probed', () => {
    expect(freezeSafety.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })
})
