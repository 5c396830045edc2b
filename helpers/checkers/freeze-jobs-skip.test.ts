import { describe, expect, test } from 'vitest'
import type { JobRecord } from '../freeze/record.ts'
import { caseOf, job, NOTHING_PROBED, soundDay } from '../freeze/testing/model-freeze.ts'
import { jobsSkip } from './freeze-jobs-skip.ts'

function judge(purpose: JobRecord['purpose'], ...instead: JobRecord[]) {
  const day = soundDay()
  day.records = [...day.records.filter((one) => one.kind !== 'job' || one.purpose !== purpose), ...instead]
  return jobsSkip.judge(caseOf(day))
}

describe('jobs skip under freeze', () => {
  test('sane: skipped with exit code 0, and it worked without freeze', () => {
    expect(jobsSkip.judge(caseOf(soundDay()))).toMatchObject({
      valid: true,
      gate: 'exam-mode',
      counts: { controls: 1, skipped: 1, executed: 0 },
    })
  })

  test.each([
    ['it ran', 0, 'DONE'],
    ['it skipped with an error, which wakes somebody up on exam day', 1, 'SKIPPED'],
    ['it left no record', 0, null],
  ])('violated: %s', (_what, exitCode, status) => {
    expect(judge('skip', job('skip', 7.5, 500, exitCode, status))).toMatchObject({ valid: false, violations: 1 })
  })

  test.each([
    ['it was never started under freeze', 'skip', []],
    ['it could not be started', 'skip', [job('skip', 7.5, 500, null, null)]],
    ['nobody knows which run is its', 'skip', [{ ...job('skip', 7.5, 500, 0, null), unclear: true }]],
    ['it was never started without', 'control', []],
    ['it did nothing without freeze either', 'control', [job('control', 1, 500, 0, 'SKIPPED')]],
    ['it overlapped a toggle', 'skip', [job('skip', 9.8, 500, 0, 'SKIPPED')]],
  ] as const)('unknown: %s', (_what, purpose, instead) => {
    expect(judge(purpose, ...instead)).toMatchObject({ valid: 'unknown', violations: 0 })
  })

  test('unknown: nothing was probed', () => {
    expect(jobsSkip.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })
})
