import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createVitest } from 'vitest/node'
import type { Observation } from '../helpers/compose-verdict.ts'
import { phaseNotCompleted } from '../helpers/phase-completed.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { rehearsalReporter } from './rehearsal-reporter.ts'

interface Heard {
  readonly observation: Observation
  readonly events: string[]
}

/** Run real suite files, given as text, through Vitest and our reporter. */
async function runInline(
  files: Readonly<Record<string, string>>,
  onBegin: (cancel: () => void) => void = () => undefined,
): Promise<Heard> {
  const root = await mkdtemp(join(tmpdir(), 'reporter-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const suites = join(root, 'suites')
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(suites, name)), { recursive: true })
    await writeFile(join(suites, name), text)
  }
  const events: string[] = []
  let cancelled: Promise<void> | undefined
  const reporter = rehearsalReporter({
    suiteOf: (moduleId) => basename(moduleId, '.rehearsal.ts'),
    onBegin: () =>
      onBegin(() => {
        cancelled = vitest.cancelCurrentRun('keyboard-input')
      }),
    onSuiteStart: (suite) => void events.push(`start ${suite}`),
    onSuiteEnd: (suite, { delivered }) => void events.push(`end ${suite} ${delivered.length}`),
    onConsole: (text) => void events.push(`console ${text.trim()}`),
  })
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const vitest = await createVitest(
    {
      root,
      config: false,
      globals: true,
      watch: false,
      include: ['suites/**/*.rehearsal.ts'],
      fileParallelism: false,
      reporters: [reporter],
    },
    {},
    { stdout: nowhere, stderr: nowhere },
  )
  try {
    await vitest.start()
    await cancelled
  } finally {
    await vitest.close()
    // Vitest says "failed" through the exit code of this process; our own tests decide that.
    process.exitCode = undefined
  }
  return { observation: reporter.observation() ?? { delivered: [], problems: [] }, events }
}

const meta = (value: unknown) => `task.meta.phase = ${JSON.stringify(value)}`
const HOLDS = phaseOf()
const BROKEN = phaseOf({ checks: [checkOf({ valid: false, violations: 1 })] })
const CHECK = `task.meta.check = 'no-lost-answer'`

