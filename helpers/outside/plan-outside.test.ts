import { describe, expect, test } from 'vitest'
import { PROFILES } from '../load/profiles.ts'
import reference from '../platform/reference-platform.ts'
import { planOutside } from './plan-outside.ts'

const people = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `r-${index}` }))
const paper = (durationSeconds: number) => ({ year: 2026, blocks: [], count: 9, durationSeconds })
const plan = (exam: Parameters<typeof planOutside>[2], database = true) =>
  planOutside(PROFILES.smoke, 7, exam, reference, { database })

describe('a day on a platform outside', () => {
  test('is that of the profile, with the paper that is there', () => {
    const { profile, candidates, sessionSeconds } = plan({ candidates: people(50), paper: paper(600) })
    expect(profile.questions).toBe(9)
    expect(candidates.map(({ candidate }) => candidate)).toEqual(people(40).map(({ id }) => id))
    expect(plan({ candidates: people(40), paper: paper(sessionSeconds) }).profile.vanish).toBe(PROFILES.smoke.vanish)
  })

  test('nobody vanishes where sessions last long after it', () => {
    const { candidates } = plan({ candidates: people(40), paper: paper(3_600) })
    expect(candidates.every(({ submitMs }) => submitMs !== null)).toBe(true)
  })

  test('without rows everybody reloads, hands in and looks again', () => {
    const { candidates } = plan({ candidates: people(40) }, false)
    for (const { actions, review, submitMs } of candidates) {
      expect(actions.some(({ kind }) => kind === 'resume')).toBe(true)
      expect(review).toBe(true)
      expect(submitMs).not.toBeNull()
    }
  })

  test('is refused with too few candidates, or too short sessions', () => {
    expect(() => plan({ candidates: people(39) })).toThrow(/40 candidates for the profile smoke/)
    expect(() => plan({ candidates: people(40), paper: paper(5) })).toThrow(/sessions of at least \d+ s/)
  })
})
