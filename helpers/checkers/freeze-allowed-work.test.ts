import { describe, expect, test } from 'vitest'
import { accepted, caseOf, type FreezeDay, NOTHING_PROBED, refused, soundDay } from '../freeze/testing/model-freeze.ts'
import { allowedWorkGoesOn } from './freeze-allowed-work.ts'

const judge = (change: (day: FreezeDay) => void = () => undefined) => {
  const day = soundDay()
  change(day)
  return allowedWorkGoesOn.judge(caseOf(day))
}

describe('the exam goes on under freeze', () => {
  test('sane: candidates did everything under freeze, and what is allowed worked', () => {
    expect(judge()).toMatchObject({
      valid: true,
      gate: 'exam-mode',
      counts: { login: 1, 'create-session': 1, submit: 1, probes: 2 },
    })
  })

  test('violated: a candidate was told that answering is frozen', () => {
    const verdict = judge((day) => day.operations.push([9, 'save-answer', 5, 'EXAM_MODE_ACTIVE']))
    expect(verdict).toMatchObject({ valid: false, violations: 1 })
    expect(verdict.reason).toContain('save-answer was refused because of the freeze')
  })

  test('violated: what is allowed was refused', () => {
    expect(judge((day) => day.records.push(refused(9, 'try-out', 'w1')))).toMatchObject({ valid: false })
  })

  test('a fault explains what is allowed and was not answered', () => {
    const during = { ...accepted(25.5, 'try-out', []), status: 503 }
    expect(judge((day) => day.records.push(during))).toMatchObject({ valid: true })
  })

  test('violated: no fault explains that what is allowed was frozen', () => {
    expect(judge((day) => day.records.push(refused(25.5, 'try-out', 'w1')))).toMatchObject({ valid: false })
  })

  test('unknown: nobody was seen to hand in under freeze', () => {
    const verdict = judge((day) => {
      day.operations = day.operations.filter(([, f]) => f !== 'submit')
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'no candidate was seen to submit under freeze' })
  })

  test('unknown: log-ins without freeze do not count', () => {
    const verdict = judge((day) => {
      day.operations = [...day.operations.filter(([, f]) => f !== 'login'), [3, 'login', 5]]
    })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'no candidate was seen to login under freeze' })
  })

  test('unknown: nothing was probed', () => {
    expect(allowedWorkGoesOn.judge(caseOf(NOTHING_PROBED))).toMatchObject({ valid: 'unknown' })
  })
})
