import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { INTEGRITY_CHECKERS } from '../checkers/integrity-checkers.ts'
import { judgeRunAgain } from '../run-record.ts'
import { type LeftByPhase, storeFullRun } from '../testing/store-full-run.ts'
import type { GateId } from '../verdict.ts'
import type { BackendPulse } from './probe-backend.ts'
import type { PostgresWork } from './probe-postgres.ts'
import type { Sample, Samples, SourceName } from './sample.ts'

/*
 * Take one source of figures away from a day that is GO, and the gates that rest on it are unknown and the run
 * INCONCLUSIVE: what nobody saw is never green. By the whole way of a real run, from the files of its folder.
 */

const CHECKERS = Object.values(INTEGRITY_CHECKERS)

/** The gates that are unknown, and the verdict, of a day of one phase. */
async function judged(spoil: (left: LeftByPhase) => void) {
  const dir = await mkdtemp(join(tmpdir(), 'every-source-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const finishedAt = '2026-03-02T08:04:10.000Z'
  const run = { id: '20260302T080000000Z-dev-4711', dir }
  const full = { run, backendImage: 'exam/backend:1', finishedAt, parts: ['2-load'], checkers: CHECKERS, spoil }
  const told = await storeFullRun(full)
  expect(await judgeRunAgain(dir, CHECKERS)).toEqual(told)
  expect(told.gates.filter(({ valid }) => valid === false)).toEqual([])
  return { verdict: told.verdict, unknown: told.gates.filter(({ valid }) => valid === 'unknown').map(({ id }) => id) }
}

function without(name: SourceName, reason: string) {
  return (left: LeftByPhase): void => {
    const silent = (sample: Sample<unknown>) => ({ ...sample, value: null, reason })
    left.samples = { ...left.samples, [name]: left.samples[name].map(silent) }
  }
}

/** Every look at the source says something else. */
function saying<Name extends SourceName>(
  name: Name,
  change: (value: NonNullable<Samples[Name][number]['value']>) => unknown,
) {
  return (left: LeftByPhase): void => {
    const looks = left.samples[name].map((sample) => ({
      ...sample,
      value: sample.value === null ? null : change(sample.value as NonNullable<Samples[Name][number]['value']>),
    }))
    left.samples = { ...left.samples, [name]: looks }
  }
}

const noRowOf = (part: keyof PostgresWork) => saying('postgres-work', (work) => ({ ...work, [part]: [] }))
const unpublished = (part: keyof BackendPulse) => saying('backend', (pulse) => ({ ...pulse, [part]: null }))

test('a day on which every source spoke is GO', async () => {
  expect(await judged(() => undefined)).toEqual({ verdict: 'GO', unknown: [] })
})

test.each<[source: string, spoil: (left: LeftByPhase) => void, unknown: readonly GateId[]]>([
  [
    'what the connections of PostgreSQL do (pg_stat_activity)',
    without('postgres', 'connection refused'),
    ['database-pool', 'graceful-failure', 'evidence-complete'],
  ],
  [
    'pg_stat_statements, which is not installed',
    without('postgres-work', 'relation "pg_stat_statements" does not exist'),
    ['database-pool', 'evidence-complete'],
  ],
  ['pg_stat_statements, which tells of no statement', noRowOf('statements'), ['database-pool', 'evidence-complete']],
  ['the statistics of tables (pg_stat_user_tables)', noRowOf('tables'), ['database-pool', 'evidence-complete']],
  ['the statistics of the database (pg_stat_database)', noRowOf('database'), ['database-pool', 'evidence-complete']],
  ['the count of exam sessions by status', noRowOf('sessions'), ['evidence-complete']],
  ['the INFO of Redis', without('redis', 'connection is closed'), ['graceful-failure', 'evidence-complete']],
  [
    'the /metrics of the backend',
    without('backend', 'status 404'),
    ['database-pool', 'audit-logs', 'graceful-failure', 'evidence-complete'],
  ],
  ['the pool in /metrics', unpublished('pool'), ['database-pool']],
  ['the request counters in /metrics', unpublished('requests'), ['audit-logs']],
  ['the dead workers in /metrics', unpublished('workerExits'), ['graceful-failure']],
  [
    'processor time and memory of all containers',
    without('usage', 'the engine does not answer'),
    ['graceful-failure', 'evidence-complete'],
  ],
  [
    'processor time and memory of one container',
    saying('usage', (usage) => ({ ...usage, backend: { unknown: 'no such container' } })),
    ['graceful-failure', 'evidence-complete'],
  ],
  ['whose processor time it was', without('machine', 'permission denied'), ['evidence-complete']],
  [
    'the request log, which could not be read',
    (left) => {
      left.logUnknown = 'the engine is gone'
    },
    ['no-silent-failures', 'audit-logs'],
  ],
  [
    'the request log, which is empty',
    (left) => {
      left.log = ''
    },
    ['no-silent-failures', 'audit-logs'],
  ],
])('without %s the gates that need it are unknown, and the run INCONCLUSIVE', async (_, spoil, unknown) => {
  const result = await judged(spoil)
  expect(result.unknown).toEqual(unknown)
  expect(result.verdict).toBe('INCONCLUSIVE')
})
