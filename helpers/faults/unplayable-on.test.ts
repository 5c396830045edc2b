import { describe, expect, test } from 'vitest'
import aula from '../../examples/other-platform/platform.ts'
import type { Profile } from '../load/profile.ts'
import { PROFILES } from '../load/profiles.ts'
import referencePlatform from '../platform/reference-platform.ts'
import { answersTableOf } from './answers-table.ts'
import { faultsFor } from './day-with-faults.ts'
import { faultsAtRandom } from './faults-at-random.ts'
import { FAULTS_BY_PHASE } from './faults-by-phase.ts'
import { faultsOfSuites, kindsOf } from './refused-on-host.ts'
import { refusedOnPlatform, unplayableOn, unplayedBy } from './unplayable-on.ts'

const ON_WORKERS = ['backend-worker-killed', 'backend-workers-replaced', 'backend-scaled-up']
const ON_ANSWERS = ['postgres-table-locked', 'postgres-migration-waiting', 'postgres-disk-full']

describe('what a platform can be broken by', () => {
  test('the reference by everything, in the table in which it writes answers', () => {
    expect(unplayableOn(referencePlatform)).toEqual([])
    expect(answersTableOf(referencePlatform)).toBe('session_answers')
  })

  test('one with other tables by everything but the lock of the reference, when it says where answers are', () => {
    expect(unplayableOn(aula).map(({ name }) => name)).toEqual(['backend-sweeper-stopped'])
    expect(answersTableOf(aula)).toBe('"answer"')
    expect(answersTableOf({ schema: './schema', answersTable: 'aula.Answer' })).toBe('"aula"."Answer"')
  })

  test('one that does not say where by nothing that needs to know, and each is told with its reason', () => {
    const unplayable = unplayableOn({ schema: './schema' })
    expect(unplayable.map(({ name }) => name).toSorted()).toEqual([...ON_ANSWERS, 'backend-sweeper-stopped'].toSorted())
    for (const { name, reason } of unplayable) {
      expect(reason).toContain(ON_ANSWERS.includes(name) ? 'answersTable' : 'a lock of the reference')
    }
  })
})

test('a platform whose workers cannot be told to be more is broken by all but that, which is a named risk', () => {
  const unplayable = unplayableOn({ fixedWorkers: true })
  expect(unplayable.map(({ name }) => name)).toEqual(['backend-scaled-up'])
  expect(unplayable[0]?.reason).toContain('fixedWorkers')
  const risks = unplayedBy(['3-faults/backend'], PROFILES.nightly, undefined, ['backend-scaled-up'])
  expect(risks).toEqual(unplayable)
})

describe('a platform that is a single process', () => {
  const { smoke, dev, nightly } = PROFILES
  const told = unplayableOn({ singleProcess: true })
  const unplayable = told.map(({ name }) => name)
  const names = (profile: Profile) =>
    faultsFor(profile, FAULTS_BY_PHASE['3-faults/backend'], undefined, unplayable).map(({ name }) => name)

  test('can be broken by all but what is done to workers', () => {
    expect(unplayable.toSorted()).toEqual(ON_WORKERS.toSorted())
    for (const { reason } of told) expect(reason).toContain('singleProcess')
    expect(unplayableOn({}).length).toBe(0)
  })

  test('is broken by the next fault where the profile has no other: a part with none could not be decided', () => {
    expect(names(smoke)).toEqual(['backend-killed'])
    expect(names(dev)).toEqual(['backend-killed'])
    expect(names(nightly)).toEqual(expect.arrayContaining(['backend-killed', 'backend-restarted', 'backend-paused']))
    expect(names(nightly).filter((name) => ON_WORKERS.includes(name))).toEqual([])
  })

  test('has each as a named risk, also where phase 1 alone would have played it, and none is played by its name', () => {
    const risks = (suites: readonly string[], chosen?: readonly string[]) =>
      unplayedBy(suites, smoke, chosen, unplayable).map(({ name }) => name)
    expect(risks(['3-faults/backend'])).toEqual(['backend-worker-killed'])
    expect(risks(['1-freeze'])).toEqual(['backend-worker-killed'])
    expect(risks(['1-freeze'], ['redis-hung'])).toEqual(['backend-worker-killed'])
    expect(risks(['2-load'])).toEqual([])
    expect(unplayedBy(['1-freeze'], smoke, undefined, [])).toEqual([])
    expect(refusedOnPlatform(['backend-worker-killed'], unplayable)[0]).toMatchObject({
      code: 'CONFIG_INVALID',
      next: expect.stringContaining('take singleProcess out of the adapter'),
    })
  })
})

