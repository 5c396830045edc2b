import { describe, expect, test } from 'vitest'
import { type ShrinkOutcome, shrinkFaults } from './shrink-faults.ts'

const EIGHT = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Fails when all of `culprits` are among the faults. */
const failsWith =
  (...culprits: string[]) =>
  async (faults: readonly string[]): Promise<ShrinkOutcome> =>
    culprits.every((culprit) => faults.includes(culprit)) ? 'fails' : 'holds'

describe('the smallest schedule that still fails', () => {
  test('one culprit among eight is found in a handful of runs', async () => {
    for (const culprit of EIGHT) {
      const { smallest, proven, runs } = await shrinkFaults(EIGHT, failsWith(culprit), 10)
      expect(smallest).toEqual([culprit])
      expect(proven).toBe(true)
      expect(runs.length).toBeLessThanOrEqual(7)
    }
  })

  test('two that fail only together stay together, and neither alone is said to fail', async () => {
    const { smallest, proven } = await shrinkFaults(EIGHT, failsWith('b', 'g'), 100)
    expect(smallest).toEqual(['b', 'g'])
    expect(proven).toBe(true)
  })

  test('all that are needed stay, proven by every set with one less', async () => {
    const { smallest, proven, runs } = await shrinkFaults(['a', 'b', 'c'], failsWith('a', 'b', 'c'), 100)
    expect(smallest).toEqual(['a', 'b', 'c'])
    expect(proven).toBe(true)
    expect(new Set(runs.map(({ faults }) => faults.join())).size).toBe(runs.length)
  })

  test('never more runs than allowed; what was found by then is told, and not as proven', async () => {
    const { smallest, proven, runs } = await shrinkFaults(EIGHT, failsWith('a', 'h'), 5)
    expect(runs).toHaveLength(5)
    expect(smallest).toEqual(EIGHT)
    expect(proven).toBe(false)
  })

  test('what does not fail again has no smallest schedule', async () => {
    const never = await shrinkFaults(EIGHT, async () => 'holds', 10)
    expect(never).toMatchObject({ smallest: null, proven: false, runs: [{ faults: EIGHT, outcome: 'holds' }] })
    expect(await shrinkFaults([], failsWith('a'), 10)).toEqual({ smallest: null, proven: false, runs: [] })
  })

  test('a run that could not be judged is no proof that a set does not fail', async () => {
    const unclear = async (faults: readonly string[]): Promise<ShrinkOutcome> =>
      faults.length === 2 ? 'fails' : 'unclear'
    // One fault is the smallest there can be; without a verdict on the single ones, two are not proven to be needed.
    expect(await shrinkFaults(['a', 'b'], unclear, 10)).toMatchObject({ smallest: ['a', 'b'], proven: false })
  })

  test('is never tried without any fault', async () => {
    const { runs } = await shrinkFaults(['a', 'b', 'c'], failsWith('b'), 50)
    expect(runs.every(({ faults }) => faults.length > 0)).toBe(true)
  })
})
