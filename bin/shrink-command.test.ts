import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { factsOf } from '../helpers/testing/run-facts-of.ts'
import { shrink } from './shrink-command.ts'

const RUN = '20260302T080000000Z-dev-4711'
const fault = (name: string) => ({ name, injectedAt: 'x', felt: true, healedAt: 'y', recoveryMs: 1 })
const BROKEN = phaseOf({
  checks: [checkOf({ valid: false, violations: 1, reason: 'an answer is gone' })],
  faults: ['postgres-crashed', 'redis-refused', 'backend-killed'].map(fault),
})

async function shrinkRun(result: typeof BROKEN, fails: (faults: readonly string[]) => boolean) {
  const runsDir = await mkdtemp(join(tmpdir(), 'shrink-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  await mkdir(join(runsDir, RUN))
  const verdict = composeVerdict(factsOf({ results: { '4-integrity': result, '2-load': phaseOf() } }))
  await writeFile(join(runsDir, RUN, 'verdict.json'), JSON.stringify(verdict))
  const told: string[] = []
  const asked: (readonly string[])[] = []
  const output = { isTTY: false, columns: 80, write: (text: string) => void told.push(text) }
  const code = await shrink([RUN], runsDir, output, async (args) => {
    asked.push(args)
    return fails((args.at(-1) as string).split(',')) ? 1 : 0
  })
  return { code, told: told.join(''), asked }
}

test('repeats only the phase that failed, with its profile and seed, and prints the fault that is enough', async () => {
  const { code, told, asked } = await shrinkRun(BROKEN, (faults) => faults.includes('redis-refused'))
  expect(code).toBe(0)
  expect(asked[0]?.join(' ')).toBe(
    'run --profile dev --seed 4711 --host containers --only 4-integrity --faults postgres-crashed,redis-refused,backend-killed',
  )
  expect(asked.length).toBeLessThanOrEqual(10)
  expect(told).toContain('still fails, after 4 runs: redis-refused')
})

test('what does not fail again is said, and is no success', async () => {
  const { code, told, asked } = await shrinkRun(BROKEN, () => false)
  expect([code, asked.length]).toEqual([2, 1])
  expect(told).toContain('Not even all 3 faults failed again')
})

test('without a fault, or without a failure, there is nothing to shrink', async () => {
  expect((await shrinkRun({ ...BROKEN, faults: [] }, () => true)).code).toBe(3)
  expect((await shrinkRun({ ...BROKEN, checks: [checkOf()] }, () => true)).code).toBe(3)
})