describe('what cannot be played', () => {
  const unplayable = unplayableOn({ schema: './schema' }).map(({ name }) => name)
  const { smoke, nightly } = PROFILES

  test('is not drawn by any seed, and something is drawn in its place', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const drawn = kindsOf(faultsAtRandom(smoke, seed, undefined, unplayable)).map(({ name }) => name)
      expect(drawn.filter((name) => unplayable.includes(name))).toEqual([])
      expect(drawn.length).toBeGreaterThan(0)
    }
  })

  test('changes nothing of what is drawn where everything can be played', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      expect(faultsAtRandom(smoke, seed, undefined, [])).toEqual(faultsAtRandom(smoke, seed))
    }
  })

  test('is no part of a phase, whatever the profile, also where it was asked for by name', () => {
    const lists = FAULTS_BY_PHASE['3-faults/postgres']
    const names = (chosen?: readonly string[]) => faultsFor(nightly, lists, chosen, unplayable).map(({ name }) => name)
    expect(names().filter((name) => ON_ANSWERS.includes(name))).toEqual([])
    expect(names()).toContain('postgres-slow')
    expect(names(['postgres-slow', 'postgres-table-locked'])).toEqual(['postgres-slow'])
    const suites = ['3-faults/backend', '4-integrity']
    expect(faultsOfSuites(suites, nightly, 7).map(({ name }) => name)).toContain('backend-sweeper-stopped')
    expect(faultsOfSuites(suites, nightly, 7, undefined, unplayable).map(({ name }) => name)).not.toContain(
      'backend-sweeper-stopped',
    )
  })

  test('is a risk of the run where a suite would have played it, or might have drawn it, and nowhere else', () => {
    const names = (suites: readonly string[], chosen?: readonly string[], profile: Profile = nightly) =>
      unplayedBy(suites, profile, chosen, unplayable).map(({ name }) => name)
    expect(names(['4-integrity']).toSorted()).toEqual([...unplayable].toSorted())
    expect(names(['3-faults/postgres']).toSorted()).toEqual([...ON_ANSWERS].toSorted())
    expect(names(['3-faults/backend'])).toEqual(['backend-sweeper-stopped'])
    expect(names(['3-faults/redis', '1-freeze', '2-load'])).toEqual([])
    expect(names(['3-faults/backend'], undefined, smoke)).toEqual([])
    expect(names(['4-integrity'], ['redis-hung', 'postgres-table-locked'])).toEqual(['postgres-table-locked'])
    expect(unplayedBy(['4-integrity'], nightly, undefined, [])).toEqual([])
  })

  test('is refused by its name, each with the reason and the next step', () => {
    expect(refusedOnPlatform(['redis-hung', 'all'], unplayable)).toEqual([])
    const told = refusedOnPlatform(['backend-sweeper-stopped', 'postgres-table-locked'], unplayable)
    expect(told.map(({ code }) => code)).toEqual(['CONFIG_INVALID', 'CONFIG_INVALID'])
    expect(told.map(({ seen, next }) => `${seen} ${next}`)).toEqual([
      expect.stringMatching(/^postgres-table-locked: .*answersTable.*Name that table/),
      expect.stringMatching(/^backend-sweeper-stopped: .*a lock of the reference.*Leave it out/),
    ])
  })
})
