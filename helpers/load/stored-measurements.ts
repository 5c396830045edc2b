import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { RehearsalError } from '../errors.ts'
import { createMeter, type LogicalSample, type Measurements, type Sample } from './meter.ts'

/** Lines that are written in one go. */
const LINES_PER_WRITE = 2_000

const ATTEMPT = [
  'step',
  'f',
  'intendedUs',
  'sentUs',
  'completedUs',
  'outcome',
  'reason',
  'error',
  'attempt',
] as const satisfies readonly (keyof Sample)[]

const LOGICAL = [
  'step',
  'f',
  'intendedUs',
  'completedUs',
  'waitingSinceUs',
  'attempts',
  'error',
  'firstError',
  'exhausted',
  'reason',
  'refused',
] as const satisfies readonly (keyof LogicalSample)[]

/**
 * Fields that a wish had before it was known why it failed. Of such a day nothing is called a refusal that slowness does not
 * explain: what a crowded machine may explain stays unknown.
 */
const WITHOUT_REASON = LOGICAL.length - 2
const NO_REASON = ['other', false]

/**
 * Write what the load is judged by to a new file at `path`: one JSON array a line, `["attempt", ...]` or
 * `["logical", ...]` with the fields of `Sample` and `LogicalSample`, and at the end `["end", attempts, logicals]`. How
 * late the generator was is not among it: its windows are judged while it runs. Throws what the file system throws.
 */
export async function storeMeasurements(measurements: Measurements, path: string): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx' })
  let lines: string[] = []
  const flush = async (): Promise<void> => {
    const text = `${lines.join('\n')}\n`
    lines = []
    if (!file.write(text)) await once(file, 'drain')
  }
  const add = async (line: readonly unknown[]): Promise<void> => {
    if (lines.push(JSON.stringify(line)) >= LINES_PER_WRITE) await flush()
  }
  let attempts = 0
  let logicals = 0
  try {
    for (const sample of measurements.samples()) {
      attempts++
      await add(['attempt', ...ATTEMPT.map((field) => sample[field])])
    }
    for (const sample of measurements.logicals()) {
      logicals++
      await add(['logical', ...LOGICAL.map((field) => sample[field])])
    }
    await add(['end', attempts, logicals])
    await flush()
  } finally {
    file.end()
    await finished(file)
  }
}

/**
 * Read what `storeMeasurements` wrote.
 * @throws EVIDENCE_UNREADABLE when the file is missing, damaged or not whole.
 */
export async function loadMeasurements(path: string): Promise<Measurements> {
  const meter = createMeter()
  let attempts = 0
  let logicals = 0
  let end: readonly unknown[] | undefined
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      const [kind, ...values] = JSON.parse(line) as [string, ...unknown[]]
      if (kind === 'attempt') {
        attempts++
        meter.attempt(named(ATTEMPT, values) as unknown as Sample)
      } else if (kind === 'logical') {
        logicals++
        const whole = values.length === WITHOUT_REASON ? [...values, ...NO_REASON] : values
        meter.logical(named(LOGICAL, whole) as unknown as LogicalSample)
      } else if (kind === 'end') end = values
      else throw new Error(`a line of an unknown kind: ${line.slice(0, 80)}`)
    }
    if (end?.[0] !== attempts || end[1] !== logicals) {
      throw new Error(`${attempts} attempts and ${logicals} logical samples, but its end says ${JSON.stringify(end)}`)
    }
  } catch (cause) {
    throw new RehearsalError('EVIDENCE_UNREADABLE', {
      expected: `the measurements of a load, whole: ${path}`,
      seen: cause instanceof Error ? cause.message : String(cause),
      next: 'Restore that file; without it nothing can be said about response times and errors.',
      cause,
    })
  }
  return meter
}

function named(fields: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  if (values.length !== fields.length) throw new Error(`a line has ${values.length} values instead of ${fields.length}`)
  return Object.fromEntries(fields.map((field, index) => [field, values[index]]))
}
