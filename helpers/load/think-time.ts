import { readFileSync } from 'node:fs'
import { RehearsalError } from '../errors.ts'
import type { Random } from '../random.ts'

/** How long a candidate thinks before it does something. Never shorter than `minMs` and never longer than `maxMs`. */
export interface ThinkTime {
  readonly minMs: number
  readonly maxMs: number
  /** Absent: uniform between the bounds. What falls outside of them is drawn again, and cut after {@link MAX_DRAWS}. */
  readonly distribution?:
    | {
        readonly kind: 'log-normal'
        readonly medianMs: number
        /** Standard deviation of the logarithm: with 0.5, two thirds lie between 0.6 and 1.6 times the median. */
        readonly sigma: number
      }
    | {
        readonly kind: 'empirical'
        /** Measured on real candidates; each is as likely as any other. */
        readonly samplesMs: readonly number[]
      }
}

/** With bounds that make sense hardly any draw is repeated; with others it must end all the same. */
const MAX_DRAWS = 20

/** Draw one think time, milliseconds, from this candidate's own stream. */
export function drawThinkMs({ minMs, maxMs, distribution }: ThinkTime, random: Random): number {
  if (distribution === undefined) return random.uniform(minMs, maxMs)
  let drawnMs = Number.NaN
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    drawnMs =
      distribution.kind === 'empirical'
        ? random.pick(distribution.samplesMs)
        : distribution.medianMs * Math.exp(distribution.sigma * standardNormal(random))
    if (drawnMs >= minMs && drawnMs <= maxMs) return drawnMs
  }
  return Math.min(maxMs, Math.max(minMs, drawnMs))
}

/** Everything that is wrong with a think time; `name` is where it stands. */
export function thinkTimeProblems(name: string, { minMs, maxMs, distribution }: ThinkTime): readonly string[] {
  const problems: string[] = []
  const expect = (holds: boolean, field: string, wanted: string, seen: unknown): void => {
    if (!holds)
      problems.push(`${name}.${field} should be ${wanted}, instead got ${JSON.stringify(seen) ?? String(seen)}`)
  }
  const isAbove0 = (value: number): boolean => Number.isFinite(value) && value > 0
  expect(isAbove0(minMs), 'minMs', 'milliseconds above 0', minMs)
  expect(
    Number.isFinite(maxMs) && maxMs >= 0 && maxMs >= minMs,
    'maxMs',
    `milliseconds of at least ${name}.minMs (${minMs})`,
    maxMs,
  )
  if (distribution?.kind === 'log-normal') {
    const { medianMs, sigma } = distribution
    const isWithin = medianMs >= minMs && medianMs <= maxMs
    expect(isWithin, 'distribution.medianMs', `milliseconds from ${minMs} to ${maxMs}`, medianMs)
    expect(isAbove0(sigma), 'distribution.sigma', 'a number above 0', sigma)
  }
  if (distribution?.kind === 'empirical') {
    const within = distribution.samplesMs.filter((sample) => sample >= minMs && sample <= maxMs).length
    expect(
      within > distribution.samplesMs.length / 2,
      'distribution.samplesMs',
      `times of which most lie from ${minMs} to ${maxMs} ms`,
      `${within} of ${distribution.samplesMs.length}`,
    )
  }
  return problems
}

/** "1.5 s to 4.5 s", with how they are distributed where that is not evenly. */
export function describeThinkTime({ minMs, maxMs, distribution }: ThinkTime): string {
  const seconds = (ms: number): string => `${Number((ms / 1_000).toFixed(1))} s`
  const bounds = `${seconds(minMs)} to ${seconds(maxMs)}`
  if (distribution === undefined) return bounds
  if (distribution.kind === 'log-normal') return `${bounds}, log-normal around ${seconds(distribution.medianMs)}`
  return `${bounds}, as in ${distribution.samplesMs.length} measured`
}

/**
 * Think times that were measured, from a text file with one number of milliseconds a line; empty lines and what follows a
 * `#` mean nothing. The shortest and the longest are the bounds.
 *
 * @throws CONFIG_INVALID when the file cannot be read, is empty, or with every line that is no time
 */
export function readThinkTimes(path: string): ThinkTime {
  const invalid = (seen: string, cause?: unknown) =>
    new RehearsalError('CONFIG_INVALID', {
      expected: `a file with one think time in milliseconds a line: ${path}`,
      seen,
      next: 'Correct the file of think times, or leave it away for those of the profile.',
      ...(cause === undefined ? {} : { cause }),
    })
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause)
  }
  const wrong: string[] = []
  const samplesMs = text.split('\n').flatMap((line, index) => {
    const value = line.replace(/#.*/, '').trim()
    if (value === '') return []
    const ms = Number(value)
    if (!(Number.isFinite(ms) && ms > 0)) wrong.push(`line ${index + 1}: ${JSON.stringify(value)}`)
    return [ms]
  })
  if (wrong.length > 0) throw invalid(wrong.join('; '))
  if (samplesMs.length === 0) throw invalid('no time at all')
  const sorted = samplesMs.toSorted((one, other) => one - other)
  return {
    minMs: sorted[0] as number,
    maxMs: sorted.at(-1) as number,
    distribution: { kind: 'empirical', samplesMs: sorted },
  }
}

/** Box and Muller's transform of two uniform draws. */
function standardNormal(random: Random): number {
  // From above 0, whose logarithm is none.
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform(0, 1)))
  return radius * Math.cos(2 * Math.PI * random.uniform(0, 1))
}
