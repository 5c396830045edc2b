import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import type { GateId } from '../helpers/verdict.ts'
import { renderJson } from '../reports/write-report.ts'
import { type KeptRun, pruneRuns, runsToPrune } from './prune-runs.ts'

const NOW_MS = Date.parse('2026-03-09T00:00:00.000Z')
const HOUR_MS = 3_600_000
const NO_GO = composeVerdict(factsOf({ results: {}, planned: ['2-load'] }))
const GO = composeVerdict(factsOf())

const run = (id: string, overrides: Partial<KeptRun> = {}): KeptRun => ({
  ...{ id, bytes: 100, verdict: NO_GO, writtenAtMs: NOW_MS - 48 * HOUR_MS },
  ...overrides,
})
const prune = (
  runs: readonly KeptRun[],
  limits: { keepRuns?: number; maxBytes?: number },
  untouchable: string[] = [],
) => runsToPrune(runs, { limits, untouchable: new Set(untouchable), nowMs: NOW_MS })

describe('which runs go', () => {
  const four = ['3', '1', '4', '2'].map((id) => run(id))

  test('the oldest, until as many are left as are to be kept', () => {
    expect(prune(four, { keepRuns: 2 })).toEqual(['1', '2'])
    expect(prune(four, { keepRuns: 4 })).toEqual([])
  })

  test('the oldest, until what is left is small enough', () => {
    expect(prune(four, { maxBytes: 250 })).toEqual(['1', '2'])
    expect(prune(four, { maxBytes: 400, keepRuns: 3 })).toEqual(['1'])
  })

  test('none without a limit', () => {
    expect(prune(four, {})).toEqual([])
  })

  test('never the current one, the newest, or one that is being rehearsed, even when the limits then do not hold', () => {
    expect(prune(four, { keepRuns: 0 }, ['4', '1'])).toEqual(['2', '3'])
  })

  test('never the last GO of a profile and its phases; an earlier GO may go', () => {
    const other = { ...GO, profile: 'nightly' }
    const runs = [run('1', { verdict: GO }), run('2', { verdict: other }), run('3', { verdict: GO }), run('4')]
    expect(prune(runs, { maxBytes: 0 })).toEqual(['1', '4'])
  })

  test('never what the gate holds against a GO: the newest NO-GO of its image, and the newest that lost answers', () => {
    const of = (letter: string, checks = [checkOf()]) => {
      const stage = { ...phaseOf().stage, images: { backend: `exam/backend:1 sha256:${letter.repeat(64)}` } }
      return composeVerdict(factsOf({ results: { '2-load': phaseOf({ stage, checks }) } }))
    }
    const broken = (letter: string, gate: GateId) => of(letter, [checkOf({ gate, valid: false, violations: 1 })])
    const runs = [
      run('1', { verdict: broken('a', 'zero-data-loss') }),
      run('2', { verdict: broken('a', 'no-corrupted-sessions') }),
      run('3', { verdict: { ...broken('a', 'zero-data-loss'), source: { sha: 'another', dirty: false } } }),
      run('4', { verdict: broken('a', 'response-time') }),
      run('5', { verdict: of('a') }),
      run('6', { verdict: broken('a', 'response-time') }),
      run('7', { verdict: broken('a', 'error-rate') }),
      run('8', { verdict: broken('b', 'zero-data-loss') }),
    ]
    expect(prune(runs, { keepRuns: 1 })).toEqual(['1', '3', '4', '6', '8'])
    // An earlier GO goes before the loss that was proven before it.
    const [loss] = runs
    const gos = [run('2', { verdict: of('a') }), run('3', { verdict: of('b') })]
    expect(prune([loss as KeptRun, ...gos], { keepRuns: 2 })).toEqual(['2'])
  })

  test('never one without an end that was written to within a day', () => {
    const open = { ...NO_GO, finishedAt: null }
    const runs = [
      run('1', { verdict: open, writtenAtMs: NOW_MS - 23 * HOUR_MS }),
      run('2', { verdict: open, writtenAtMs: NOW_MS - 25 * HOUR_MS }),
    ]
    expect(prune(runs, { keepRuns: 0 })).toEqual(['2'])
  })
})

describe('on disk', () => {
  async function reportsOf(ids: readonly string[]): Promise<string> {
    const reports = await mkdtemp(join(tmpdir(), 'prune-'))
    onTestFinished(() => rm(reports, { recursive: true }))
    const runsDir = join(reports, 'runs')
    for (const id of ids) {
      await mkdir(join(runsDir, id, 'logs'), { recursive: true })
      await writeFile(join(runsDir, id, 'logs', 'vitest.log'), 'x'.repeat(1_000))
      const facts = factsOf({ results: {}, planned: ['2-load'], run: runOf({ id }) })
      await writeFile(join(runsDir, id, 'verdict.json'), renderJson(composeVerdict(facts)))
    }
    return runsDir
  }

  test('a run goes with all its files; latest, the living and what is no run stay', async () => {
    const runsDir = await reportsOf(['1', '2', '3', '4'])
    await symlink(join('runs', '1'), join(runsDir, '..', 'latest'))
    await mkdir(join(runsDir, 'notes-of-a-person'))
    await mkdir(join(runsDir, '0'))
    await writeFile(join(runsDir, '0', 'verdict.json'), '{"verdict":"GO"}')
    const { removed, bytes } = await pruneRuns(runsDir, { keepRuns: 1 }, ['2'])
    expect(removed).toEqual(['3', '4'])
    expect(bytes).toBeGreaterThan(2_000)
    expect((await readdir(runsDir)).sort()).toEqual(['0', '1', '2', 'notes-of-a-person'])
  })

  test('what cannot be removed is told, stays, and ends nothing', async () => {
    const runsDir = await reportsOf(['1', '2', '3'])
    // A folder where the link to the newest run should be: nobody knows which that is.
    await mkdir(join(runsDir, '..', 'latest'))
    const { removed, problem } = await pruneRuns(runsDir, { keepRuns: 1 }, [])
    expect(removed).toEqual([])
    expect(problem).toContain('EINVAL')
    expect(await readdir(runsDir)).toHaveLength(3)
  })
})