describe('a real suite, through a real Vitest', { timeout: 30_000 }, () => {
  test('delivers what a test put into its meta, and hears begin, end and console', async () => {
    const { observation, events } = await runInline({
      '2-load.rehearsal.ts': `test('a', ({ task }) => { ${CHECK}; ${meta(HOLDS)}; console.log('hello') }); test('b', () => {})`,
    })
    expect(observation).toEqual({ delivered: [{ suite: '2-load', result: HOLDS }], problems: [] })
    expect(events).toEqual(['start 2-load', 'console hello', 'end 2-load 1'])
  })

  test('takes it from a suite or the file as well', async () => {
    const { observation } = await runInline({
      '2-load.rehearsal.ts': `test('a', ({ task }) => { task.file.meta.phase = ${JSON.stringify(HOLDS)} })`,
      '4-integrity.rehearsal.ts': `describe('d', () => { test('a', ({ task }) => { task.suite.meta.phase = ${JSON.stringify(BROKEN)} }) })`,
    })
    expect(observation.delivered.map(({ suite }) => suite).sort()).toEqual(['2-load', '4-integrity'])
  })

  test('a failing test is explained by its check, and only by its own', async () => {
    const { observation } = await runInline({
      'explained.rehearsal.ts': `test('a', ({ task }) => { ${CHECK}; ${meta(BROKEN)}; throw new Error('lost') })`,
      'other.rehearsal.ts': `test('a', ({ task }) => { task.meta.check = 'no-such-check'; ${meta(BROKEN)}; throw new Error('oops') })`,
    })
    expect(observation.problems).toEqual([
      { kind: 'unexplained-failure', message: 'other: "a" failed, and no check explains it: oops' },
    ])
  })

  test('a phase that ended early says so once, and not with each test whose check it never came to', async () => {
    const inconclusive = `task.meta.check = 'score'; throw new Error('INCONCLUSIVE: phase 2-load has no check "score"')`
    const { observation } = await runInline({
      'early.rehearsal.ts': `test('a', ({ task }) => { ${meta(phaseOf({ checks: [phaseNotCompleted('no stage')] }))}; ${inconclusive} })
        test('b', () => { throw new Error('oops') })`,
      'whole.rehearsal.ts': `test('a', ({ task }) => { ${meta(HOLDS)}; ${inconclusive} })`,
    })
    expect(observation.problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['inconclusive', 'whole: "a": INCONCLUSIVE: phase 2-load has no check "score"'],
    ])
  })

  test('a test that is skipped is explained when its check is not judged, and only then', async () => {
    const left = phaseOf({ checks: [checkOf({ valid: 'not-judged', reason: 'the platform has no metrics' })] })
    const skipped = (phase: unknown) =>
      `test('a', ({ task, skip }) => { ${CHECK}; ${meta(phase)}; skip('no metrics') })`
    const { observation } = await runInline({
      'left.rehearsal.ts': skipped(left),
      'other.rehearsal.ts': skipped(HOLDS),
    })
    expect(observation.delivered).toContainEqual({ suite: 'left', result: left })
    expect(observation.problems).toEqual([{ kind: 'skipped', message: 'other: 1 of 1 tests were skipped.' }])
  })

  test('a test that fails although its check is not judged is not explained by it', async () => {
    const left = phaseOf({ checks: [checkOf({ valid: 'not-judged', reason: 'the platform has no metrics' })] })
    const { observation } = await runInline({
      '2-load.rehearsal.ts': `test('a', ({ task }) => { ${CHECK}; ${meta(left)}; throw new Error('oops') })`,
    })
    expect(observation.problems).toMatchObject([{ kind: 'unexplained-failure' }])
  })

  test('a test that passes without its check proves nothing', async () => {
    const { observation } = await runInline({
      '2-load.rehearsal.ts': `test('a', ({ task }) => { task.meta.check = 'no-such-check'; ${meta(HOLDS)} })`,
    })
    expect(observation.problems).toEqual([
      { kind: 'unproven', message: '2-load: "a" passed, but no check "no-such-check" was delivered.' },
    ])
  })

  test('what cannot be read of a result is told, and what can be read counts', async () => {
    const { observation } = await runInline({
      '2-load.rehearsal.ts': `test('a', ({ task }) => { ${meta({ ...BROKEN, durationMs: 'long' })} })`,
    })
    expect(observation.delivered).toEqual([{ suite: '2-load', result: { ...BROKEN, durationMs: null } }])
    expect(observation.problems).toEqual([
      { kind: 'malformed-result', message: expect.stringMatching(/^2-load: delivered .*durationMs: /) },
    ])
  })

  test('NaN is no number that was measured, and takes no proven loss with it', async () => {
    const { observation } = await runInline({
      '2-load.rehearsal.ts': `test('a', ({ task }) => { ${meta(BROKEN)}; task.meta.phase.generator.cpu = Number.NaN })`,
    })
    expect(observation.delivered[0]?.result).toMatchObject({
      checks: [{ valid: false, violations: 1 }],
      generator: { cpu: null, valid: 'unknown' },
    })
    expect(observation.problems).toEqual([
      { kind: 'malformed-result', message: expect.stringMatching(/generator\.cpu/) },
    ])
  })

  test('something that is no result is none, and says so', async () => {
    const { observation } = await runInline({ '2-load.rehearsal.ts': `test('a', ({ task }) => { ${meta('GO')} })` })
    expect(observation.delivered).toEqual([])
    expect(observation.problems).toEqual([
      { kind: 'malformed-result', message: expect.stringMatching(/it is a string and no result/) },
    ])
  })

  test('two results of one file that differ are told', async () => {
    const { observation } = await runInline({
      '2-load.rehearsal.ts': `test('a', ({ task }) => { ${meta(HOLDS)} }); test('b', ({ task }) => { ${meta(BROKEN)} })`,
    })
    expect(observation.problems).toContainEqual({
      kind: 'malformed-result',
      message: '2-load: delivered 2 results that differ; the first one in which something is false is used.',
    })
    expect(observation.delivered).toEqual([{ suite: '2-load', result: BROKEN }])
  })

  test('a retry hides what a rehearsal looks for', async () => {
    const { observation } = await runInline({
      '2-load.rehearsal.ts': `let n = 0; test('a', { retry: 1 }, ({ task }) => { ${CHECK}; ${meta(HOLDS)}; if (n++ === 0) throw new Error('flaky') })`,
    })
    expect(observation.problems).toMatchObject([{ kind: 'retried' }])
  })

  test('hooks that fail, tests that are skipped and errors outside of tests are problems', async () => {
    const { observation } = await runInline({
      'hook.rehearsal.ts': `describe('d', () => { beforeAll(() => { throw new Error('no stage') }); test('a', () => {}) })`,
      'skip.rehearsal.ts': `test('a', () => {}); test.skip('b', () => {})`,
      'stray.rehearsal.ts': `test('a', async () => { void Promise.reject(new Error('stray')); await new Promise((r) => setTimeout(r, 20)) })`,
    })
    expect(observation.problems.map(({ kind, message }) => `${kind} ${message}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^suite-error hook: "d" failed outside of its tests: no stage/),
        expect.stringMatching(/^skipped skip: 1 of 2 tests were skipped/),
        expect.stringMatching(/^unhandled-error .*stray/),
      ]),
    )
  })

  test('a phase that is cancelled still delivers what it had found, through the meta of its file, after teardown', async () => {
    const { observation } = await runInline(
      {
        '2-load.rehearsal.ts': `let rehearsal
          afterAll(() => rehearsal)
          test('a', async ({ task, signal }) => {
            rehearsal = (async () => {
              await new Promise((resolve) => signal.addEventListener('abort', resolve))
              await new Promise((resolve) => setTimeout(resolve, 300))
              task.file.meta.phase = ${JSON.stringify(BROKEN)}
            })()
            await rehearsal
          })`,
        '4-integrity.rehearsal.ts': `test('never begins', () => {})`,
      },
      (cancel) => setTimeout(cancel, 1_500),
    )
    expect(observation).toMatchObject({ delivered: [{ suite: '2-load' }], problems: [] })
  })
})
