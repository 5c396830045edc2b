import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, type TestContext, test } from 'vitest'
import { type RunVerdict, runVerdictSchema } from '../helpers/run-verdict.ts'
import { COMPILE_CACHE } from './testing/compile-cache.ts'

/*
 * The entry as people and pipelines meet it: a program with an exit code, files and signals. The suites below
 * `bin/testing/suites` launch no service; everything else is real.
 */

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ENTRY = join(HERE, 'rehearse.ts')
const ELSEWHERE = join(HERE, 'testing', 'rehearse-elsewhere.ts')
const TIMEOUT_MS = 60_000

interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<number | null>
}

/** Of the test's own context: tests run side by side, so an imported hook would belong to whichever began last. */
type OnEnd = TestContext['onTestFinished']

/** Not our own environment: a program that Vitest runs believes to be a test. */
function start(
  onEnd: OnEnd,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  group = false,
): Started {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...COMPILE_CACHE, ...env },
    detached: group,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onEnd(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  })
  return { child, output: () => output, ended }
}

interface Stage {
  readonly onEnd: OnEnd
  readonly runsDir: string
  readonly latest: string
  verdict(): Promise<RunVerdict>
}

async function emptyReports(onEnd: OnEnd): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'rehearse-'))
  onEnd(() => rm(dir, { recursive: true }))
  const latest = join(dir, 'reports', 'latest')
  return {
    onEnd,
    runsDir: join(dir, 'reports', 'runs'),
    latest,
    verdict: async () => runVerdictSchema.parse(JSON.parse(await readFile(join(latest, 'verdict.json'), 'utf8'))),
  }
}

function startSuites(suites: string, { onEnd, runsDir }: Stage, args: readonly string[] = [], group = false): Started {
  return start(
    onEnd,
    ELSEWHERE,
    [join(HERE, 'testing', 'suites', suites), runsDir, 'run', '--profile', 'smoke', ...args],
    {},
    group,
  )
}

async function until(holds: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + TIMEOUT_MS / 2
  while (!holds()) {
    if (performance.now() > giveUpAtMs) throw new Error('it never happened')
    await sleep(20)
  }
}

