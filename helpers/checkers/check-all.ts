import type { Verdict } from '../verdict.ts'
import type { Checker, Expectations, History } from './checker.ts'
import type { Evidence } from './evidence-rows.ts'
import { unknownVerdict } from './violations.ts'

/**
 * Run checkers over one history and the rows read after it, in the order given, one verdict each.
 *
 * A checker that crashes is `unknown` with the error in its reason, never skipped and never a pass (C27). Merge the
 * answers with `mergeValidity`: an empty list of checkers is unknown too.
 */
export function checkAll(
  checkers: readonly Checker[],
  history: History,
  evidence: Evidence,
  expectations: Expectations,
): readonly Verdict[] {
  return checkers.map((checker) => checkSafely(checker, history, evidence, expectations))
}

function checkSafely(checker: Checker, history: History, evidence: Evidence, expectations: Expectations): Verdict {
  try {
    return checker.check(history, evidence, expectations)
  } catch (error) {
    const description = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return unknownVerdict(checker, `the checker crashed: ${description}`)
  }
}
