import type { SessionRequest } from '../candidate/exam-api.ts'
import { RehearsalError } from '../errors.ts'
import { type ExamDayPlan, planExamDay } from '../load/plan.ts'
import type { Profile } from '../load/profile.ts'
import { lacking } from '../platform/capabilities.ts'
import type { ExamPlatform } from '../platform/exam-platform.ts'
import { planFor } from '../platform/plan-for.ts'
import type { OutsideView } from './not-seen.ts'

/** Longer nobody waits for the sessions of who vanished to be closed. */
const WAIT_FOR_EXPIRY_S = 60

export interface OutsideExam {
  /** Who is registered; there may be more than the profile needs. */
  readonly candidates: readonly { readonly id: string }[]
  /** Of an exam that is there already; absent: one is made for this day. */
  readonly paper?: SessionRequest['paper']
}

/**
 * The day of a profile on a platform outside. Where nobody may read rows, every candidate reloads during the exam, hands in
 * and looks at its review, so that what was acknowledged is looked at again. Where sessions last much longer than the day,
 * nobody vanishes: nobody could wait until they are closed.
 *
 * @throws CONFIG_INVALID when there are too few candidates, or sessions are too short for the day
 */
export function planOutside(
  profile: Profile,
  seed: number,
  { candidates, paper }: OutsideExam,
  { capabilities }: Pick<ExamPlatform, 'capabilities'>,
  { database }: OutsideView,
): ExamDayPlan {
  if (candidates.length < profile.candidates) {
    throw invalid(
      `${profile.candidates} candidates for the profile ${profile.name}`,
      `${candidates.length}`,
      'Register more of them, or choose a smaller profile.',
    )
  }
  const seen = database ? profile : { ...profile, resumeReads: 1, reviews: 1, vanish: 0 }
  const day = paper === undefined ? seen : { ...seen, questions: paper.count }
  const plan = planExamDay(day, seed, { candidates })
  if (paper === undefined) return planFor(plan, lacking(capabilities))
  if (paper.durationSeconds < plan.sessionSeconds) {
    throw invalid(
      `sessions of at least ${plan.sessionSeconds} s for the profile ${profile.name}`,
      `${paper.durationSeconds} s (exam.durationSeconds)`,
      'Register an exam that lasts longer, or choose a shorter profile.',
    )
  }
  const nobodyWaits = paper.durationSeconds > plan.sessionSeconds + WAIT_FOR_EXPIRY_S
  const waited = nobodyWaits ? planExamDay({ ...day, vanish: 0 }, seed, { candidates }) : plan
  return planFor(waited, lacking(capabilities))
}

function invalid(expected: string, seen: string, next: string): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', { expected, seen, next })
}
