import { describe, expect, test } from 'vitest'
import { caseOf, type FreezeDay, NOTHING_PROBED, soundDay } from '../freeze/testing/model-freeze.ts'
import { allowedWorkNotSlower } from './freeze-slowness.ts'

const FROZEN_FROM: readonly [number, number][] = [
  [5, 10],
  [13, 16],
  [19, 99],
]
const isFrozen = (at: number) => FROZEN_FROM.some(([from, to]) => at > from && at < to)

/** The day with answers that take so many ms more under freeze, by the second they were sent in. */
function judge(slower: (at: number) => number, change: (day: FreezeDay) => void = () => undefined) {
  const day = soundDay()
  day.operations = day.operations.map(([at, f, ms]) => [at, f, isFrozen(at) ? ms + slower(at) : ms])
  change(day)
  return allowedWorkNotSlower.judge(caseOf(day))
}

describe('the freeze makes nothing slower', () => {
  test('sane: as fast as without, within 5 ms or a tenth', () => {
    expect(judge(() => 4)).toMatchObject({ valid: true, gate: 'exam-mode', counts: { frozen: 75, free: 50, pairs: 4 } })
    expect(judge(() => 0).figures?.[0]).toMatchObject({ measured: 11, limit: 16 })
  })

  test('violated: slower with every toggle', () => {
    const verdict = judge(() => 30)
    expect(verdict).toMatchObject({ valid: false, violations: 1 })
    expect(verdict.reason).toContain('41.0 ms under freeze and 11.0 ms without')
  })

  test('unknown: slower in some windows only is the machine, or cannot be told from it', () => {
    expect(judge((at) => (at > 12 ? 30 : 0))).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('too restless'),
    })
  })

  test('a job beside the answers, or a fault, is not charged to the freeze', () => {
    const verdict = judge(
      () => 0,
      (day) => {
        for (let n = 0; n < 50; n += 1)
          day.operations.push([7.6 + n / 100, 'save-answer', 300], [25 + n / 100, 'save-answer', 300])
      },
    )
    expect(verdict).toMatchObject({ valid: true, counts: { frozen: 75 } })
  })

  test('unknown: too few answers to compare', () => {
    const verdict = judge(
      () => 0,
      (day) => {
        day.operations = day.operations.filter(([at]) => !isFrozen(at) || at > 19)
      },
    )
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('1 changes') })
  })

  test('unknown: nothing was probed', () => {
    expect(allowedWorkNotSlower.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })
})
