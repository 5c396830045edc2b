import { expect, test } from 'vitest'
import { PROFILES } from '../helpers/load/profiles.ts'
import { estimateMs } from './estimate.ts'

const MINUTE_MS = 60_000

test('who comes while others work makes no day longer', () => {
  const day = PROFILES['sessions-400']
  expect(estimateMs(day, 1)).toBe(estimateMs({ ...day, arrivalsMs: 100_000, startsAtBarrier: 1 }, 1))
  expect(estimateMs(day, 1) / MINUTE_MS).toBeCloseTo(10.3, 1)
})

test('suites take as long as each of them', () => {
  expect(estimateMs(PROFILES.dev, 3)).toBe(3 * estimateMs(PROFILES.dev, 1))
})
