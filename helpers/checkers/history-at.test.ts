import { describe, expect, test } from 'vitest'
import { historyAt } from './history-at.ts'
import { modelExam } from './model-exam.ts'

/** Sent and answered: start at 1 000 to 3 000 µs, q-1 at 4 000 to 6 000, q-2 at 7 000 to 9 000. */
function day() {
  const exam = modelExam()
  exam.start('c-1')
  exam.answer('c-1', 'q-1')
  exam.answer('c-1', 'q-2')
  return exam.history()
}

const operationsAt = (fromUs: number, toUs: number) =>
  [...historyAt(day(), { fromUs, toUs }).operations()].map(({ f, question, outcome, completedUs, reason, told }) => ({
    ...{ what: question ?? f, outcome, completedUs, reason },
    isTold: told !== undefined,
  }))

describe('the history at a moment', () => {
  test('has what was answered by then as it was, what was under way as unknown, and nothing that was sent later', () => {
    const started = { what: 'create-session', outcome: 'ok', completedUs: 3_000, reason: 'success', isTold: true }
    const underWay = { what: 'q-1', outcome: 'info', completedUs: null, reason: 'open-at-end', isTold: false }
    expect(operationsAt(5_000, 6_500)).toEqual([started, underWay])
    expect(operationsAt(5_999, 6_500)).toEqual([started, underWay])
    expect(operationsAt(6_000, 6_500)).toEqual([
      started,
      { what: 'q-1', outcome: 'ok', completedUs: 6_000, reason: 'success', isTold: true },
    ])
    expect(operationsAt(6_000, 7_000)).toHaveLength(3)
    expect(operationsAt(6_000, 6_999)).toHaveLength(2)
  })

  test('has its events until then', () => {
    const times = (toUs: number) => [...historyAt(day(), { fromUs: 0, toUs }).events()].map(({ timeUs }) => timeUs)
    expect(times(4_000)).toEqual([1_000, 3_000, 4_000])
    expect(times(3_999)).toEqual([1_000, 3_000])
    expect(times(Number.POSITIVE_INFINITY)).toHaveLength(6)
  })

  test('is as complete as the whole', () => {
    expect(historyAt(day(), { fromUs: 0, toUs: 1 }).complete).toBe(true)
    expect(historyAt({ ...day(), complete: false }, { fromUs: 0, toUs: 1 }).complete).toBe(false)
  })

  test('what had certainly no effect by then stays so, whenever that was told', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { fate: 'not-sent' })
    const [, failed] = historyAt(exam.history(), { fromUs: 0, toUs: 1e9 }).operations()
    expect(failed).toMatchObject({ outcome: 'fail', reason: 'connection-refused', completedUs: 6_000 })
  })
})
