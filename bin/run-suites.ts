import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { SerializedError } from 'vitest'
import { createVitest, type TestSequencer, type TestSpecification } from 'vitest/node'
import type { Observation } from '../helpers/compose-verdict.ts'
import type { Run } from '../helpers/run.ts'
import { rehearsalReporter } from '../reports/rehearsal-reporter.ts'
import type { Interruption } from './interruption.ts'
import type { SuiteFile } from './suite-files.ts'

const PROJECT = 'rehearsal'

export interface SuitesListener {
  onSuiteStart(suite: string): void
  onSuiteEnd(suite: string, observation: Observation): void | Promise<void>
}

/** Phases come in their order; Vitest would put the slowest and the last failed first. */
class AsGiven implements TestSequencer {
  sort(specifications: TestSpecification[]): TestSpecification[] {
    return specifications
  }
  shard(specifications: TestSpecification[]): TestSpecification[] {
    return specifications
  }
}

/**
 * Run the suite files through Vitest's Node API, in the project `rehearsal` of `<projectDir>/vitest.config.ts`, each
 * with `run` provided, and return what they showed. Everything that Vitest, workers and tests print goes to
 * `<run.dir>/logs/vitest.log`.
 *
 * The first interruption cancels: the tests' signal aborts, teardown runs, no further file begins. A second one ends
 * the workers by force. Throws when Vitest itself cannot be started.
 */
export async function runSuites(
  projectDir: string,
  run: Run,
  suites: readonly SuiteFile[],
  interruption: Interruption,
  listener: SuitesListener,
): Promise<Observation> {
  const log = createWriteStream(join(run.dir, 'logs', 'vitest.log'))
  const suiteOf = (moduleId: string) => suites.find(({ path }) => path === moduleId)?.id ?? moduleId
  let begun = false
  let bailed = false
  const reporter = rehearsalReporter({
    suiteOf,
    onBegin() {
      begun = true
      if (interruption.count > 0) cancel()
    },
    onSuiteStart: listener.onSuiteStart,
    async onSuiteEnd(suite, observation) {
      await listener.onSuiteEnd(suite, observation)
      if (
        !run.bail ||
        !observation.delivered.some(({ result }) => result.checks.some(({ valid }) => valid === false))
      ) {
        return
      }
      bailed = true
      cancel()
    },
    onConsole: (text) => void log.write(text),
  })
  const vitest = await createVitest(
    {
      root: projectDir,
      config: join(projectDir, 'vitest.config.ts'),
      project: PROJECT,
      watch: false,
      fileParallelism: true,
      maxWorkers: run.atOnce ?? 1,
      reporters: [reporter],
      sequence: { sequencer: AsGiven },
      allowOnly: false,
      passWithNoTests: false,
      retry: 0,
    },
    {},
    { stdout: log, stderr: log },
  )
  // Nobody awaits the cancellation: it lasts until the run is over, which is awaited below.
  const cancel = () => void vitest.cancelCurrentRun('keyboard-input').catch(late.push.bind(late))
  const late: unknown[] = []
  using _ = interruption.subscribe(() => {
    if (begun) cancel()
  })
  const told: SerializedError[] = []
  try {
    vitest.provide('run', run)
    const project = vitest.projects.find(({ name }) => name === PROJECT)
    if (project === undefined) throw new Error(`vitest.config.ts has no project "${PROJECT}"`)
    if (interruption.count === 0) {
      const { unhandledErrors } = await vitest.runTestSpecifications(
        suites.map(({ path }) => project.createSpecification(path)),
        true,
      )
      told.push(...(unhandledErrors as SerializedError[]))
    }
  } finally {
    await vitest.close()
    log.end()
    await finished(log)
  }
  // Errors of a worker's teardown arrive after the reporter was told that the run is over.
  const unheard = [...(vitest.state.getUnhandledErrors() as SerializedError[]).slice(told.length), ...late]
  const observation = reporter.observation() ?? { delivered: [], problems: [] }
  return {
    delivered: observation.delivered,
    problems: [
      ...(bailed
        ? [{ kind: 'bailed', message: 'Stopped after the first phase in which something is false (--bail).' }]
        : []),
      ...observation.problems,
      ...unheard.map((error) => ({ kind: 'teardown-error', message: `Teardown failed: ${messageOf(error)}` })),
    ],
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}
