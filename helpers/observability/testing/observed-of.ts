import type { StepResult } from '../../phase-result.ts'
import type { Observed } from '../observed.ts'
import type { BackendPulse } from '../probe-backend.ts'
import type { PostgresPulse, PostgresWork } from '../probe-postgres.ts'
import type { RedisPulse } from '../probe-redis.ts'
import type { PartUsage } from '../probe-usage.ts'
import { NO_SAMPLES, SAMPLED_EVERY_MS, type Sample, type Samples, type SourceName } from '../sample.ts'

/** A minute in which everything was looked at and everything was well. Written by hand; nothing was measured. */
const SECONDS = 60

export const HEALTHY_POOL = { size: 20, inUse: 2, idle: 10, waiting: 0 } as const

export const HEALTHY_BACKEND: BackendPulse = {
  pool: HEALTHY_POOL,
  workersReporting: 2,
  workerExits: 0,
  redisReconnects: 0,
  requests: {},
}

export const HEALTHY_POSTGRES: PostgresPulse = {
  max_connections: 100,
  reserved_connections: 3,
  connections: 25,
  own_connections: 2,
  active: 2,
  idle: 20,
  idle_in_transaction: 0,
  waiting_for_lock: 0,
  locks_not_granted: 0,
  longest_transaction_s: 0.01,
  longest_idle_in_transaction_s: null,
  server_started_at: 1_795_000_000,
  clock: { offsetMs: 0.2, errorMs: 0.5 },
}

export const HEALTHY_WORK: PostgresWork = {
  database: [{ commits: 1_000, rollbacks: 0 }],
  tables: [{ table_name: 'session_answers', live_rows: 4_800, rows_read_sequentially: 48_000 }],
  statements: [{ query: 'SELECT save_answer($1)', calls: 4_800, total_ms: 7_200 }],
  sessions: [{ status: 'SUBMITTED', sessions: 20 }],
}

export const HEALTHY_REDIS: RedisPulse = {
  usedMemoryBytes: 1_000_000,
  connectedClients: 3,
  blockedClients: 0,
  uptimeSeconds: 100,
  evictedKeys: 0,
  rejectedConnections: 0,
  commands: 1,
  runId: 'first',
}

export const HEALTHY_USAGE = {
  cpuMs: 1_000,
  memoryBytes: 100_000_000,
  memoryLimitBytes: null,
  startedAt: '2026-03-02T08:00:00.000Z',
  outOfMemoryKilled: false,
} as const

/** One sample every period of `name`, each with what `value` says of its second. */
export function every<Value>(name: SourceName, value: (second: number) => Value | null): Sample<Value>[] {
  const samples: Sample<Value>[] = []
  for (let ms = 0; ms <= SECONDS * 1_000; ms += SAMPLED_EVERY_MS[name]) {
    const seen = value(ms / 1_000)
    samples.push({ timeUs: ms * 1_000, tookMs: 2, value: seen, ...(seen === null ? { reason: 'refused' } : {}) })
  }
  return samples
}

export const HEALTHY_SAMPLES: Samples = {
  postgres: every('postgres', () => HEALTHY_POSTGRES),
  'postgres-work': every('postgres-work', () => HEALTHY_WORK),
  redis: every('redis', () => HEALTHY_REDIS),
  backend: every('backend', () => HEALTHY_BACKEND),
  usage: every('usage', (): Record<string, PartUsage> => ({ postgres: HEALTHY_USAGE, backend: HEALTHY_USAGE })),
  machine: every('machine', (second) => ({
    capacityMs: second * 2_000,
    idleMs: second * 900,
    busyMs: second * 1_000,
    ownMs: second * 990,
  })),
}

export function stepOf(name: string, startedS: number, endedS: number): StepResult {
  return {
    name,
    model: 'partly-open',
    startedMs: startedS * 1_000,
    durationMs: (endedS - startedS) * 1_000,
    latency: {},
    serviceTime: {},
  }
}

/** A healthy minute (arrivals, barrier, steady), but for the samples and faults that are given. */
export function observedOf(
  samples: Partial<Samples> = {},
  overrides: Partial<Omit<Observed, 'sampled'>> & { readonly unwritten?: string } = {},
): Observed {
  const { unwritten, ...rest } = overrides
  return {
    sampled: {
      samples: { ...HEALTHY_SAMPLES, ...samples },
      fromUs: 0,
      toUs: SECONDS * 1e6,
      ...(unwritten === undefined ? {} : { unwritten }),
    },
    steps: [stepOf('arrivals', 0, 10), stepOf('start-burst', 10, 15), stepOf('steady', 15, 60)],
    outside: [],
    ...rest,
  }
}

/** As if a source had never answered. */
export function without(name: SourceName): Partial<Samples> {
  return { [name]: every(name, () => null) }
}

export { NO_SAMPLES }
