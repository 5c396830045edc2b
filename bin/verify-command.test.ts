import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import { storeRunRecord } from '../helpers/run-record.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
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
  return { dir, said: () => told.join(''), verify: (name = RUN) => verify([name], runsDir, output) }
}

test('an interrupted run is INCONCLUSIVE again, with the stored verdict to the byte', async () => {
  const run = await interruptedRun()
  expect(await run.verify()).toBe(2)
  expect(run.said()).toContain('byte for byte')
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
