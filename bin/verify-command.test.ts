import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { INTEGRITY_CHECKERS } from '../helpers/checkers/integrity-checkers.ts'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import { readHistory } from '../helpers/history/read-history.ts'
import { judgePhase } from '../helpers/judge-phase.ts'
import { storePhaseRecord } from '../helpers/phase-folder.ts'
import { storeRunRecord } from '../helpers/run-record.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import { recordIn } from '../helpers/testing/store-full-run.ts'
import { writeReport } from '../reports/write-report.ts'
import { verify } from './verify-command.ts'

const RUN = '20260302T080000000Z-dev-4711'

/** The folder of a run in which no phase had begun, and the command on it. */
async function interruptedRun() {
  const runsDir = await mkdtemp(join(tmpdir(), 'verify-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  const dir = join(runsDir, RUN)
  await mkdir(dir)
  const facts = factsOf({
    run: runOf({ dir }),
    results: {},
    planned: ['2-load'],
    problems: [{ kind: 'interrupted', message: 'The run was interrupted: SIGINT.' }],
  })
  await storeRunRecord(facts)
  await writeReport(dir, composeVerdict(facts))
  const told: string[] = []
  const output = { isTTY: false, columns: 80, write: (text: string) => void told.push(text) }
  return {
    dir,
    said: () => told.join(''),
    verify: (...args: string[]) => verify(args.length === 0 ? [RUN] : args, runsDir, output),
  }
}

test('an interrupted run is INCONCLUSIVE again, with the stored verdict to the byte', async () => {
  const run = await interruptedRun()
  expect(await run.verify()).toBe(2)
  expect(run.said()).toContain('byte for byte')
})

/** A run of phase 2 in its folder: played to its end, or killed in the middle of its load, with half a line of history. */
async function playedRun(how: 'finished' | 'killed') {
  const runsDir = await mkdtemp(join(tmpdir(), 'verify-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  const run = runOf({ id: RUN, dir: join(runsDir, RUN) })
  const phaseDir = join(run.dir, '2-load')
  const played = await recordIn(phaseDir, '2-load', { run })
  const path = join(phaseDir, 'history.ndjson')
  if (how === 'killed') await truncate(path, Math.floor((await stat(path)).size * 0.9))
  const record = {
    ...played,
    facts: { ...played.facts, ending: { interrupted: how === 'killed', gone: null, trouble: null } },
    history: await readHistory(path),
  }
  await storePhaseRecord(record, phaseDir)
  const facts = factsOf({
    run,
    results: { '2-load': judgePhase(record, Object.values(INTEGRITY_CHECKERS)) },
    ...(how === 'killed' ? { problems: [{ kind: 'interrupted', message: 'The run was interrupted: SIGINT.' }] } : {}),
  })
  await storeRunRecord(facts)
  await writeReport(run.dir, composeVerdict(facts))
  const told: string[] = []
  const output = { isTTY: false, columns: 80, write: (text: string) => void told.push(text) }
  return { said: () => told.join(''), verify: () => verify([RUN], runsDir, output) }
}

test.each([
  ['finished', 0],
  ['killed', 2],
] as const)('a phase that was played and %s is judged again from its folder alone, to the byte', async (how, exit) => {
  const run = await playedRun(how)
  expect(await run.verify()).toBe(exit)
  expect(run.said()).toContain('byte for byte')
  expect(await run.verify()).toBe(exit)
})

test('a verdict that was edited is told, with what differs, and is never GO', async () => {
  const run = await interruptedRun()
  const path = join(run.dir, 'verdict.json')
  const verdict = JSON.parse(await readFile(path, 'utf8')) as RunVerdict
  await writeFile(path, `${JSON.stringify({ ...verdict, verdict: 'GO' }, null, 2)}\n`)
  expect(await run.verify()).toBe(2)
  expect(run.said()).toContain('verdict: stored "GO", now "INCONCLUSIVE"')
  await rm(path)
  expect(await run.verify()).toBe(2)
  expect(run.said()).toContain('NOT verified')
})

test('a folder without its run.json is INCONCLUSIVE; no folder at all is 3', async () => {
  const run = await interruptedRun()
  await rm(join(run.dir, 'run.json'))
  expect(await run.verify()).toBe(2)
  expect(run.said()).toContain('EVIDENCE_UNREADABLE')
  expect(await run.verify('20260302T080000000Z-dev-1')).toBe(3)
  expect(run.said()).toContain('RUN_UNKNOWN')
  expect(await run.verify('--all')).toBe(3)
})

test('a damaged run.json is INCONCLUSIVE, with a code and without a stack trace', async () => {
  const run = await interruptedRun()
  await writeFile(join(run.dir, 'run.json'), '{"schema":1,"run":{},"facts":{},"delivered":5,"observed":[]}')
  expect(await run.verify()).toBe(2)
  expect(run.said()).toMatch(/^EVIDENCE_UNREADABLE[\s\S]*INCONCLUSIVE: the run cannot be judged again\.\n$/)
})

test('whatever else ends the judging is INCONCLUSIVE, too', async () => {
  const run = await interruptedRun()
  const path = join(run.dir, 'run.json')
  const stored = JSON.parse(await readFile(path, 'utf8'))
  // Of the right shape, and nested deeper than can be hashed.
  const nested = `${'{"a":'.repeat(100_000)}{}${'}'.repeat(100_000)}`
  const text = JSON.stringify({ ...stored, run: { ...stored.run, backend: 'nested' } })
  await writeFile(path, text.replace('"nested"', nested))
  expect(await run.verify()).toBe(2)
  expect(run.said()).toMatch(/^EVIDENCE_UNREADABLE/)
})

test.each([[[RUN, '--json']], [[RUN, 'another']], [['--all']]])('%j is refused with what was seen', async (args) => {
  const run = await interruptedRun()
  expect(await run.verify(...args)).toBe(3)
  expect(run.said()).toMatch(/^CONFIG_INVALID[\s\S]*expected: one run[\s\S]*next:[\s\S]*usage: /)
  expect(run.said()).toContain(JSON.stringify(args.at(-1)))
})
