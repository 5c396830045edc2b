import { createHash } from 'node:crypto'
import type { ExamDayPlan } from '../load/plan.ts'
import type { Capability } from './capabilities.ts'

/**
 * The plan without what the platform has no way to do: nobody marks an answer, or reads a review. A platform that lacks
 * neither gets the very plan that it is given; another one's has a hash of its own, because it is another day.
 */
export function planFor(plan: ExamDayPlan, lacks: readonly Capability[]): ExamDayPlan {
  const left = lacks.filter((name) => name === 'markForReview' || name === 'review')
  if (left.length === 0) return plan
  return {
    ...plan,
    candidates: plan.candidates.map((candidate) => {
      const { actions, dueActions, review } = candidate
      const stays = (position: number): boolean => actions[position]?.kind !== 'mark' || !left.includes('markForReview')
      return {
        ...candidate,
        actions: actions.filter((_, position) => stays(position)),
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
