import { expect, test } from 'vitest'
import { clockOffset, judgeClocks } from './clocks.ts'
import { every, HEALTHY_BACKEND, HEALTHY_POSTGRES, observedOf, without } from './testing/observed-of.ts'

const at = (offsetMs: number, errorMs = 1) => ({ offsetMs, errorMs })

test('a server said its time somewhere between question and answer', () => {
  expect(clockOffset(1_005, 1_000, 1_004)).toEqual({ offsetMs: 3, errorMs: 2 })
})

test('offsets are told at the begin, after each fault and at the end', () => {
  const postgres = every('postgres', (second) => ({ ...HEALTHY_POSTGRES, clock: at(second / 100) }))
  const backend = every('backend', () => ({ ...HEALTHY_BACKEND, clock: at(12, 500) }))
  const outside = [
    { fromUs: 20e6, toUs: 30e6 },
    { fromUs: 40e6, toUs: 50e6 },
  ]
  expect(judgeClocks(observedOf({ postgres, backend }, { outside }))).toMatchObject({
    valid: true,
    counts: {
      databaseAtBeginMs: 0,
      databaseAfterFault1Ms: 0.3,
      databaseAfterFault2Ms: 0.5,
      databaseAtEndMs: 0.6,
      backendAtBeginMs: 12,
      backendAtEndMs: 12,
    },
  })
})

test('a clock far from ours is no trouble, one that was set in the middle of the day is', () => {
  const far = every('postgres', () => ({ ...HEALTHY_POSTGRES, clock: at(7_200_000) }))
  expect(judgeClocks(observedOf({ postgres: far })).valid).toBe(true)
  const set = every('postgres', (second) => ({ ...HEALTHY_POSTGRES, clock: at(second < 30 ? 0 : 5_000) }))
  expect(judgeClocks(observedOf({ postgres: set }))).toMatchObject({
    valid: 'unknown',
    reason: 'the clock of the database moved by 4998 ms',
  })
  const backend = every('backend', (second) => ({ ...HEALTHY_BACKEND, clock: at(second < 30 ? 0 : 5_000, 500) }))
  expect(judgeClocks(observedOf({ backend }))).toMatchObject({
    valid: 'unknown',
    reason: 'the clock of the backend moved by 4000 ms',
  })
})

test('what the measuring cannot be sure of is not held against a clock', () => {
  const unsure = every('postgres', (second) => ({ ...HEALTHY_POSTGRES, clock: at(second < 30 ? 0 : 1_900, 500) }))
  expect(judgeClocks(observedOf({ postgres: unsure })).valid).toBe(true)
})

test('a clock that was never seen is unknown, and never a pass', () => {
  expect(judgeClocks(observedOf(without('postgres')))).toMatchObject({
    valid: 'unknown',
    reason: 'the clock of the database was never seen',
  })
})
