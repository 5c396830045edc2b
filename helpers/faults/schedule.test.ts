import { describe, expect, test } from 'vitest'
import { PROFILES } from '../load/profiles.ts'
import { validateProfile } from '../load/validate-profile.ts'
import { backendKilled } from './backend-killed.ts'
import { backendWorkerKilled } from './backend-worker-killed.ts'
import { FAULTS } from './catalogue.ts'
import { dayWithFaults, faultsFor, faultsOneByOne } from './day-with-faults.ts'
import { postgresCrashed } from './postgres-crashed.ts'
import { postgresHung } from './postgres-hung.ts'
import { RECOVERY_RULES } from './recovery.ts'
import { redisRefused } from './redis-refused.ts'
import { responsesLostAfterCommit } from './responses-lost-after-commit.ts'
import { describeSchedule, oneAfterAnother, randomSchedule, refuseUnjudgeable } from './schedule.ts'

const RANDOM = {
  faults: FAULTS,
  steps: 20,
  atOnce: 3,
  holdMs: { min: 1_000, max: 4_000 },
  baselineMs: 2_000,
}

describe('a schedule', () => {
  test('that breaks the same part twice at once is refused, naming both', () => {
    const step = { at: { kind: 'step', step: 'steady', thenMs: 0 }, holdMs: 1_000 } as const
    expect(() => refuseUnjudgeable([{ ...step, faults: [postgresCrashed, redisRefused, postgresHung] }])).toThrow(
      /postgres-crashed and postgres-hung both break postgres/,
    )
    expect(() => refuseUnjudgeable([{ ...step, faults: [backendKilled, responsesLostAfterCommit] }])).toThrow(
      /responses-lost-after-commit is not felt as itself while backend-killed breaks backend/,
    )
    expect(() =>
      refuseUnjudgeable([
        { ...step, faults: [redisRefused] },
        { ...step, faults: [redisRefused] },
      ]),
    ).toThrow(/redis-refused comes twice/)
    expect(() => refuseUnjudgeable([{ ...step, faults: [] }])).toThrow(/step 1 has no fault/)
    expect(() => refuseUnjudgeable([{ ...step, faults: [redisRefused], holdMs: Number.NaN }])).toThrow(
      /is held for NaN/,
    )
    expect(() =>
      refuseUnjudgeable([{ at: { kind: 'recovered', thenMs: 0 }, faults: [redisRefused], holdMs: 1 }]),
    ).toThrow(/waits for a recovery from nothing/)
    expect(() => refuseUnjudgeable([{ ...step, faults: [postgresCrashed, redisRefused] }])).toThrow(
      /postgres-crashed and redis-refused both stop a service/,
    )
    expect(() =>
      refuseUnjudgeable([{ ...step, faults: [postgresHung, redisRefused, backendWorkerKilled] }]),
    ).not.toThrow()
  })

  test('is told in words', () => {
    expect(
      describeSchedule(oneAfterAnother([redisRefused, backendKilled], { holdMs: 5_000, baselineMs: 2_000 })),
    ).toEqual([
      'fault: redis-refused, 2.0 s after the begin of steady, held 5.0 s',
      'fault: backend-killed, 0.5 s after the recovery from the one before, held 5.0 s',
    ])
  })
})

describe('a random schedule', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(describeSchedule(randomSchedule(1, RANDOM))).toEqual(describeSchedule(randomSchedule(1, RANDOM)))
    expect(describeSchedule(randomSchedule(1, RANDOM))).not.toEqual(describeSchedule(randomSchedule(2, RANDOM)))
  })

  test('can always be judged, breaks several parts at once, and holds within its limits', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const schedule = randomSchedule(seed, RANDOM)
      expect(() => refuseUnjudgeable(schedule)).not.toThrow()
      expect(schedule[0]?.faults.length).toBeGreaterThan(1)
      for (const { holdMs } of schedule) {
        expect(holdMs).toBeGreaterThanOrEqual(RANDOM.holdMs.min)
        expect(holdMs).toBeLessThanOrEqual(RANDOM.holdMs.max)
      }
    }
  })
})

describe('a day with faults', () => {
  const lists = { smoke: [redisRefused], dev: [postgresCrashed], nightly: [backendKilled] }

  test('has those that its profile has time for', () => {
    expect(faultsFor(PROFILES.smoke, lists)).toEqual([redisRefused])
    expect(faultsFor(PROFILES.dev, lists)).toEqual([redisRefused, postgresCrashed])
    expect(faultsFor(PROFILES.nightly, lists)).toEqual([redisRefused, postgresCrashed, backendKilled])
  })

  test('or those that were chosen, on whatever day, and none of other lists', () => {
    expect(faultsFor(PROFILES.smoke, lists, ['backend-killed', 'redis-hung'])).toEqual([backendKilled])
    expect(faultsFor(PROFILES.nightly, lists, [])).toEqual([])
  })

  test('lasts longer with each of them, and is otherwise the day of its profile', () => {
    const one = dayWithFaults(PROFILES.dev, faultsOneByOne(PROFILES.dev, lists.smoke))
    const two = dayWithFaults(PROFILES.dev, faultsOneByOne(PROFILES.dev, faultsFor(PROFILES.dev, lists)))
    // Held 5 s, started in 5 s, recovered in 3 s, well for 10 s.
    expect(two.steadyMs - one.steadyMs).toBe(23_000)
    expect(two.candidates).toBe(300)
    expect(two.thresholds).toBe(PROFILES.dev.thresholds)
  })
})

test.each(Object.values(PROFILES))(
  'the $name day has operations enough before its first fault to be a baseline',
  (profile) => {
    const schedule = faultsOneByOne(profile, [redisRefused])
    const day = dayWithFaults(profile, schedule)
    const at = schedule[0]?.at
    const answeringMs = day.startWithinMs + (at?.kind === 'step' ? at.thenMs : Number.NaN)
    const thinkMs = (day.thinkTime.minMs + day.thinkTime.maxMs) / 2
    // Getting in and the first thought take their time, so half of what would fit must do.
    const answers = (day.candidates * answeringMs) / thinkMs / 2
    expect(answers).toBeGreaterThan(RECOVERY_RULES[profile.name].minOperations)
    expect(validateProfile(day)).toEqual([])
  },
)

test('every fault has a name of its own that says its part or who is hit', () => {
  const names = FAULTS.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, part } of FAULTS) if (part !== 'network') expect(name).toContain(part === 'postgres' ? '' : part)
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/)
})
