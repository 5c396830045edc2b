import type { SerializedError } from 'vitest'
import type { TestCase, TestModule, TestRunEndReason } from 'vitest/node'
import type { Observation } from '../helpers/compose-verdict.ts'
import { PHASE_COMPLETED } from '../helpers/phase-completed.ts'
import type { PhaseResult } from '../helpers/phase-result.ts'
import type { Problem } from '../helpers/run-verdict.ts'
import { salvagePhaseResult } from '../helpers/salvage-phase-result.ts'

/** A test that fails with a message that starts so has no evidence; it is not a violation. */
export const INCONCLUSIVE_PREFIX = 'INCONCLUSIVE'

/** What a module of a rehearsal has shown so far. */
export interface ModuleObservation {
  readonly result: PhaseResult | undefined
  readonly problems: readonly Problem[]
}

/**
 * Everything the tests of a run have shown. `suiteOf` maps an absolute module path to its suite id. `reason` is
 * undefined while the run goes on: then only what was delivered so far is looked at.
 *
 * A failing test is explained when a check of the result that its file delivered is false or unknown; then the check
 * speaks. A skipped test is explained when its check is not judged. Every other failure, error, skipped or unfinished test is a problem, and a run with a problem is never GO.
 */
export function observeRun(
  modules: readonly TestModule[],
  unhandledErrors: readonly Pick<SerializedError, 'message' | 'cause'>[],
  reason: TestRunEndReason | undefined,
  suiteOf: (moduleId: string) => string,
): Observation {
  const observed = modules.map((module) => {
    const suite = suiteOf(module.moduleId)
    return { suite, ...observeModule(module, suite, reason) }
  })
  const tests = modules.reduce((count, module) => count + [...module.children.allTests()].length, 0)
  return {
    delivered: observed.flatMap(({ suite, result }) => (result === undefined ? [] : [{ suite, result }])),
    problems: [
      ...unhandledErrors.map((error) => ({
        kind: 'unhandled-error',
        message: `An error outside of any test: ${describeCauses(error)}`,
      })),
      ...(reason !== undefined && tests === 0 ? [{ kind: 'no-tests', message: 'No test was run.' }] : []),
      ...observed.flatMap(({ problems }) => problems),
    ],
  }
}

/** The message of an error with those of its causes: a crashed worker says only in its cause how it died. */
function describeCauses(error: Pick<SerializedError, 'message' | 'cause'>): string {
  const cause = error.cause as Pick<SerializedError, 'message' | 'cause'> | undefined
  return cause?.message === undefined ? error.message : `${error.message} ${describeCauses(cause)}`
}

function observeModule(module: TestModule, suite: string, reason: TestRunEndReason | undefined): ModuleObservation {
  const tests = [...module.children.allTests()]
  const problems: Problem[] = []
  const add = (kind: string, message: string) => problems.push({ kind, message: `${suite}: ${message}` })

  const { result, flaws } = deliveredResult(module, tests, suite)
  for (const flaw of flaws) add('malformed-result', flaw)
  if (reason === undefined) return { result, problems }

  for (const holder of [module, ...module.children.allSuites()]) {
    for (const error of holder.errors()) {
      const where = holder.type === 'module' ? 'the file' : `"${holder.fullName}"`
      add('suite-error', `${where} failed outside of its tests: ${error.message}`)
    }
  }
  const cancelled = reason === 'interrupted'
  const skipped = tests.filter((test) => test.result().state === 'skipped' && !isNotJudged(test, result))
  if (skipped.length > 0 && !cancelled) add('skipped', `${skipped.length} of ${tests.length} tests were skipped.`)
  const pending = tests.filter((test) => test.result().state === 'pending')
  if (pending.length > 0 && !cancelled) add('unfinished', `${pending.length} of ${tests.length} tests did not finish.`)
  for (const test of tests) {
    const told = judgeTest(test, result)
    if (told !== undefined) add(told.kind, told.message)
  }
  return { result, problems }
}

/**
 * The one result in the meta of the module, a suite or a test of it, as far as it can be read. Two results that differ
 * are a flaw; of them the first in which something is false is used, so that what was proven stays proven.
 */
function deliveredResult(
  module: TestModule,
  tests: readonly TestCase[],
  suite: string,
): { result: PhaseResult | undefined; flaws: string[] } {
  const found = new Map<string, unknown>()
  for (const holder of [module, ...module.children.allSuites(), ...tests]) {
    const { phase } = holder.meta() as { phase?: unknown }
    if (phase !== undefined) found.set(JSON.stringify(phase), phase)
  }
  const salvaged = [...found.values()].map((candidate) => salvagePhaseResult(candidate, suite))
  const results = salvaged.flatMap(({ result }) => result ?? [])
  const broken = results.find(({ checks }) => checks.some(({ valid }) => valid === false))
  return {
    result: broken ?? results[0],
    flaws: [
      ...(found.size > 1
        ? [
            `delivered ${found.size} results that differ; ${broken === undefined ? 'the first one' : 'the first one in which something is false'} is used.`,
          ]
        : []),
      ...salvaged
        .flatMap(({ flaws }) => flaws)
        .map((flaw) => `delivered a result of which this cannot be read: ${flaw}`),
    ],
  }
}

/** Skipped with a reason that its check gives, too: what it looks at is declared absent. */
function isNotJudged(test: TestCase, result: PhaseResult | undefined): boolean {
  const { check: checkId } = test.meta() as { check?: string }
  return result?.checks.some(({ id, valid }) => id === checkId && valid === 'not-judged') === true
}

function hasEndedEarly(result: PhaseResult | undefined): boolean {
  return result?.checks.some(({ id, valid }) => id === PHASE_COMPLETED.id && valid !== true) === true
}

function judgeTest(test: TestCase, result: PhaseResult | undefined): Problem | undefined {
  const { check: checkId } = test.meta() as { check?: string }
  const check = result?.checks.find(({ id }) => id === checkId)
  const { state, errors } = test.result()
  if ((test.diagnostic()?.retryCount ?? 0) > 0) {
    return { kind: 'retried', message: `"${test.fullName}" was retried; a retry hides what a rehearsal looks for.` }
  }
  if (state === 'passed' && checkId !== undefined && check === undefined && result !== undefined) {
    return { kind: 'unproven', message: `"${test.fullName}" passed, but no check "${checkId}" was delivered.` }
  }
  if (state !== 'failed') return undefined
  const explained =
    checkId === undefined
      ? result?.checks.some(({ valid }) => valid !== true && valid !== 'not-judged')
      : check !== undefined && check.valid !== true && check.valid !== 'not-judged'
  if (explained) return undefined
  const message = errors.map((error) => error.message).join('; ')
  // That a phase which ended early came to no check is one thing, which it says itself, and not one for each of its tests.
  if (check === undefined && message.startsWith(INCONCLUSIVE_PREFIX) && hasEndedEarly(result)) return undefined
  return message.startsWith(INCONCLUSIVE_PREFIX)
    ? { kind: 'inconclusive', message: `"${test.fullName}": ${message}` }
    : { kind: 'unexplained-failure', message: `"${test.fullName}" failed, and no check explains it: ${message}` }
}
