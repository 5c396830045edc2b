import { describe, expect, test } from 'vitest'
import type { ProbeRecord } from '../freeze/record.ts'
import { caseOf, NOTHING_PROBED, soundDay } from '../freeze/testing/model-freeze.ts'
import { freezePositiveControl } from './freeze-positive-control.ts'

/** The day with the control of `rank` changed. */
function judgeControl(change: Partial<ProbeRecord>) {
  const day = soundDay()
  day.records = day.records.map((one) =>
    one.kind === 'probe' && one.operation === 'rank' && one.status === 200 ? { ...one, ...change } : one,
  )
  return freezePositiveControl.judge(caseOf(day))
}

describe('without freeze it works (C22)', () => {
  test('sane: each protected operation succeeded and had its effect', () => {
    expect(freezePositiveControl.judge(caseOf(soundDay()))).toMatchObject({
      valid: true,
      gate: 'exam-mode',
      counts: { operations: 2, controlled: 2, probes: 2 },
    })
  })

  test.each([
    ['it was refused for another reason', { status: 403, errorCode: 'FORBIDDEN' }, 'its refusals prove nothing'],
    ['it had no effect', { changed: [] }, 'nothing changed'],
    ['the effect could not be seen', { changed: null }, 'nothing changed'],
    ['it was never tried without freeze', { invokeUs: 8e6, completeUs: 8.1e6 }, 'never tried'],
  ])('unknown, never false: %s', (_what, change, reason) => {
    expect(judgeControl(change)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining(reason),
      counts: { controlled: 1 },
    })
  })

  test('unknown: nothing was probed', () => {
    expect(freezePositiveControl.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })
})
