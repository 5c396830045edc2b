import { describe, expect, test } from 'vitest'
import { PROFILES } from '../load/profiles.ts'
import { FAULTS } from './catalogue.ts'
import { postgresDiskFull } from './postgres-disk-full.ts'
import { redisHung } from './redis-hung.ts'
import { faultsOfSuites, refusedOnHost } from './refused-on-host.ts'

describe('a fault that needs a container', () => {
  test('is refused without containers, once, by name and with the reason', () => {
    const problems = refusedOnHost([redisHung, postgresDiskFull, postgresDiskFull], 'processes')
    expect(problems).toMatchObject([
      { code: 'HOST_UNAVAILABLE', exitCode: 3, expected: expect.stringContaining('postgres-disk-full') },
    ])
    expect(problems[0]?.seen).toContain('small disk of its own')
  })

  test('is played in containers, and all others everywhere', () => {
    expect(refusedOnHost(FAULTS, 'containers')).toEqual([])
    expect(refusedOnHost([redisHung], 'processes')).toEqual([])
  })

  test('is known before the run from the suites, the profile and the choice', () => {
    const atNight = faultsOfSuites(['2-load', '3-faults/postgres'], PROFILES.nightly, 1)
    expect(refusedOnHost(atNight, 'processes').length).toBe(1)
    const chosen = faultsOfSuites(['3-faults/postgres'], PROFILES.nightly, 1, ['postgres-crashed'])
    expect(chosen.map(({ name }) => name)).toEqual(['postgres-crashed'])
    const drawn = faultsOfSuites(['4-integrity'], PROFILES.smoke, 5)
    expect(drawn.length).toBeGreaterThan(0)
  })
})
