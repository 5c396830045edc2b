import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { linkAtomically } from '../helpers/atomic-file.ts'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import { SETTING_VARIABLES } from './arguments.ts'
import { environmentOfRepetition, shrink, verdictOfRepetition } from './shrink-command.ts'

const ROOT = resolve(import.meta.dirname, '..')
const RUN = '20260302T080000000Z-dev-4711'
const fault = (name: string) => ({ name, injectedAt: 'x', felt: true, healedAt: 'y', recoveryMs: 1 })
const BROKEN = phaseOf({
  checks: [checkOf({ valid: false, violations: 1, reason: 'an answer is gone' })],
  faults: ['postgres-crashed', 'redis-refused', 'backend-killed'].map(fault),
})

interface Asked {
  /** The command of the run, after `run`. */
  readonly flags?: string
  /** Given to shrink. */
  readonly config?: string
  /** What a repetition that fails finds. Default: the same. */
  readonly again?: typeof BROKEN
}

async function shrinkRun(
  result: typeof BROKEN,
  /** Whether it fails, or the exit code of the run. */
  fails: (faults: readonly string[]) => boolean | number,
  { flags = '--profile dev --seed 4711', config, again = result }: Asked = {},
) {
  const runsDir = await mkdtemp(join(tmpdir(), 'shrink-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  await mkdir(join(runsDir, RUN))
  const verdict = composeVerdict(
    factsOf({
      results: { '4-integrity': result, '2-load': phaseOf() },
      command: `node bin/rehearse.ts run ${flags}`,
    }),
  )
  await writeFile(join(runsDir, RUN, 'verdict.json'), JSON.stringify(verdict))
  const told: string[] = []
  const asked: (readonly string[])[] = []
  const output = { isTTY: false, columns: 80, write: (text: string) => void told.push(text) }
  const code = await shrink([RUN], runsDir, output, config, async (args) => {
    asked.push(args)
    const ended = Number(fails((args.at(-1) as string).split(',')))
    return ended === 1
      ? { code: ended, verdict: composeVerdict(factsOf({ results: { '4-integrity': again } })) }
      : { code: ended }
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

test.each([
  ['that of the run', { flags: '--config mine/rehearsal.config.ts --profile dev' }, 'mine/rehearsal.config.ts'],
  [
    'that of the run, in a folder with a space',
    { flags: `--config '../it'\\''s mine/rehearsal.config.ts' --profile dev` },
    "../it's mine/rehearsal.config.ts",
  ],
  ['another that was asked for', { flags: '--config a.ts --profile dev', config: '/b.ts' }, '/b.ts'],
] as const)('the backend is the one of the configuration: %s', async (_, asked, expected) => {
  const { asked: runs, told } = await shrinkRun(BROKEN, (faults) => faults.includes('redis-refused'), asked)
  expect(runs.length).toBeGreaterThan(1)
  for (const args of runs) expect(args.slice(0, 3)).toEqual(['run', '--config', resolve(ROOT, expected)])
  expect(told).toMatch(/^again {3}node bin\/rehearse\.ts run --config '?\//m)
})

test('what does not fail again is said, and is no success', async () => {
  const { code, told, asked } = await shrinkRun(BROKEN, () => false)
  expect([code, asked.length]).toEqual([2, 1])
  expect(told).toContain('Not even all 3 faults failed again')
})

test('one that is false for another reason leads nowhere, and says what it is', async () => {
  const again = { ...BROKEN, checks: [checkOf({ id: 'recovery', valid: false, violations: 1, reason: 'too late' })] }
  const { code, told, asked } = await shrinkRun(BROKEN, () => true, { again })
  expect([code, asked.length]).toEqual([2, 1])
  expect(told).toContain('unclear: false is something else than before, 4-integrity/recovery')
  expect(told).not.toContain('still fails')
})

test('without a fault, or without a failure, there is nothing to shrink', async () => {
  expect((await shrinkRun({ ...BROKEN, faults: [] }, () => true)).code).toBe(3)
  expect((await shrinkRun({ ...BROKEN, checks: [checkOf()] }, () => true)).code).toBe(3)
})

test.each([[1], [2]])(
  'a repetition that rehearsed nothing ends the search without an answer: number %i',
  async (first) => {
    let begun = 0
    const { code, told, asked } = await shrinkRun(BROKEN, () => {
      begun += 1
      return begun === first ? 3 : 1
    })
    expect([code, asked.length]).toEqual([3, first])
    expect(told).toContain('Nothing was rehearsed with')
    expect(told).not.toMatch(/Not even|still fails|unclear/)
  },
)

test('a repetition is not made another run by what is set today', () => {
  const own = { ...Object.fromEntries(SETTING_VARIABLES.map((name) => [name, '1'])), PATH: '/bin' }
  const { PATH, ...settings } = environmentOfRepetition(own)
  expect(PATH).toBe('/bin')
  expect(settings).toEqual(Object.fromEntries(SETTING_VARIABLES.map((name) => [name, ''])))
  expect(Object.keys(settings)).toContain('REHEARSAL_DRY_RUN')
})

describe('the verdict of a repetition', () => {
  const ARGS = ['run', '--profile', 'dev', '--seed', '4711', '--only', '4-integrity', '--faults', 'redis-refused,a']
  const BEFORE = '20260302T070000000Z-dev-4711'
  const OWN = '20260302T080000000Z-dev-4711'

  /** What is found among the runs with these faults, by folder; `latest` is the last of them. */
  async function foundAmong(runs: Readonly<Record<string, readonly string[]>>, torn?: string) {
    const reports = await mkdtemp(join(tmpdir(), 'shrink-'))
    onTestFinished(() => rm(reports, { recursive: true }))
    const runsDir = join(reports, 'runs')
    for (const [id, names] of Object.entries({ [BEFORE]: ['a', 'redis-refused'], ...runs })) {
      await mkdir(join(runsDir, id), { recursive: true })
      const run = { ...runOf(), id, faults: { names, leftOut: [] } }
      const text = id === torn ? '{' : JSON.stringify(composeVerdict(factsOf({ run, results: {} })))
      await writeFile(join(runsDir, id, 'verdict.json'), text)
      await linkAtomically(join(reports, 'latest'), join('runs', id))
    }
    return (await verdictOfRepetition(runsDir, [BEFORE], ARGS))?.runId
  }

  test('is that of the folder it made, and not that of who rehearses beside it', async () => {
    const others = {
      '20260302T080000001Z-dev-4711': ['a'],
      '20260302T080000002Z-dev-7': ['a', 'redis-refused'],
      '20260302T080000003Z-smoke-4711': ['a', 'redis-refused'],
    }
    expect(await foundAmong({ [OWN]: ['a', 'redis-refused'], ...others })).toBe(OWN)
    expect(await foundAmong(others)).toBeUndefined()
  })

  test('is none where another one cannot be told from it', async () => {
    const same = ['a', 'redis-refused']
    expect(await foundAmong({ [OWN]: same, '20260302T080000001Z-dev-4711': same })).toBeUndefined()
    const other = '20260302T080000001Z-dev-4711'
    expect(await foundAmong({ [OWN]: same, [other]: ['a'] }, other)).toBeUndefined()
  })
})

test('a verdict of another shape is told in one line', async () => {
  const runsDir = await mkdtemp(join(tmpdir(), 'shrink-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  await mkdir(join(runsDir, RUN))
  await writeFile(join(runsDir, RUN, 'verdict.json'), '{"schema":1}')
  const { code, told } = await refusal([RUN], runsDir)
  expect(code).toBe(3)
  expect(told).toMatch(
    /^EVIDENCE_UNREADABLE[^\n]*\n[^\n]*\n {2}seen:[^\n]*not of this schema[^\n]*\n {2}next:[^\n]*\n$/,
  )
})

test.each([[['nope', '--profile', 'smoke']], [[]]])('%j is refused with what was seen', async (args) => {
  const { code, told } = await refusal(args)
  expect(code).toBe(3)
  expect(told).toMatch(/^CONFIG_INVALID[\s\S]*expected: one run[\s\S]*next:[\s\S]*usage: /)
})

async function refusal(args: readonly string[], runsDir = '/no/such/folder') {
  const told: string[] = []
  const output = { isTTY: false, columns: 80, write: (text: string) => void told.push(text) }
  const code = await shrink(args, runsDir, output, undefined, async () => {
    throw new Error('nothing may be rehearsed')
  })
  return { code, told: told.join('') }
}
