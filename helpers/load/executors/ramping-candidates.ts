import type { Executor } from '../executor.ts'
import { type ClosedOffered, type ClosedPart, type Shift, workShifts } from './candidate-loop.ts'
import { describeRamp, type Ramp, rampMs, rampPieces, rampProblems } from './ramp.ts'
import { figureProblems, refuseProblems } from './refuse-problems.ts'

/**
 * Closed model with more and fewer participants: of a ramp from 100 to 400 in 300 s the first 100 work from the begin,
 * and one more joins every second. Who joined last leaves first.
 *
 * @param settings.candidates how many work at once; participants are numbered from 0
 * @param settings.fromMs after the start of the day; default 0
 * @throws CONFIG_INVALID with everything that is wrong with the settings
 */
export function rampingCandidates(settings: {
  readonly label: string
  readonly candidates: Ramp
  readonly fromMs?: number
}): Executor<ClosedPart, ClosedOffered> {
  const { label, candidates, fromMs = 0 } = settings
  refuseProblems(label, [
    ...rampProblems(candidates, { whole: true }),
    ...figureProblems('fromMs', fromMs, { least: 0 }),
  ])
  return {
    model: 'closed',
    describe: () => `${label}: ${describeRamp(candidates)} participants, each goes round and round`,
    run: (context, part) => workShifts(context, shiftsOf(candidates, fromMs), part),
  }
}

/** Who works when: number n from the moment in which n + 1 are wanted until fewer are. */
export function shiftsOf(candidates: Ramp, fromMs = 0): readonly Shift[] {
  const most = Math.max(candidates.from, ...candidates.stages.map(({ to }) => to))
  const endMs = rampMs(candidates)
  const shifts: Shift[] = []
  for (let participant = 0; participant < most; participant += 1) {
    let joinedMs = participant < candidates.from ? 0 : undefined
    for (const { fromMs: beginMs, toMs, from, to } of rampPieces(candidates)) {
      const wanted = participant + 1
      const crossesAtMs = beginMs + ((toMs - beginMs) * (wanted - from)) / (to - from)
      if (joinedMs === undefined && from < wanted && to >= wanted) joinedMs = crossesAtMs
      else if (joinedMs !== undefined && from >= wanted && to < wanted) {
        shifts.push({ participant, fromMs: fromMs + joinedMs, toMs: fromMs + crossesAtMs })
        joinedMs = undefined
      }
    }
    if (joinedMs !== undefined) shifts.push({ participant, fromMs: fromMs + joinedMs, toMs: fromMs + endMs })
  }
  return shifts
}
