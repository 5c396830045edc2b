import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { composeVerdict, type RunFacts } from '../helpers/compose-verdict.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import { compareWithBaseline } from './compare-with-baseline.ts'
import { changeLines, comparisonWords } from './comparison-words.ts'
import { renderFindings } from './render-findings.ts'
import { renderJson } from './write-report.ts'

const HOUR_MS = 3_600_000
const BEGIN_MS = Date.parse('2026-03-02T00:00:00.000Z')

/** The verdict of a run that began so many hours after the others. */
function verdictAt(
  hour: number,
  facts: Partial<RunFacts> & { results?: Record<string, ReturnType<typeof phaseOf>> } = {},
) {
  const wall = new Date(BEGIN_MS + hour * HOUR_MS).toISOString()
  const run = runOf({ id: `${wall.replace(/[-:.]/g, '')}-dev-1`, epoch: { monotonicNs: '0', wall } })
  return composeVerdict(factsOf({ run, ...facts }))
}

async function folderOf(verdicts: readonly RunVerdict[]): Promise<string> {
  const runsDir = await mkdtemp(join(tmpdir(), 'runs-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  for (const verdict of verdicts) {
    await mkdir(join(runsDir, verdict.runId))
    await writeFile(join(runsDir, verdict.runId, 'verdict.json'), renderJson(verdict))
  }
  return runsDir
}

const NO_GO = { results: { '2-load': phaseOf({ checks: [checkOf({ valid: false, violations: 1 })] }) } }

test('is the newest finished GO of the same profile and phases, and never the run itself', async () => {
  const now = verdictAt(9)
  const others = [
    verdictAt(1),
    verdictAt(2),
    verdictAt(3, NO_GO),
    verdictAt(4, { results: { '4-integrity': phaseOf() } }),
    verdictAt(5, { finishedAt: null }),
    { ...verdictAt(6), profile: 'nightly' },
    now,
  ]
  const runsDir = await folderOf(others)
  await mkdir(join(runsDir, '20260302T080000000Z-dev-torn'))
  const { baseline, rows } = await compareWithBaseline(now, join(runsDir, now.runId), undefined)
  expect(baseline?.runId).toBe(others[1]?.runId)
  expect(rows.length).toBeGreaterThan(0)
})

test('a GO of the same machine goes before a newer one of another; without it that one is put side by side', async () => {
  const slow = { name: 'redis-killed', injectedAt: 'then', felt: true, healedAt: 'later', recoveryMs: 9_000 }
  const now = verdictAt(9, { results: { '2-load': phaseOf({ faults: [slow] }) } })
  const ofOtherMachine = (hour: number) => {
    const quick = verdictAt(hour, { results: { '2-load': phaseOf({ faults: [{ ...slow, recoveryMs: 5 }] }) } })
    return { ...quick, environment: { ...quick.environment, cpus: 8 } }
  }
  const others = [verdictAt(1), verdictAt(2), ofOtherMachine(3), ofOtherMachine(4)]
  const runsDir = await folderOf([...others, now])
  const same = await compareWithBaseline(now, join(runsDir, now.runId), undefined)
  expect(same).toMatchObject({ baseline: { runId: others[1]?.runId }, notComparable: [] })

  const alone = await folderOf([ofOtherMachine(3), ofOtherMachine(4), now])
  const other = await compareWithBaseline(now, join(alone, now.runId), undefined)
  expect(other).toMatchObject({ baseline: { runId: others[3]?.runId }, notComparable: ['CPUs: 8 before, 2 now'] })
  expect(comparisonWords(other)).toMatch(
    /^Not comparable with .* \(GO\), so nothing is better or worse: CPUs: 8 before, 2 now\. Side by side: /,
  )
  expect(new Set(changeLines(other).map(({ change }) => change))).toEqual(new Set(['not comparable']))
  expect(renderFindings({ ...now, comparison: other })).not.toContain('is worse than')
})

test('without one the answer says so', async () => {
  const now = verdictAt(9)
  const runsDir = await folderOf([verdictAt(1, NO_GO), now])
  await mkdir(join(runsDir, '20260302T080000000Z-dev-torn'))
  expect(await compareWithBaseline(now, join(runsDir, now.runId), undefined)).toMatchObject({
    baseline: null,
    reason: 'no earlier GO of profile dev with the same phases (2-load) is kept; 1 folders there could not be read',
  })
})

test('a run that was named is compared with, whatever its verdict was; one that cannot be read says why', async () => {
  const now = verdictAt(9)
  const named = verdictAt(1, NO_GO)
  const runsDir = await folderOf([named, verdictAt(2), now])
  const compare = (name: string) => compareWithBaseline(now, join(runsDir, now.runId), join(runsDir, name))
  expect(await compare(named.runId)).toMatchObject({ baseline: { runId: named.runId, verdict: 'NO-GO' } })
  expect(await compare('nothing')).toMatchObject({ baseline: null, reason: expect.stringContaining('cannot be read') })
})

test('a run of other phases only is nothing to compare with', async () => {
  const now = verdictAt(9)
  const other = verdictAt(1, { results: { '4-integrity': phaseOf() } })
  const runsDir = await folderOf([other, now])
  expect(await compareWithBaseline(now, join(runsDir, now.runId), join(runsDir, other.runId))).toMatchObject({
    baseline: null,
    reason: `${other.runId} and this run have no phase in common`,
  })
})

test('statements and whole reads of tables come from the stored metrics, the last look that had an answer', async () => {
  const [before, now] = [verdictAt(1), verdictAt(9)]
  const runsDir = await folderOf([before, now])
  const look = (statements: object[], rowsReadSequentially: number) =>
    JSON.stringify({
      timeUs: 1,
      tookMs: 1,
      value: {
        database: [{ commits: 9, rollbacks: 1 }],
        tables: [{ table_name: 'session_answers', live_rows: 2_000, rows_read_sequentially: rowsReadSequentially }],
        statements,
        sessions: [],
      },
    })
  for (const [verdict, work] of [
    [before, look([], 0)],
    [now, look([{ query: 'SELECT slow()', calls: 40, total_ms: 8_000 }], 20_000)],
  ] as const) {
    const metrics = join(runsDir, verdict.runId, '2-load', 'metrics')
    await mkdir(metrics, { recursive: true })
    const failed = '{"timeUs":2,"tookMs":1,"value":null,"reason":"refused"}'
    await writeFile(join(metrics, 'postgres-work.ndjson'), `${work}\n${failed}\n{"timeUs":3,`)
  }
  const { rows } = await compareWithBaseline(now, join(runsDir, now.runId), undefined)
  expect(rows).toContainEqual(expect.objectContaining({ label: 'new slow statement: SELECT slow()', change: 'worse' }))
  expect(rows).toContainEqual({
    ...{ kind: 'scan', phase: '2-load', label: 'whole reads of session_answers per transaction' },
    ...{ unit: 'count', before: 0, now: 1, change: 'worse' },
  })
})
