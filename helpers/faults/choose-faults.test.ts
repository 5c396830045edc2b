import { describe, expect, test } from 'vitest'
import { PROFILES } from '../load/profiles.ts'
import { PHASES } from '../phases.ts'
import { FAULTS } from './catalogue.ts'
import { chooseFaults } from './choose-faults.ts'
import { faultsFor } from './day-with-faults.ts'
import { FAULTS_BY_PHASE } from './faults-by-phase.ts'

const SUITES = PHASES.flatMap(({ parts }) => [...parts])
const lists = Object.values(FAULTS_BY_PHASE)

describe('the faults of a profile', () => {
  test('are all of the catalogue at night, each played by one suite', () => {
    const played = lists.flatMap((list) => faultsFor(PROFILES.nightly, list).map(({ name }) => name))
    expect(played.toSorted()).toEqual(FAULTS.map(({ name }) => name).toSorted())
  })

  test('are at least eight on a developer machine, and one a part on every push', () => {
    expect(lists.flatMap((list) => faultsFor(PROFILES.dev, list)).length).toBeGreaterThanOrEqual(8)
    for (const list of lists) expect(faultsFor(PROFILES.smoke, list)).toHaveLength(1)
  })
})

describe('a choice of faults', () => {
  test('leaves out suites that have nothing to play, and says which faults of the profile are missing', () => {
    const chosen = chooseFaults(['redis-hung', 'redis-refused'], PROFILES.smoke, SUITES)
    expect(chosen).toMatchObject({
      choice: { names: ['redis-refused', 'redis-hung'] },
      suites: expect.arrayContaining(['2-load', '3-faults/redis', '4-integrity']),
    })
    expect(chosen).toMatchObject({
      choice: { leftOut: ['postgres-crashed', 'backend-worker-killed', 'candidates-slow-network'] },
    })
    if ('problems' in chosen) throw new Error('expected a choice')
    expect(chosen.suites).not.toContain('3-faults/postgres')
  })

  test('of all leaves nothing out', () => {
    expect(chooseFaults(['all'], PROFILES.nightly, SUITES)).toMatchObject({
      choice: { names: FAULTS.map(({ name }) => name), leftOut: [] },
      suites: SUITES,
    })
  })

  test('with unknown names is refused, each with the names that are nearest', () => {
    const refused = chooseFaults(['redis-refussed', 'postgres-hangs', 'redis-hung'], PROFILES.dev, SUITES)
    if (!('problems' in refused)) throw new Error('expected problems')
    expect(refused.problems.map(({ code }) => code)).toEqual(['CONFIG_INVALID', 'CONFIG_INVALID'])
    expect(refused.problems[0]?.message).toMatch(/one of redis-refused/)
    expect(refused.problems[1]?.message).toMatch(/postgres-hung/)
  })

  test('that no selected phase would play is refused: it would be asked for and not be there', () => {
    const refused = chooseFaults(['postgres-hung'], PROFILES.dev, ['2-load', '3-faults/redis'])
    expect(refused).toMatchObject({ problems: [{ message: expect.stringContaining('3-faults/postgres') }] })
    expect(chooseFaults([], PROFILES.dev, SUITES)).toHaveProperty('problems')
    expect(chooseFaults(['backend-started-cold'], PROFILES.dev, ['4-integrity'])).toHaveProperty('problems')
    const chosen = chooseFaults(['backend-started-cold'], PROFILES.dev, SUITES)
    expect('suites' in chosen && chosen.suites).not.toContain('4-integrity')
  })
})
