import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROFILES } from '../load/profiles.ts'
import { validateProfile } from '../load/validate-profile.ts'
import { dayWithFaults } from './day-with-faults.ts'
import { faultsAtRandom } from './faults-at-random.ts'
import { refuseUnjudgeable } from './schedule.ts'
import { storeSchedule } from './store-schedule.ts'

test.each(Object.values(PROFILES))('whatever the seed, a $name day can be judged and planned', (profile) => {
  for (let seed = 0; seed < 200; seed += 1) {
    const schedule = faultsAtRandom(profile, seed)
    expect(() => refuseUnjudgeable(schedule)).not.toThrow()
    expect(schedule[0]?.faults.length).toBeGreaterThan(1)
    expect(schedule.some(({ faults }) => faults.some(({ overBefore }) => overBefore !== undefined))).toBe(false)
    expect(validateProfile(dayWithFaults(profile, schedule))).toEqual([])
  }
})

test('a developer day stays about as long as one without faults', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const { warmUp, arrivalsMs, barrierAfterMs, steadyMs, submitSpreadMs, expiryMarginMs } = dayWithFaults(
      PROFILES.dev,
      faultsAtRandom(PROFILES.dev, seed),
    )
    const dayMs = warmUp.ms + arrivalsMs + barrierAfterMs + steadyMs + submitSpreadMs + expiryMarginMs
    expect(dayMs).toBeLessThan(105_000)
  }
})

test('draws from the faults that were asked for, and from nothing else', () => {
  const names = ['redis-hung', 'postgres-crashed']
  const drawn = faultsAtRandom(PROFILES.dev, 7, names).flatMap(({ faults }) => faults.map(({ name }) => name))
  expect(drawn.toSorted()).toEqual(names.toSorted())
})

test('is stored in the folder of its phase before it is played, in words and for machines', async ({
  onTestFinished,
}) => {
  const dir = await mkdtemp(join(tmpdir(), 'schedule-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const schedule = faultsAtRandom(PROFILES.smoke, 3)
  await storeSchedule(schedule, join(dir, '4-integrity'))
  const stored = JSON.parse(await readFile(join(dir, '4-integrity', 'faults.json'), 'utf8'))
  expect(stored).toMatchObject({
    words: [expect.stringMatching(/^fault: .+ and .+, 0\.5 s after the begin of steady/)],
    steps: schedule.map(({ at, holdMs, faults }) => ({ at, holdMs, faults: faults.map(({ name }) => name) })),
  })
})
