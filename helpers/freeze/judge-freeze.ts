import { allowedWorkGoesOn } from '../checkers/freeze-allowed-work.ts'
import { freezeAudited } from '../checkers/freeze-audited.ts'
import { jobsSkip } from '../checkers/freeze-jobs-skip.ts'
import { jobsStop } from '../checkers/freeze-jobs-stop.ts'
import { freezePersistence } from '../checkers/freeze-persistence.ts'
import { freezePositiveControl } from '../checkers/freeze-positive-control.ts'
import { freezePropagation } from '../checkers/freeze-propagation.ts'
import { freezeSafety } from '../checkers/freeze-safety.ts'
import { allowedWorkNotSlower } from '../checkers/freeze-slowness.ts'
import { unknownVerdict } from '../checkers/violations.ts'
import type { Verdict } from '../verdict.ts'
import type { FreezeCase, FreezeChecker } from './freeze-case.ts'

/** Everything that is promised of the exam-day freeze. */
export const FREEZE_CHECKERS: readonly FreezeChecker[] = [
  freezeSafety,
  freezePositiveControl,
  freezePersistence,
  freezePropagation,
  jobsSkip,
  jobsStop,
  allowedWorkGoesOn,
  allowedWorkNotSlower,
  freezeAudited,
]

/** One verdict each. A checker that crashes is unknown. A record that is not complete cannot be a pass. */
export function judgeFreeze(freezeCase: FreezeCase): readonly Verdict[] {
  return FREEZE_CHECKERS.map((checker) => {
    try {
      const verdict = checker.judge(freezeCase)
      return verdict.valid === true && !freezeCase.records.complete
        ? { ...verdict, valid: 'unknown' as const, reason: 'the record of the prober is not complete' }
        : verdict
    } catch (error) {
      const description = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return unknownVerdict(checker, `the checker crashed: ${description}`)
    }
  })
}
