import { describe, expect, test } from 'vitest'
import type { Verdict } from '../verdict.ts'
import { judgeClocks } from './clocks.ts'
import { judgeConnections } from './connections.ts'
import { judgeDatabasePool } from './database-pool.ts'
import { judgeHotTables } from './hot-tables.ts'
import { judgeIdleInTransaction } from './idle-in-transaction.ts'
import type { Observed } from './observed.ts'
import { judgeRedis } from './redis-health.ts'
import { judgeRestarts } from './restarts.ts'
import { NO_SAMPLES, type SourceName } from './sample.ts'
import { judgeSampler } from './sampler-complete.ts'
import {
  every,
  HEALTHY_BACKEND,
  HEALTHY_POOL,
  HEALTHY_POSTGRES,
  HEALTHY_REDIS,
  HEALTHY_USAGE,
  HEALTHY_WORK,
  observedOf,
  stepOf,
  without,
} from './testing/observed-of.ts'

const LIMIT = 0.8
const FAULT = [{ fromUs: 20e6, toUs: 40e6 }]

const CHECKS: Readonly<Record<string, (observed: Observed) => Verdict>> = {
  'database-pool': (observed) => judgeDatabasePool(observed, LIMIT),
  'connections-below-maximum': judgeConnections,
  'no-idle-in-transaction': judgeIdleInTransaction,
  'no-scan-of-hot-tables': judgeHotTables,
  'nothing-died-unasked': judgeRestarts,
  'redis-keeps-everything': judgeRedis,
  'sampler-complete': judgeSampler,
  'clocks-compared': judgeClocks,
}

/** Which checks a source carries: without it they can say nothing. */
const NEEDED_BY: Readonly<Record<SourceName, readonly string[]>> = {
  postgres: [
    'clocks-compared',
    'connections-below-maximum',
    'no-idle-in-transaction',
    'nothing-died-unasked',
    'sampler-complete',
  ],
  'postgres-work': ['no-scan-of-hot-tables', 'sampler-complete'],
  redis: ['nothing-died-unasked', 'redis-keeps-everything', 'sampler-complete'],
  backend: ['database-pool', 'nothing-died-unasked', 'sampler-complete'],
  usage: ['nothing-died-unasked', 'sampler-complete'],
  machine: ['sampler-complete'],
}

describe('what was seen once a second', () => {
  test.each(Object.entries(CHECKS))('%s holds in a healthy minute', (id, judge) => {
    expect(judge(observedOf())).toMatchObject({ id, valid: true, violations: 0 })
  })

  test.each(Object.entries(CHECKS))('%s is unknown when nothing was sampled at all', (_, judge) => {
    const { sampled, ...rest } = observedOf()
    expect(judge({ ...rest, sampled: { ...sampled, samples: NO_SAMPLES } })).toMatchObject({ valid: 'unknown' })
  })

  test.each(Object.entries(NEEDED_BY))('without %s every check that needs it is unknown, never green', (name, ids) => {
    const observed = observedOf(without(name as SourceName))
    const unknown = Object.entries(CHECKS).flatMap(([id, judge]) => (judge(observed).valid === 'unknown' ? [id] : []))
    expect(unknown.sort()).toEqual([...ids].sort())
    expect(judgeSampler(observed).reason).toContain(`${name} was seen 0 of`)
  })

  test('a source that failed now and then still counts; one that failed for a fifth of the time does not', () => {
    const failing = (every_: number) => ({
      redis: every('redis', (second) => (second % every_ === 0 ? null : HEALTHY_REDIS)),
    })
    expect(judgeSampler(observedOf(failing(10))).valid).toBe(true)
    expect(judgeSampler(observedOf(failing(4)))).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('first failure: refused'),
    })
  })

  test('samples that could not be written make the evidence incomplete', () => {
    expect(judgeSampler(observedOf({}, { unwritten: 'no space left' }))).toMatchObject({ valid: 'unknown' })
  })

  test('what was not answered during a fault is not missing', () => {
    const observed = observedOf(
      { postgres: every('postgres', (second) => (second >= 20 && second <= 40 ? null : HEALTHY_POSTGRES)) },
      { outside: FAULT },
    )
    expect(judgeConnections(observed).valid).toBe(true)
    expect(judgeSampler(observed).valid).toBe(true)
  })
})

