import { createHash } from 'node:crypto'
import type { ExamDayPlan, PlannedAction } from '../load/plan.ts'
import type { Capability } from './capabilities.ts'

const SHAPING: ReadonlySet<Capability> = new Set(['markForReview', 'review', 'overlappingAnswers'])

/**
 * The plan without what the platform has no way to do: nobody marks an answer, reads a review, or answers while an answer
 * is on its way. A platform that lacks none of these gets the very plan that it is given; another one's has a hash of its
 * own, because it is another day.
 */
export function planFor(plan: ExamDayPlan, lacks: readonly Capability[]): ExamDayPlan {
  const left = lacks.filter((name) => SHAPING.has(name))
  if (left.length === 0) return plan
  const overlaps = !left.includes('overlappingAnswers')
  return {
    ...plan,
    candidates: plan.candidates.map((candidate) => {
      const { answerBesideSubmit, ...rest } = candidate
      const { actions, dueActions, review } = rest
      const stays = (position: number): boolean => actions[position]?.kind !== 'mark' || !left.includes('markForReview')
      return {
        ...rest,
        ...(answerBesideSubmit === undefined || !overlaps ? {} : { answerBesideSubmit }),
        actions: actions.filter((_, position) => stays(position)).map((action) => (overlaps ? action : alone(action))),
        // The first so many are due: of those that stay, so many fewer.
        dueActions: actions.slice(0, dueActions).filter((_, position) => stays(position)).length,
        review: review && !left.includes('review'),
      }
    }),
    planHash: createHash('sha256')
      .update(JSON.stringify([plan.planHash, left]))
      .digest('hex'),
  }
}

/** The second of two answers is left out: how many fit is not much less. */
function alone(action: PlannedAction): PlannedAction {
  if (action.kind !== 'answer') return action
  const { together: _, ...single } = action
  return single
}
