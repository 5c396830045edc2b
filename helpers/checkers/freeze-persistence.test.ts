import { describe, expect, test } from 'vitest'
import {
  accepted,
  caseOf,
  type FreezeDay,
  NOTHING_PROBED,
  soundDay,
  state,
  us,
} from '../freeze/testing/model-freeze.ts'
import { freezePersistence } from './freeze-persistence.ts'

const judge = (change: (day: FreezeDay) => void = () => undefined) => {
  const day = soundDay()
  change(day)
  return freezePersistence.judge(caseOf(day))
}

describe('the freeze outlives what breaks (C23)', () => {
  test('sane: after the fault everything is still refused', () => {
    expect(judge()).toMatchObject({ valid: true, gate: 'exam-mode', counts: { faults: 1, refusedAfter: 2 } })
  })

  test('violated: accepted while the fault is there', () => {
    const verdict = judge((day) => day.records.push(accepted(25.5, 'rank', ['ranks'], 'w2')))
    expect(verdict).toMatchObject({ valid: false, violations: 1 })
    expect(verdict.reason).toContain('after worker-killed, rank was answered 200 by w2, and ranks changed')
  })

  test('violated: a new worker says that it is not frozen', () => {
    expect(judge((day) => day.records.push(state(31, 'w3', false)))).toMatchObject({ valid: false })
  })

  test('what was accepted before the fault is not held against persistence', () => {
    expect(judge((day) => day.records.push(accepted(9, 'rank', ['ranks'])))).toMatchObject({ valid: true })
  })

  test('unknown: nobody tried an operation after the fault', () => {
    const verdict = judge((day) => {
      day.records = day.records.filter(
        (one) => one.kind !== 'probe' || one.operation !== 'mail' || one.invokeUs < us(26),
      )
    })
    expect(verdict).toMatchObject({
      valid: 'unknown',
      reason: 'after worker-killed nobody saw mail refused',
    })
  })

  test('unknown: the fault was never there', () => {
    const verdict = judge((day) => {
      day.records = day.records.filter((one) => one.kind !== 'fault')
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('was never there') })
  })

  test('unknown: the fault fell on a toggle', () => {
    const verdict = judge((day) => {
      day.records = day.records.map((one) => (one.kind === 'fault' && one.active ? { ...one, timeUs: us(18) } : one))
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('entirely') })
  })

  test('unknown: nothing was broken, and nothing was probed', () => {
    const calm = judge((day) => {
      day.records = day.records
        .filter((one) => one.kind !== 'fault')
        .map((one) => (one.kind === 'header' ? { ...one, faults: [] } : one))
    })
    expect(calm).toMatchObject({ valid: 'unknown', reason: 'nothing was broken while the freeze was on' })
    expect(freezePersistence.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })
})