describe('the database pool', () => {
  const pool = (inUse: (second: number) => number, waiting: (second: number) => number = () => 0) => ({
    backend: every('backend', (second) => ({
      ...HEALTHY_BACKEND,
      pool: { ...HEALTHY_POOL, inUse: inUse(second), waiting: waiting(second) },
    })),
  })
  const judge = (observed: Observed) => judgeDatabasePool(observed, LIMIT)

  test('the share is busy connections over the size, by step', () => {
    const verdict = judge(observedOf(pool((second) => (second < 10 ? 15 : 5))))
    expect(verdict).toMatchObject({ valid: true, gate: 'database-pool' })
    expect(verdict.figures).toContainEqual(
      expect.objectContaining({ label: 'pool busy in arrivals', measured: 0.75, limit: LIMIT, unit: 'share' }),
    )
    expect(verdict.figures).toContainEqual(expect.objectContaining({ label: 'pool busy in steady', measured: 0.25 }))
  })

  test('a worker that does not tell its pool now and then is tolerated; one that is silent for longer is unknown', () => {
    const silentUntil = (silentS: number) => ({
      backend: every('backend', (second) => ({ ...HEALTHY_BACKEND, workersReporting: second < silentS ? 1 : 2 })),
    })
    expect(judge(observedOf(silentUntil(10))).valid).toBe(true)
    expect(judge(observedOf(silentUntil(20)))).toMatchObject({
      valid: 'unknown',
      reason: expect.stringMatching(/^in 20 of \d+ looks a worker did not tell its pool, 2 did at most$/),
    })
    const unpublished = every('backend', () => ({ ...HEALTHY_BACKEND, workersReporting: null }))
    expect(judge(observedOf({ backend: unpublished })).valid).toBe(true)
  })

  test('false when one step uses four fifths, however idle the others are', () => {
    expect(judge(observedOf(pool((second) => (second < 10 ? 16 : 0))))).toMatchObject({
      valid: false,
      reason: 'in arrivals 80 % of the connections were busy',
    })
  })

  test('the barrier is left out, also of the steps that overlap it', () => {
    const steps = [stepOf('start-burst', 10, 15), stepOf('steady', 10, 60)]
    expect(
      judge(
        observedOf(
          pool((second) => (second >= 10 && second <= 15 ? 20 : 15)),
          { steps },
        ),
      ).valid,
    ).toBe(true)
  })

  test('faults and recoveries are left out', () => {
    const broken = pool((second) => (second >= 20 && second <= 40 ? 20 : 5))
    expect(judge(observedOf(broken, { outside: FAULT })).valid).toBe(true)
  })

  test('requests that waited for more than 5 s are told, and tolerated', () => {
    const verdict = judge(
      observedOf(
        pool(
          () => 5,
          (second) => (second >= 30 && second <= 37 ? 3 : 0),
        ),
      ),
    )
    expect(verdict.valid).toBe(true)
    expect(verdict.figures).toContainEqual(
      expect.objectContaining({ label: 'requests waited for a connection without a pause', measured: 7, limit: 5 }),
    )
  })

  test('unknown when the backend answers but does not publish its pool', () => {
    const backend = every('backend', () => ({ ...HEALTHY_BACKEND, pool: null }))
    expect(judge(observedOf({ backend }))).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('published no pool figures'),
    })
  })

  test('unknown when no step is long enough to be judged', () => {
    expect(judge(observedOf({}, { steps: [stepOf('steady', 15, 16)] })).valid).toBe('unknown')
  })
})

describe('PostgreSQL', () => {
  test('false when the last connection that is not reserved was taken', () => {
    const postgres = every('postgres', (second) => ({ ...HEALTHY_POSTGRES, connections: second === 30 ? 97 : 25 }))
    expect(judgeConnections(observedOf({ postgres }))).toMatchObject({ valid: false, counts: { full: 1, most: 97 } })
  })

  test('false when a transaction stood open without work for more than 5 s', () => {
    const postgres = every('postgres', (second) => ({
      ...HEALTHY_POSTGRES,
      longest_idle_in_transaction_s: second === 30 ? 5.5 : null,
    }))
    expect(judgeIdleInTransaction(observedOf({ postgres }))).toMatchObject({ valid: false })
  })
})

