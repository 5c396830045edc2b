import { describe, expect, test } from 'vitest'
import { type CohortDay, findSaturation, type SaturationOptions } from './find-saturation.ts'

const WELL = { valid: true, reason: null } as const

/** A platform that acknowledges so many operations of each candidate, up to a limit. */
function platform(limit: number, over: (candidates: number) => Partial<CohortDay> = () => ({})) {
  const played: number[] = []
  const play = async (candidates: number): Promise<CohortDay> => {
    played.push(candidates)
    const goodputPerSecond = Math.min(limit, candidates / 3)
    return { candidates, goodputPerSecond, p95Ms: 20, p99Ms: 40, slo: WELL, data: WELL, ...over(candidates) }
  }
  return { played, play }
}

function search(play: SaturationOptions['play'], over: Partial<SaturationOptions> = {}) {
  const signal = new AbortController().signal
  return findSaturation({ registered: 400, required: 1.2, upTo: 4, play, signal, ...over })
}

const slowAbove = (most: number) => (candidates: number) =>
  candidates > most ? { slo: { valid: false, reason: 'p95 900 ms' } as const } : {}

describe('the knee', () => {
  test('is where an SLO breaks, known to a tenth of the cohort', async () => {
    const { play, played } = platform(10_000, slowAbove(900))
    const found = await search(play)
    expect(played).toEqual([400, 480, 600, 800, 1_000, 900, 950, 925])
    expect(found).toMatchObject({ held: 900, broke: 925, headroom: 2.25, valid: true })
    expect(found.reason).toBe('headroom 2.25; 1.2 is needed')
  })

  test('is where goodput stops to rise, although nothing is slow yet', async () => {
    const found = await search(platform(600 / 3).play)
    expect(found.days.find(({ candidates }) => candidates === 800)).toMatchObject({
      holds: false,
      why: 'goodput stopped rising: 0 % more with 33 % more candidates',
    })
    expect(found).toMatchObject({ valid: true })
    expect(found.held).toBeGreaterThanOrEqual(600)
    expect(found.broke).toBeLessThanOrEqual(800)
  })

  test.each([480, 600])('is not past the %i candidates at which goodput stopped to rise', async (most) => {
    const found = await search(platform(most / 3).play)
    // The smallest step that says something about goodput.
    expect(found).toMatchObject({ held: most, broke: most * 1.15, headroom: most / 400, valid: true })
  })

  test('is known to a tenth all the same where an SLO breaks later', async () => {
    const { play } = platform(10_000, slowAbove(700))
    expect(await search(play)).toMatchObject({ held: 700, broke: 725 })
  })

  test('is whole candidates: of 411 the 494th makes 120 %, and is played', async () => {
    const upTo = { registered: 411, upTo: 1.2 }
    const held = platform(10_000)
    expect(await search(held.play, upTo)).toMatchObject({ held: 494, valid: true })
    expect(held.played).toEqual([411, 494])
    expect(await search(platform(10_000, slowAbove(493)).play, upTo)).toMatchObject({ valid: false })
  })

  test('of a few candidates is found when nobody is left between what held and what broke', async () => {
    const { play, played } = platform(10_000, slowAbove(4))
    expect(await search(play, { registered: 4 })).toMatchObject({ held: 4, broke: 5, valid: false })
    expect(played).toEqual([4, 5])
  })

  test('below what is needed is no headroom', async () => {
    const found = await search(platform(10_000, slowAbove(420)).play)
    expect(found).toMatchObject({ held: 420, valid: false })
    expect(found.reason).toMatch(/^headroom 1.05; 1.2 is needed; with 4\d\d candidates: p95 900 ms$/)
  })

  test('below the registered cohort is the end of the search', async () => {
    const { play, played } = platform(10_000, slowAbove(0))
    expect(await search(play)).toMatchObject({ held: null, broke: 400, headroom: null, valid: false })
    expect(played).toEqual([400])
  })

  test('that was not reached is at least the largest cohort that was tried', async () => {
    expect(await search(platform(10_000).play, { upTo: 2 })).toMatchObject({
      held: 800,
      broke: null,
      headroom: 2,
      valid: true,
      reason: 'headroom at least 2.00; 1.2 is needed',
    })
  })
})

describe('what was not measured is no headroom', () => {
  const tired = (candidates: number) =>
    candidates >= 480 ? { slo: { valid: 'unknown', reason: 'the generator was in trouble' } as const } : {}

  test('a day that says nothing ends the search', async () => {
    const { play, played } = platform(10_000, tired)
    expect(await search(play)).toMatchObject({
      headroom: 1,
      valid: 'unknown',
      reason: 'the generator was in trouble',
    })
    expect(played).toEqual([400, 480])
  })

  test('what held before it still held', async () => {
    const found = await search(platform(10_000, tired).play, { registered: 300 })
    expect(found).toMatchObject({ headroom: 1.5, valid: true })
  })

  test('a goodput that nobody measured proves nothing', async () => {
    const found = await search(platform(1, () => ({ goodputPerSecond: null })).play)
    expect(found).toMatchObject({ headroom: null, valid: 'unknown', reason: 'the goodput was not measured' })
  })

  test('a search that was interrupted before it began', async () => {
    const found = await search(platform(1).play, { signal: AbortSignal.abort() })
    expect(found).toMatchObject({ days: [], headroom: null, valid: 'unknown', reason: 'nothing was tried' })
  })

  test('evidence that could not be read', async () => {
    const blind = () => ({ data: { valid: 'unknown', reason: 'the answers could not be read' } as const })
    expect(await search(platform(1, blind).play)).toMatchObject({ valid: 'unknown', headroom: null })
  })
})

test('an answer that is lost with any cohort ends it all, however large the headroom', async () => {
  const lost = (candidates: number) =>
    candidates >= 1_000 ? { data: { valid: false, reason: '3 answers are lost' } as const } : {}
  const { play, played } = platform(10_000, lost)
  expect(await search(play)).toMatchObject({
    valid: false,
    reason: 'with 1000 candidates the exam was harmed: 3 answers are lost',
  })
  expect(played).toEqual([400, 480, 600, 800, 1_000])
})
