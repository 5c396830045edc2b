import type { Executor, Offered } from '../executor.ts'
import { type ClosedPart, workShifts } from './candidate-loop.ts'
import { figureProblems, refuseProblems } from './refuse-problems.ts'

/**
 * Closed model with a fixed amount of work: each participant does `each` rounds, one after the other, and what had not
 * begun after `withinMs` is dropped and counted.
 *
 * @param settings.fromMs after the start of the day; default 0
 * @throws CONFIG_INVALID with everything that is wrong with the settings
 */
export function perCandidateIterations(settings: {
  readonly label: string
  readonly participants: readonly number[]
  readonly each: number
  readonly withinMs: number
  readonly fromMs?: number
}): Executor<ClosedPart> {
  const { label, participants, each, withinMs, fromMs = 0 } = settings
  refuseProblems(label, [
    ...figureProblems('each', each, { least: 1, whole: true }),
    ...figureProblems('withinMs', withinMs, { least: 0 }),
    ...figureProblems('fromMs', fromMs, { least: 0 }),
  ])
  const planned = participants.length * each
  return {
    model: 'closed',
    describe: () =>
      `${label}: ${participants.length} participants, ${each} rounds each, begun within ${Number((withinMs / 1_000).toFixed(1))} s`,
    async run(context, part): Promise<Offered> {
      let finished = 0
      const counted: ClosedPart = {
        ...part,
        async iterate(participant, iteration, intendedUs) {
          const goesOn = await part.iterate(participant, iteration, intendedUs)
          finished += 1
          return goesOn
        },
      }
      const shifts = participants.map((participant) => ({ participant, fromMs, toMs: fromMs + withinMs }))
      const { iterations } = await workShifts(context, shifts, counted, { rounds: each })
      return { planned, started: iterations, finished, dropped: planned - iterations }
    },
  }
}
