import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Progress } from './progress.ts'
import { publishWait } from './publish-wait.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('says once a second how long is left until the last session is closed, and no more when it is over', () => {
  const said: Progress[] = []
  const last: Progress = {
    phase: '2-load',
    step: 'drain',
    candidates: { planned: 40, in: 40, answering: 2, submitted: 38 },
    operationsPerSecond: 17,
    p95Ms: 12,
    errors: 3,
    activeFaults: ['redis-refused'],
    secondsLeft: 0,
  }
  {
    using _wait = publishWait((progress) => said.push(progress), last, 2_000)
    vi.advanceTimersByTime(3_000)
  }
  vi.advanceTimersByTime(3_000)
  expect(said.map(({ secondsLeft }) => secondsLeft)).toEqual([2, 1, 0, 0])
  expect(said[0]).toEqual({
    ...last,
    step: 'until the last session is closed',
    operationsPerSecond: 0,
    p95Ms: null,
    activeFaults: [],
    secondsLeft: 2,
  })
})