describe('Redis', () => {
  test('false when a key was evicted or a client rejected', () => {
    const redis = every('redis', (second) => ({ ...HEALTHY_REDIS, evictedKeys: second < 30 ? 2 : 5 }))
    expect(judgeRedis(observedOf({ redis }))).toMatchObject({ valid: false, reason: 'Redis evicted 3 keys' })
    const rejecting = every('redis', (second) => ({ ...HEALTHY_REDIS, rejectedConnections: second < 30 ? 0 : 1 }))
    expect(judgeRedis(observedOf({ redis: rejecting }))).toMatchObject({ valid: false })
  })

  test('what a fault evicted is not held against it', () => {
    const redis = every('redis', (second) => ({ ...HEALTHY_REDIS, evictedKeys: second < 30 ? 0 : 5 }))
    expect(judgeRedis(observedOf({ redis }, { outside: FAULT }))).toMatchObject({ valid: true })
  })
})

describe('nothing died unasked', () => {
  const usage = (backend: (second: number) => Partial<typeof HEALTHY_USAGE> | { unknown: string }) => ({
    usage: every('usage', (second) => {
      const seen = backend(second)
      return { backend: 'unknown' in seen ? (seen as { unknown: string }) : { ...HEALTHY_USAGE, ...seen } }
    }),
  })

  test.each([
    ['a container that was started anew', usage((second) => ({ startedAt: second < 30 ? 'a' : 'b' }) as object)],
    ['a process that was killed for its memory', usage(() => ({ outOfMemoryKilled: true }) as object)],
    [
      'PostgreSQL that started anew',
      { postgres: every('postgres', (second) => ({ ...HEALTHY_POSTGRES, server_started_at: second < 30 ? 1 : 2 })) },
    ],
    ['another Redis', { redis: every('redis', (second) => ({ ...HEALTHY_REDIS, runId: second < 30 ? 'a' : 'b' })) }],
    [
      'a worker that died',
      { backend: every('backend', (second) => ({ ...HEALTHY_BACKEND, workerExits: second < 30 ? 0 : 1 })) },
    ],
  ])('false: %s', (_, samples) => {
    expect(judgeRestarts(observedOf(samples))).toMatchObject({ valid: false, violations: 1 })
  })

  test('what a fault restarted is not held against it', () => {
    const restarted = usage((second) => ({ startedAt: second < 30 ? 'a' : 'b' }) as object)
    expect(judgeRestarts(observedOf(restarted, { outside: FAULT }))).toMatchObject({ valid: true })
  })

  test('unknown, with the reason, on a host that cannot tell', () => {
    const verdict = judgeRestarts(observedOf(usage(() => ({ unknown: 'this host cannot tell' }))))
    expect(verdict).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('this host cannot tell') })
  })
})

describe('statements and whole reads of hot tables', () => {
  const workOf = (work: Partial<typeof HEALTHY_WORK>) =>
    observedOf({ 'postgres-work': every('postgres-work', () => ({ ...HEALTHY_WORK, ...work })) })

  test('past a limit they are on record as near misses, and no broken promise', () => {
    const verdict = judgeHotTables(
      workOf({
        tables: [{ table_name: 'session_answers', live_rows: 4_800, rows_read_sequentially: 4_800_000 }],
        statements: [{ query: 'SELECT slow()', calls: 40, total_ms: 6_000 }],
      }),
    )
    expect(verdict).toMatchObject({
      valid: true,
      figures: [
        { label: 'slowest statement on average: SELECT slow()', measured: 150, limit: 100 },
        { label: 'whole reads of session_answers per transaction', measured: 1, limit: 0.5 },
      ],
    })
  })

  test('a table that fits in a few pages and a statement that was called a few times say nothing', () => {
    const verdict = judgeHotTables(
      workOf({
        tables: [{ table_name: 'exams', live_rows: 2, rows_read_sequentially: 4_000 }],
        statements: [{ query: 'SELECT slow()', calls: 3, total_ms: 6_000 }],
      }),
    )
    expect(verdict.figures).toEqual([])
  })
})
