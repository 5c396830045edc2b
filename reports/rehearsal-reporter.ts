import type { SerializedError } from 'vitest'
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'
import type { Observation } from '../helpers/compose-verdict.ts'
import { observeRun } from './observe-run.ts'

/** How the entry listens to a run. Nothing here prints. */
export interface RehearsalListener {
  /** Maps an absolute module path to its suite id. */
  suiteOf(moduleId: string): string
  /** Vitest has really begun with the files; from here on a run can be cancelled. */
  onBegin(): void
  /** A suite file is about to be loaded by a worker. */
  onSuiteStart(suite: string): void
  /** A suite file is over. `observation` is of everything so far. */
  onSuiteEnd(suite: string, observation: Observation): void | Promise<void>
  /** Text that a test printed. */
  onConsole(text: string): void
}

/** The reporter, and what it has observed once the run has ended. */
export interface RehearsalReporter extends Reporter {
  /** Undefined until Vitest has said that the run is over. */
  observation(): Observation | undefined
}

/**
 * The Vitest reporter of a rehearsal: turns tests and their `task.meta` into an `Observation`, and tells the listener
 * when there is something new. Vitest calls it in its own process, before the workers are torn down; what goes wrong
 * later is the entry's to notice.
 */
export function rehearsalReporter(listener: RehearsalListener): RehearsalReporter {
  const modules = new Set<TestModule>()
  let final: Observation | undefined
  let begun = false
  return {
    onTestModuleQueued(module) {
      modules.add(module)
      if (!begun) listener.onBegin()
      begun = true
      listener.onSuiteStart(listener.suiteOf(module.moduleId))
    },
    async onTestModuleEnd(module) {
      modules.add(module)
      await listener.onSuiteEnd(
        listener.suiteOf(module.moduleId),
        observeRun([...modules], [], undefined, listener.suiteOf),
      )
    },
    onUserConsoleLog: (log) => listener.onConsole(log.content),
    onTestRunEnd(ended: readonly TestModule[], unhandledErrors: readonly SerializedError[], reason: TestRunEndReason) {
      for (const module of ended) modules.add(module)
      final = observeRun([...modules], unhandledErrors, reason, listener.suiteOf)
    },
    observation: () => final,
  }
}
