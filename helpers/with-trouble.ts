import { PHASE_COMPLETED, phaseNotCompleted } from './phase-completed.ts'
import type { PhaseResult } from './phase-result.ts'

/**
 * The same result with the reason why the phase did not come to its own end, or did not clean up. What had ended it
 * before comes first: when the engine is lost, the clean-up fails too, and only the loss explains both.
 */
export function withTrouble(result: PhaseResult, error: unknown): PhaseResult {
  const others = result.checks.filter((check) => check.id !== PHASE_COMPLETED.id)
  const earlier = result.checks.find((check) => check.id === PHASE_COMPLETED.id && check.valid !== true)?.reason
  const reason = earlier === undefined ? describeError(error) : `${earlier}\n  and then: ${describeError(error)}`
  return { ...result, checks: [phaseNotCompleted(reason), ...others] }
}

/** The message and those of its causes: what a person needs first is often the last of them. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}\n  because: ${describeError(error.cause)}`
}
