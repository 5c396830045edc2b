import { expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { summarise } from './histogram.ts'
import { buffersOf, createMeter, type LogicalSample, type Measurements, mergeMeasurements } from './meter.ts'
import { summariseSteps } from './steps.ts'
import { sampleOf } from './testing/load-result-of.ts'

const THREADS = 3
/** More than one block of rows in each thread. */
const ATTEMPTS = 30_000

const logicalOf = (completedUs: number, attempts: number): LogicalSample => ({
  ...{ step: 'steady', f: 'save-answer', intendedUs: 1, waitingSinceUs: 1, completedUs, attempts },
  ...{ error: false, firstError: attempts > 1, exhausted: false, refused: attempts > 1 },
  reason: attempts > 1 ? 'not-found' : 'success',
})

/** The same day measured by one thread and by several, as their tables are after they crossed to another thread. */
function measured(seed: number): { readonly one: Measurements; readonly merged: Measurements } {
  const random = seededRandom(seed, 'threads')
  const one = createMeter()
  const threads = Array.from({ length: THREADS + 1 }, createMeter)
  for (let number = 0; number < ATTEMPTS; number += 1) {
    // The last thread measures nothing, and one of the others far more than the rest.
    const thread = threads[random.chance(0.8) ? 0 : random.integer(1, THREADS - 1)] as (typeof threads)[number]
    const error = random.chance(0.1)
    const latencyMs = Math.round(random.uniform(1, 900))
    const sample = sampleOf({ atMs: number - latencyMs, latencyMs, error, f: error ? 'submit' : 'save-answer' })
    for (const meter of [one, thread]) {
      meter.attempt(sample)
      meter.logical(logicalOf(number * 1_000, error ? 2 : 1))
      meter.dispatched(number * 1_000 - latencyMs, latencyMs)
      meter.connected(latencyMs)
    }
  }
  const tables = threads.map((meter) => {
    const rows = meter.tables()
    return structuredClone(rows, { transfer: [...buffersOf(rows)] })
  })
  return { one, merged: mergeMeasurements(tables) }
}

test.each([1, 2])('what several threads measured is what one would have, in order of completion (seed %i)', (seed) => {
  const { one, merged } = measured(seed)
  expect(merged.attempts).toBe(ATTEMPTS)
  expect(merged.errors).toBe(one.errors)
  expect([...merged.samples()]).toEqual([...one.samples()])
  expect([...merged.logicals()]).toEqual([...one.logicals()])
  expect([...merged.lags()]).toEqual([...one.lags()])
  expect(summarise(merged.connections, 0)).toEqual(summarise(one.connections, 0))
  expect(summariseSteps(merged)).toEqual(summariseSteps(one))
})

test('what is asked of the last while is found although it was measured in several threads', () => {
  const { one, merged } = measured(3)
  const fromUs = (ATTEMPTS - 500) * 1_000
  const samples = (measurements: Measurements): readonly unknown[] => {
    const seen: unknown[] = []
    measurements.eachSince(fromUs, (...sample) => seen.push(sample))
    return seen
  }
  expect(samples(merged)).toEqual(samples(one))
  expect(samples(one)).toEqual(
    [...one.samples()]
      .filter(({ completedUs }) => completedUs >= fromUs)
      .map(({ intendedUs, completedUs, reason }) => [intendedUs, completedUs, reason]),
  )
  expect(samples(one).length).toBeGreaterThan(400)
  const lags = (measurements: Measurements): readonly number[] => {
    const seen: number[] = []
    measurements.eachLagSince(fromUs, (lagUs) => seen.push(lagUs))
    return seen
  }
  expect(lags(merged)).toEqual(lags(one))
  expect(lags(merged).length).toBeGreaterThan(400)
})

test('what was merged can be measured on, as one meter', () => {
  const { merged } = measured(4)
  merged.attempt(sampleOf({ atMs: ATTEMPTS, error: true }))
  expect(merged.attempts).toBe(ATTEMPTS + 1)
  expect([...merged.samples()].at(-1)).toEqual(sampleOf({ atMs: ATTEMPTS, error: true }))
})
