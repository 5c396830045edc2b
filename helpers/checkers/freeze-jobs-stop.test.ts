import { describe, expect, test } from 'vitest'
import type { JobRecord } from '../freeze/record.ts'
import { caseOf, job, NOTHING_PROBED, soundDay } from '../freeze/testing/model-freeze.ts'
import { jobsStop } from './freeze-jobs-stop.ts'

function judge(...instead: JobRecord[]) {
  const day = soundDay()
  day.records = [...day.records.filter((one) => one.kind !== 'job' || one.purpose !== 'stop'), ...instead]
  return jobsStop.judge(caseOf(day))
}
const running = (tookMs: number, exitCode: number | null, status: string | null): JobRecord => ({
  ...job('stop', 4, tookMs, exitCode, status),
  seenRunning: true,
})

describe('a running job stops when the freeze begins', () => {
  test('sane: it stopped, with exit code 0, and said so', () => {
    const verdict = jobsStop.judge(caseOf(soundDay()))
    expect(verdict).toMatchObject({ valid: true, gate: 'exam-mode', counts: { started: 1, stopped: 1 } })
    expect(verdict.figures?.[0]).toMatchObject({ measured: 400, limit: 5_000 })
  })

  test.each([
    ['it ran to its end', 3_101, 0, 'DONE'],
    ['it was still running', 9_000, null, 'RUNNING'],
    ['it stopped with an error', 1_500, 1, 'STOPPED'],
    ['it stopped too late', 6_500, 0, 'STOPPED'],
  ])('violated: %s', (_what, tookMs, exitCode, status) => {
    expect(judge(running(tookMs, exitCode, status))).toMatchObject({ valid: false, violations: 1 })
  })

  test.each([
    ['it was done before the freeze began', [running(1_050, 0, 'DONE')]],
    ['it was done before it had to know of the freeze', [running(3_100, 0, 'DONE')]],
    ['it was not seen running', [{ ...running(1_500, 0, 'STOPPED'), seenRunning: false }]],
    ['it was not watched to its end', [running(3_000, null, 'RUNNING')]],
    ['it was never started', []],
  ])('unknown: %s', (_what, instead) => {
    expect(judge(...instead)).toMatchObject({ valid: 'unknown', violations: 0 })
  })

  test('unknown: nothing was probed', () => {
    expect(jobsStop.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })

  test('unknown: nobody knows which run on record is its', () => {
    expect(judge({ ...running(1_500, 0, null), unclear: true })).toMatchObject({ valid: 'unknown', violations: 0 })
  })
})
