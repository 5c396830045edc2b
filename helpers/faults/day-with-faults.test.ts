import { describe, expect, test } from 'vitest'
import { planExamDay } from '../load/plan.ts'
import type { Profile } from '../load/profile.ts'
import { besideTheLoad, PROFILES } from '../load/profiles.ts'
import { validateProfile } from '../load/validate-profile.ts'
import { backendKilled } from './backend-killed.ts'
import { backendStartedCold } from './backend-started-cold.ts'
import { dayWithFaults, faultsFor, faultsOneByOne } from './day-with-faults.ts'
import { FAULTS_BY_PHASE } from './faults-by-phase.ts'
import { RECOVERY_RULES } from './recovery.ts'

test.each(Object.values(PROFILES))('on a $name day a cold start comes between the log-ins and the burst', (profile) => {
  const schedule = faultsOneByOne(profile, [backendKilled, backendStartedCold])
  expect(schedule.map(({ faults }) => faults.map(({ name }) => name))).toEqual([
    ['backend-started-cold'],
    ['backend-killed'],
  ])
  const day = dayWithFaults(profile, schedule)
  expect(validateProfile(day)).toEqual([])
  const candidates = Array.from({ length: day.candidates }, (_, index) => ({ id: `c-${index}` }))
  const { timeline, candidates: drawn } = planExamDay(day, 1, { candidates })
  const [cold, killed] = schedule
  if (cold?.at.kind !== 'step' || killed?.at.kind !== 'step') throw new Error('expected both after the begin of a step')
  const restartMs = timeline.arrivalsMs + cold.at.thenMs
  expect(timeline.barrierMs - restartMs).toBeCloseTo(30_000)
  for (const { startsAtBarrier, arriveMs } of drawn)
    if (startsAtBarrier) expect(arriveMs).toBeLessThan(restartMs - 1_000)
  // The window that shows its recovery is over before the next one comes.
  expect(killed.at.thenMs).toBeGreaterThan(RECOVERY_RULES[profile.name].windowMs)
})

test('a day without a cold start is as short as it was', () => {
  const schedule = faultsOneByOne(PROFILES.dev, [backendKilled])
  expect(dayWithFaults(PROFILES.dev, schedule).barrierAfterMs).toBe(1_000)
})

test('long-faults plays what dev plays, each fault as long as at night, and clients that last so long', () => {
  const { dev, nightly, 'long-faults': long } = PROFILES
  const faults = faultsFor(long, FAULTS_BY_PHASE['3-faults/backend'])
  expect(faults).toEqual(faultsFor(dev, FAULTS_BY_PHASE['3-faults/backend']))
  const held = (profile: Profile) => faultsOneByOne(profile, [backendKilled]).map(({ holdMs }) => holdMs)
  expect(held(long)).toEqual(held(nightly))
  const { rtoMs, windowMs } = RECOVERY_RULES[long.name]
  expect({ rtoMs, windowMs }).toEqual({
    rtoMs: RECOVERY_RULES.nightly.rtoMs,
    windowMs: RECOVERY_RULES.nightly.windowMs,
  })
  const { attempts, firstBackoffMs, maxBackoffMs } = long.retries
  const waitsMs = Array.from({ length: attempts - 1 }, (_, index) =>
    Math.min(firstBackoffMs * 2 ** index, maxBackoffMs),
  )
  // Half of a wait is jitter.
  expect(waitsMs.reduce((sum, ms) => sum + ms / 2, 0)).toBeGreaterThan(60_000)
})

describe.each(['nightly', 'release'] as const)('%s', (name) => {
  const night = PROFILES[name]
  const long = PROFILES['long-faults']
  const faults = [backendKilled, backendStartedCold]

  test('every phase but the second has the day of long-faults', () => {
    const { cohorts, candidates, thresholds } = night
    expect(besideTheLoad(night)).toEqual({ ...long, name, cohorts, candidates, thresholds })
    const schedule = faultsOneByOne(night, faults)
    expect(schedule).toEqual(faultsOneByOne(long, faults))
    expect(dayWithFaults(night, schedule)).toEqual({ ...dayWithFaults(long, schedule), name })
    expect(validateProfile(dayWithFaults(night, schedule))).toEqual([])
  })

  test('and plays every fault', () => {
    const lists = Object.values(FAULTS_BY_PHASE)
    expect(lists.flatMap((list) => faultsFor(night, list))).toEqual(
      lists.flatMap(({ smoke, dev, nightly }) => [...smoke, ...dev, ...nightly]),
    )
  })

  test('with the think times that somebody has measured', () => {
    const thinkTime = { minMs: 100, maxMs: 200 }
    expect(besideTheLoad({ ...night, thinkTime }).thinkTime).toBe(thinkTime)
  })
})

test('every other profile has its own day in each phase', () => {
  for (const profile of Object.values(PROFILES))
    if (profile.name !== 'nightly' && profile.name !== 'release') expect(besideTheLoad(profile)).toBe(profile)
})