describe.concurrent('exit code and verdict', { timeout: TIMEOUT_MS }, () => {
  test.for([
    ['passing', 0, 'GO', []],
    ['false', 1, 'NO-GO', [/3 acknowledged answers are not in the database/]],
    ['unknown', 2, 'INCONCLUSIVE', [/the answers could not be read/]],
    [
      'crash',
      2,
      'INCONCLUSIVE',
      [/Phase 2-load delivered no result/, /Worker exited unexpectedly with signal SIGKILL/],
    ],
    ['false-then-crash', 1, 'NO-GO', [/3 acknowledged answers/, /Phase 4-integrity delivered no result/]],
    ['stray', 2, 'INCONCLUSIVE', [/nobody caught me/]],
    ['unloadable', 2, 'INCONCLUSIVE', [/this file cannot be loaded/]],
    ['empty', 2, 'INCONCLUSIVE', [/No test was run/]],
    ['silent', 2, 'INCONCLUSIVE', [/Phase 2-load delivered no result/]],
    ['skipped', 2, 'INCONCLUSIVE', [/1 of 2 tests were skipped/]],
    ['passing-but-throws', 2, 'INCONCLUSIVE', [/no check explains it: undefined is not a function/]],
    ['teardown-fails', 2, 'INCONCLUSIVE', [/the stage did not come down/]],
  ] as const)('suites that are %s: exit %i, %s', async ([suites, code, answer, reasons], { onTestFinished }) => {
    const reports = await emptyReports(onTestFinished)
    const { ended, output } = startSuites(suites, reports)
    expect(await ended, output()).toBe(code)
    const verdict = await reports.verdict()
    expect(verdict.verdict).toBe(answer)
    for (const reason of reasons) expect(verdict.reasons).toContainEqual(expect.stringMatching(reason))
    expect(verdict.reasons.length === 0).toBe(answer === 'GO')
  })

  test('the first lines say host, plan, duration, source, seed and how to repeat; the folder holds every file', async ({
    onTestFinished,
  }) => {
    const reports = await emptyReports(onTestFinished)
    const { ended, output } = startSuites('passing', reports, ['--seed', '4711'])
    await ended
    const lines = output().split('\n')
    const isOfDay = (line: string): boolean => line.startsWith('day     ')
    expect(lines.filter((line) => !isOfDay(line)).slice(0, 8)).toEqual([
      expect.stringMatching(/^host {4}containers: a container engine answers/),
      'backend the reference (no backend in rehearsal.config.ts)',
      'plan    2-load with profile smoke',
      expect.stringMatching(/^takes {3}about \d+/),
      expect.stringMatching(/^source {2}([0-9a-f]{40}|not known)/),
      'seed    4711',
      'again   node bin/rehearse.ts run --profile smoke --seed 4711 --host containers',
      expect.stringMatching(/^run {5}\d{8}T\d{9}Z-smoke-4711$/),
    ])
    // What will be offered, before anything is: one line a step, between the command and the run.
    const burst = lines.indexOf(
      'day     start-burst (barrier): 40 candidates start at the same instant; all in within 5 s',
    )
    expect(burst).toBeGreaterThan(lines.findIndex((line) => line.startsWith('again   ')))
    expect(burst).toBeLessThan(lines.findIndex((line) => line.startsWith('run     ')))
    expect(lines.filter(isOfDay).length).toBeGreaterThanOrEqual(6)
    expect(await readlink(reports.latest)).toMatch(/^runs\/\d{8}T\d{9}Z-smoke-4711$/)
    expect((await readdir(reports.latest)).sort()).toEqual([
      'findings.md',
      'junit.xml',
      'logs',
      'report.html',
      'report.md',
      'run.json',
      'verdict.json',
    ])
    expect(await reports.verdict()).toMatchObject({
      seed: 4711,
      profile: 'smoke',
      scope: 'partial',
      finishedAt: expect.any(String),
    })
  })

  test('--only rehearses what it names, --repeat repeats it, and the worst verdict counts', async ({
    onTestFinished,
  }) => {
    const reports = await emptyReports(onTestFinished)
    const { ended, output } = startSuites('false-then-crash', reports, [
      '--only',
      '2-load',
      '--repeat',
      '2',
      '--seed',
      '1',
    ])
    expect(await ended, output()).toBe(1)
    expect(await readdir(reports.runsDir)).toHaveLength(2)
    expect((await reports.verdict()).coverage.planned).toEqual(['2-load'])
  })

  test('a run is compared with the last GO, or with the run that --baseline names; one that is not there is 3', async ({
    onTestFinished,
  }) => {
    const reports = await emptyReports(onTestFinished)
    const runAndRead = async (...args: string[]) => {
      const { ended, output } = startSuites('passing', reports, args)
      expect(await ended, output()).toBe(0)
      return reports.verdict()
    }
    const first = await runAndRead()
    expect(first.comparison?.baseline).toBeNull()
    const second = await runAndRead()
    expect(second.comparison?.baseline?.runId).toBe(first.runId)
    expect((await runAndRead()).comparison?.baseline?.runId).toBe(second.runId)
    expect((await runAndRead('--baseline', first.runId)).comparison?.baseline?.runId).toBe(first.runId)

    const { ended, output } = startSuites('passing', reports, ['--baseline', 'no-such-run'])
    expect(await ended).toBe(3)
    expect(output()).toContain('RUN_UNKNOWN')
  })

  test('--bail begins no further phase after one in which something is false', async ({ onTestFinished }) => {
    const reports = await emptyReports(onTestFinished)
    const { ended, output } = startSuites('false-then-slow', reports, ['--bail', '--at-once', '1'])
    expect(await ended, output()).toBe(1)
    expect(await reports.verdict()).toMatchObject({
      coverage: { delivered: ['2-load'] },
      problems: expect.arrayContaining([{ kind: 'bailed', message: expect.any(String) }]),
    })
  })
})

describe.concurrent('signals', { timeout: TIMEOUT_MS }, () => {
  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s to the whole process group: the tests hear it, teardown runs, the report is written, exit 2',
    async (signal, { onTestFinished }) => {
      const reports = await emptyReports(onTestFinished)
      const { child, ended, output } = startSuites('slow', reports, [], true)
      await until(() => existsSync(join(reports.latest, 'begun')))
      expect((await reports.verdict()).verdict).toBe('INCONCLUSIVE')
      process.kill(-(child.pid as number), signal)
      expect(await ended, output()).toBe(2)
      expect(existsSync(join(reports.latest, 'torn-down'))).toBe(true)
      const verdict = await reports.verdict()
      expect(verdict).toMatchObject({ verdict: 'INCONCLUSIVE', coverage: { delivered: ['2-load'] } })
      expect(verdict.reasons[0]).toBe(`The run was interrupted: ${signal}.`)
    },
  )

  test('a loss that was proven before the signal stays NO-GO, exit 1', async ({ onTestFinished }) => {
    const reports = await emptyReports(onTestFinished)
    const { child, ended, output } = startSuites('false-then-slow', reports, ['--at-once', '1'])
    await until(() => existsSync(join(reports.latest, 'begun')))
    child.kill('SIGINT')
    expect(await ended, output()).toBe(1)
    expect((await reports.verdict()).reasons).toContain('The run was interrupted: SIGINT.')
  })

  test('a loss that was proven stays on disk when the entry itself is killed', async ({ onTestFinished }) => {
    const reports = await emptyReports(onTestFinished)
    const { child, ended, output } = startSuites('false-then-slow', reports, ['--at-once', '1'])
    await until(() => existsSync(join(reports.latest, 'begun')) && output().includes('2-load: '))
    child.kill('SIGKILL')
    await ended
    expect(await reports.verdict()).toMatchObject({ verdict: 'NO-GO', finishedAt: null })
  })

  test('a second signal ends a worker that does not listen; still exit 2 with a report', async ({ onTestFinished }) => {
    const reports = await emptyReports(onTestFinished)
    const { child, ended, output } = startSuites('stubborn', reports)
    await until(() => existsSync(join(reports.latest, 'begun')))
    child.kill('SIGINT')
    await until(() => output().includes('Again: by force.'))
    child.kill('SIGINT')
    expect(await ended, output()).toBe(2)
    expect((await reports.verdict()).finishedAt).not.toBeNull()
  })
})

