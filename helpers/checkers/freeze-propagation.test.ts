import { describe, expect, test } from 'vitest'
import { caseOf, type FreezeDay, NOTHING_PROBED, soundDay, state } from '../freeze/testing/model-freeze.ts'
import { freezePropagation } from './freeze-propagation.ts'

const judge = (change: (day: FreezeDay) => void = () => undefined) => {
  const day = soundDay()
  change(day)
  return freezePropagation.judge(caseOf(day))
}

describe('every worker knows of every toggle', () => {
  test('sane: each said so, and the slowest is measured', () => {
    const verdict = judge((day) => day.records.push(state(5.5, 'w2', false)))
    expect(verdict).toMatchObject({ valid: true, gate: 'exam-mode', counts: { toggles: 6, workers: 2 } })
    expect(verdict.figures?.[0]).toMatchObject({ limit: 2_000, bad: 'above' })
    expect(verdict.figures?.[0]?.measured).toBeCloseTo(410, -1)
  })

  test('violated: a worker says otherwise after the bound', () => {
    const verdict = judge((day) => day.records.push(state(8.5, 'w2', false)))
    expect(verdict).toMatchObject({ valid: false, violations: 1 })
    expect(verdict.reason).toBe('w2 still said not frozen 3400 ms after frozen was acknowledged')
  })

  test('unknown: one worker was never heard after a toggle', () => {
    const verdict = judge((day) => {
      day.records = day.records.filter((one) => one.kind !== 'state' || one.worker === 'w1')
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('1 of 2 workers') })
  })

  test('unknown: nobody was asked again after the bound', () => {
    const verdict = judge((day) => {
      day.records = day.records.filter((one) => one.kind !== 'state' || (one.invokeUs !== 8e6 && one.invokeUs !== 30e6))
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('after the bound') })
  })

  test('unknown: toggles that were not acknowledged are none', () => {
    const verdict = judge((day) => {
      day.records = day.records.map((one) => (one.kind === 'toggle' ? { ...one, status: 409 } : one))
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('toggled 0 times') })
  })

  test('unknown: nothing was probed', () => {
    expect(freezePropagation.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })
})
