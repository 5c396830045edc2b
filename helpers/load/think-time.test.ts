import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { describeThinkTime, drawThinkMs, readThinkTimes, type ThinkTime, thinkTimeProblems } from './think-time.ts'

function draws(thinkTime: ThinkTime, count = 20_000, seed = 7): readonly number[] {
  const random = seededRandom(seed, 'think')
  return Array.from({ length: count }, () => drawThinkMs(thinkTime, random)).toSorted((a, b) => a - b)
}

const LOG_NORMAL: ThinkTime = {
  minMs: 1,
  maxMs: 100_000,
  distribution: { kind: 'log-normal', medianMs: 4_000, sigma: 0.5 },
}

test('uniform think times fill the span between their bounds evenly', () => {
  const drawn = draws({ minMs: 5_000, maxMs: 30_000 })
  expect(drawn[0]).toBeGreaterThanOrEqual(5_000)
  expect(drawn.at(-1)).toBeLessThanOrEqual(30_000)
  expect((drawn[10_000] as number) / 17_500).toBeCloseTo(1, 1)
  expect((drawn[5_000] as number) / 11_250).toBeCloseTo(1, 1)
})

test('log-normal ones have the median and the spread that are asked for, and a long tail', () => {
  const drawn = draws(LOG_NORMAL)
  expect((drawn[10_000] as number) / 4_000).toBeCloseTo(1, 1)
  // One standard deviation to either side of the median of the logarithm: 15.9 % and 84.1 %.
  expect((drawn[3_173] as number) / (4_000 * Math.exp(-0.5))).toBeCloseTo(1, 1)
  expect((drawn[16_827] as number) / (4_000 * Math.exp(0.5))).toBeCloseTo(1, 1)
})

test('what falls out of the bounds is drawn again, and no bound is ever passed', () => {
  const drawn = draws({ ...LOG_NORMAL, minMs: 3_000, maxMs: 5_000 })
  expect(drawn[0]).toBeGreaterThanOrEqual(3_000)
  expect(drawn.at(-1)).toBeLessThanOrEqual(5_000)
  expect(drawn.filter((ms) => ms === 3_000 || ms === 5_000).length).toBeLessThan(20)
  const impossible = draws({ minMs: 1, maxMs: 10, distribution: { kind: 'empirical', samplesMs: [50] } }, 3)
  expect(impossible).toEqual([10, 10, 10])
})

test('the same seed draws the same', () => {
  expect(draws(LOG_NORMAL, 5)).toEqual(draws(LOG_NORMAL, 5))
  expect(draws(LOG_NORMAL, 5, 8)).not.toEqual(draws(LOG_NORMAL, 5))
})

test('measured ones come from a file, each as often as any other', async ({ onTestFinished }) => {
  const dir = await mkdtemp(join(tmpdir(), 'think-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const path = join(dir, 'think-times.txt')
  await writeFile(path, '# ms, spring 2026\n1200\n\n  800 # quick\n4000.5\n')
  const thinkTime = readThinkTimes(path)
  expect(thinkTime).toEqual({
    minMs: 800,
    maxMs: 4_000.5,
    distribution: { kind: 'empirical', samplesMs: [800, 1_200, 4_000.5] },
  })
  const drawn = draws(thinkTime, 3_000)
  for (const sample of [800, 1_200, 4_000.5]) {
    expect(drawn.filter((ms) => ms === sample).length / 1_000).toBeCloseTo(1, 0)
  }
  expect(describeThinkTime(thinkTime)).toBe('0.8 s to 4 s, as in 3 measured')

  await writeFile(path, '1200\nlong\n-5\n')
  expect(() => readThinkTimes(path)).toThrow(/CONFIG_INVALID[\s\S]*line 2: "long"; line 3: "-5"/)
  await writeFile(path, '# nothing\n')
  expect(() => readThinkTimes(path)).toThrow(/no time at all/)
  expect(() => readThinkTimes(join(dir, 'gone.txt'))).toThrow(/CONFIG_INVALID[\s\S]*ENOENT/)
})

test('a think time that makes no sense is told with everything that is wrong with it', () => {
  expect(thinkTimeProblems('thinkTime', LOG_NORMAL)).toEqual([])
  expect(
    thinkTimeProblems('thinkTime', {
      minMs: 0,
      maxMs: -1,
      distribution: { kind: 'log-normal', medianMs: 5, sigma: 0 },
    }),
  ).toEqual([
    'thinkTime.minMs should be milliseconds above 0, instead got 0',
    'thinkTime.maxMs should be milliseconds of at least thinkTime.minMs (0), instead got -1',
    'thinkTime.distribution.medianMs should be milliseconds from 0 to -1, instead got 5',
    'thinkTime.distribution.sigma should be a number above 0, instead got 0',
  ])
  expect(
    thinkTimeProblems('thinkTime', { minMs: 1, maxMs: 2, distribution: { kind: 'empirical', samplesMs: [1, 9, 9] } }),
  ).toEqual([expect.stringContaining('most lie from 1 to 2 ms, instead got "1 of 3"')])
})
