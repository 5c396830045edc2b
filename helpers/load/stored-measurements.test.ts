import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createMeter, type LogicalSample, type Measurements, type Sample } from './meter.ts'
import { loadMeasurements, storeMeasurements } from './stored-measurements.ts'

const SAMPLE: Sample = {
  step: 'steady',
  f: 'save-answer',
  intendedUs: 1_000.5,
  sentUs: 1_001.25,
  completedUs: 9_000.125,
  outcome: 'info',
  reason: 'time-out',
  error: true,
  attempt: 2,
}
const LOGICAL: LogicalSample = {
  step: 'drain',
  f: 'submit',
  intendedUs: 1,
  completedUs: 3.5,
  waitingSinceUs: 2,
  attempts: 3,
  error: false,
  firstError: true,
  exhausted: false,
  reason: 'not-found',
  refused: true,
}

async function stored(fill: (meter: Measurements) => void): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'measurements-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const meter = createMeter()
  fill(meter)
  const path = join(dir, 'measurements.ndjson')
  await storeMeasurements(meter, path)
  return path
}

test('what was measured comes back to the last digit, also a reason that only an adapter knows', async () => {
  const path = await stored((meter) => {
    meter.attempt(SAMPLE)
    meter.attempt({ ...SAMPLE, reason: 'somebody-elses-reason' })
    for (let n = 0; n < 5_000; n++) meter.logical({ ...LOGICAL, attempts: n })
  })
  const loaded = await loadMeasurements(path)
  expect([...loaded.samples()]).toEqual([SAMPLE, { ...SAMPLE, reason: 'other' }])
  expect([...loaded.logicals()]).toEqual(Array.from({ length: 5_000 }, (_, attempts) => ({ ...LOGICAL, attempts })))
  expect(loaded.errors).toBe(2)
})

test('a day that was stored before it was known why a wish failed is read, and nothing of it is called a refusal', async () => {
  const path = await stored((meter) => meter.logical(LOGICAL))
  const [line = '', ...rest] = (await readFile(path, 'utf8')).split('\n')
  await writeFile(path, [JSON.stringify(JSON.parse(line).slice(0, -2)), ...rest].join('\n'))
  expect([...(await loadMeasurements(path)).logicals()]).toEqual([{ ...LOGICAL, reason: 'other', refused: false }])
})

test('a file that is cut off, damaged or missing is refused: a load measured by less would look better', async () => {
  const path = await stored((meter) => meter.attempt(SAMPLE))
  const text = await readFile(path, 'utf8')
  for (const damaged of [
    text.split('\n').slice(1).join('\n'),
    text.slice(0, 20),
    '',
    text.replace('"attempt"', '"x"'),
  ]) {
    await writeFile(path, damaged)
    await expect(loadMeasurements(path)).rejects.toThrow(/EVIDENCE_UNREADABLE/)
  }
  await expect(loadMeasurements(`${path}.gone`)).rejects.toThrow(/EVIDENCE_UNREADABLE/)
})
