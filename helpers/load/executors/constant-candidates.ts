import type { Executor } from '../executor.ts'
import { type ClosedOffered, type ClosedPart, workShifts } from './candidate-loop.ts'
import { figureProblems, refuseProblems } from './refuse-problems.ts'

/**
 * Closed model with always the same participants: each goes round and round, one thing at a time, for `forMs`.
 *
 * @param settings.fromMs after the start of the day
 * @throws CONFIG_INVALID with everything that is wrong with the settings
 */
export function constantCandidates(settings: {
  readonly label: string
  readonly participants: readonly number[]
  readonly fromMs: number
  readonly forMs: number
}): Executor<ClosedPart, ClosedOffered> {
  const { label, participants, fromMs, forMs } = settings
  refuseProblems(label, [
    ...figureProblems('fromMs', fromMs, { least: 0 }),
    ...figureProblems('forMs', forMs, { least: 0 }),
  ])
  return {
    model: 'closed',
    describe: () =>
      `${label}: ${participants.length} participants go round and round for ${Number((forMs / 1_000).toFixed(1))} s`,
    run: (context, part) =>
      workShifts(
        context,
        participants.map((participant) => ({ participant, fromMs, toMs: fromMs + forMs })),
        part,
      ),
  }
}
