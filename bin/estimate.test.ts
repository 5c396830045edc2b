import { expect, test } from 'vitest'
import { PROFILES } from '../helpers/load/profiles.ts'
import { estimateMs, type Rehearsal } from './estimate.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const ALL = [
  ...['1-freeze', '2-load', '3-faults/backend', '3-faults/network', '3-faults/postgres', '3-faults/redis'],
  ...['4-integrity', '5-candidate-experience', '6-observability', '7-recovery'],
]

const rehearsal = (profile: keyof typeof PROFILES, change: Partial<Rehearsal> = {}): Rehearsal => ({
  ...{ profile: PROFILES[profile], suites: ['2-load'], atOnce: 1, seed: 7 },
  ...change,
})

test('who comes while others work makes no day longer', () => {
  const day = PROFILES['sessions-400']
  const fewer = { ...day, arrivalsMs: 100_000, startsAtBarrier: 1 }
  expect(estimateMs(rehearsal('sessions-400'))).toBe(estimateMs(rehearsal('sessions-400', { profile: fewer })))
  expect(estimateMs(rehearsal('sessions-400')) / MINUTE_MS).toBeCloseTo(10.3, 1)
})

test('suites side by side share the time, and the longest is waited for', () => {
  const [short, long] = [['2-load'], ['3-faults/postgres']].map((suites) => estimateMs(rehearsal('dev', { suites })))
  const both = { suites: ['2-load', '3-faults/postgres'] }
  expect(estimateMs(rehearsal('dev', both))).toBe((short as number) + (long as number))
  expect(estimateMs(rehearsal('dev', { ...both, atOnce: 2 }))).toBe(long)
})

test('each fault that is asked for makes its day longer', () => {
  const dayWith = (faults: readonly string[]) =>
    estimateMs(rehearsal('dev', { suites: ['3-faults/redis'], faults })) / SECOND_MS
  expect(dayWith(['redis-refused', 'redis-hung']) - dayWith(['redis-refused'])).toBeCloseTo(18, 0)
})

test('the whole night is played once, in phase 2; a pipeline has time for the other phases', () => {
  const minutes = (profile: 'nightly' | 'release', suites: readonly string[]) =>
    estimateMs(rehearsal(profile, { suites })) / MINUTE_MS
  expect(minutes('nightly', ['2-load'])).toBeCloseTo(43.9, 0)
  expect(minutes('nightly', ['6-observability'])).toBeLessThan(3)
  // `.github/workflows/` ends a night after 240 min and a release after 360.
  expect(minutes('nightly', ALL)).toBeLessThan(200)
  expect(minutes('release', ALL)).toBeLessThan(220)
})

// On two cores: 4 min 49 s, 7 min 50 s and 19 min 40 s.
test.each([
  ['smoke', 4.8],
  ['dev', 7.8],
  ['long-faults', 19.7],
] as const)('a whole rehearsal of %s, two phases at once, takes about what it was seen to take', (profile, minutes) => {
  const told = estimateMs(rehearsal(profile, { suites: ALL, atOnce: 2 })) / MINUTE_MS
  expect(Math.abs(told - minutes) / minutes).toBeLessThan(0.1)
})