describe.concurrent('bad input: exit 3, every problem at once, nothing written', { timeout: TIMEOUT_MS }, () => {
  test('flags, variables, configuration, phase, host and disk', async ({ onTestFinished }) => {
    const reports = await emptyReports(onTestFinished)
    const configFile = join(reports.runsDir, '..', '..', 'bad.config.ts')
    await writeFile(configFile, 'export default { thresholds: { smoke: { p95Ms: -5 } }, surprise: 1 }')
    const args = [
      'run',
      '--profile',
      'huge',
      '--host',
      'external',
      '--only',
      '9-nothing',
      '--faults',
      'redis-huge',
      '--wat',
      '--repeat',
      'x',
      'extra',
    ]
    const env = {
      REHEARSAL_SEED: '-1',
      REHEARSAL_KEEP: 'maybe',
      REHEARSAL_MIN_FREE_DISK_GB: '999999',
      TEST_CONFIG: configFile,
    }
    const { ended, output } = start(
      onTestFinished,
      join(HERE, 'testing', 'rehearse-badly.ts'),
      [reports.runsDir, ...args],
      env,
    )
    expect(await ended, output()).toBe(3)
    for (const said of [
      /PROFILE_UNKNOWN[\s\S]*--profile is one of smoke, proof, dev, long-faults, sessions-400, answers-300, submits-400, nightly, release[\s\S]*"huge"/,
      /with --host external no --faults/,
      /SUITE_UNKNOWN[\s\S]*"9-nothing"/,
      /CONFIG_INVALID[\s\S]*--wat/,
      /one of redis-hung, [\s\S]*"redis-huge"/,
      /--repeat is a whole number from 1 to 100\n {2}seen: {5}"x"/,
      /nothing after the command but flags\n {2}seen: {5}"extra"/,
      /REHEARSAL_SEED is a whole number from 0 to 4294967295\n {2}seen: {5}"-1"/,
      /REHEARSAL_KEEP is 1, true, 0 or false\n {2}seen: {5}"maybe"/,
      /default\.thresholds\.smoke\.p95Ms: more than 0\n {2}seen: {5}-5/,
      /no other keys than the known ones\n {2}seen: {5}surprise/,
      /DISK_TOO_SMALL[\s\S]*at least 999999 GB free/,
      /Nothing was rehearsed: \d+ problems\./,
    ]) {
      expect(output()).toMatch(said)
    }
    expect(existsSync(join(reports.runsDir, '..'))).toBe(false)
  })

  test('a folder for runs that cannot be written', async ({ onTestFinished }) => {
    const reports = await emptyReports(onTestFinished)
    await mkdir(join(reports.runsDir, '..'), { recursive: true })
    await writeFile(reports.runsDir, 'a file is in the way')
    const { ended, output } = startSuites('passing', reports)
    expect(await ended, output()).toBe(3)
    expect(output()).toContain('RUN_FOLDER_UNWRITABLE')
    expect(existsSync(reports.latest)).toBe(false)
  })

  test('no command at all', async ({ onTestFinished }) => {
    const { ended, output } = start(onTestFinished, ENTRY, [], { REHEARSAL_MIN_FREE_DISK_GB: '0' })
    expect(await ended).toBe(3)
    expect(output()).toContain('a command: one of run, doctor, verify, gate, ')
  })
})

test('--help explains every flag and exits 0', { timeout: TIMEOUT_MS }, async ({ onTestFinished }) => {
  const { ended, output } = start(onTestFinished, ENTRY, ['--help'])
  expect(await ended).toBe(0)
  for (const flag of ['--profile', '--seed', '--host', '--only', '--keep', '--bail', '--repeat'])
    expect(output()).toContain(flag)
})
