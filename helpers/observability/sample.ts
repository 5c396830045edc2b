import type { BackendPulse } from './probe-backend.ts'
import type { MachinePulse } from './probe-machine.ts'
import type { PostgresPulse, PostgresWork } from './probe-postgres.ts'
import type { RedisPulse } from './probe-redis.ts'
import type { PartUsage } from './probe-usage.ts'

/**
 * One look at one source. A look that failed is a sample, too: `value` is null and `reason` says why. Never a zero.
 */
export interface Sample<Value> {
  /** When the look began, µs since the run's epoch: the clock of the history. */
  readonly timeUs: number
  /** How long the source took to answer, ms. */
  readonly tookMs: number
  readonly value: Value | null
  readonly reason?: string
}

/** What each source says, by name. The name is also that of its file, `<run>/<phase>/metrics/<name>.ndjson`. */
export interface SourceValues {
  readonly postgres: PostgresPulse
  readonly 'postgres-work': PostgresWork
  readonly redis: RedisPulse
  readonly backend: BackendPulse
  readonly usage: Readonly<Record<string, PartUsage>>
  readonly machine: MachinePulse
}

export type SourceName = keyof SourceValues

/** How often each source is asked, ms. */
export const SAMPLED_EVERY_MS: Readonly<Record<SourceName, number>> = {
  postgres: 1_000,
  'postgres-work': 1_000,
  redis: 1_000,
  backend: 1_000,
  usage: 1_000,
  machine: 1_000,
}

export const SOURCE_NAMES = Object.keys(SAMPLED_EVERY_MS) as SourceName[]

/** Everything that was sampled in one phase, each list in order of time. */
export type Samples = { readonly [Name in SourceName]: readonly Sample<SourceValues[Name]>[] }

/** The samples of a phase in which nothing was asked. */
export const NO_SAMPLES: Samples = {
  postgres: [],
  'postgres-work': [],
  redis: [],
  backend: [],
  usage: [],
  machine: [],
}
