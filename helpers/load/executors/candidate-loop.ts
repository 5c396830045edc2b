import type { ExecutorContext, Offered } from '../executor.ts'

/** What a participant of a closed loop does. */
export interface ClosedPart {
  /** One round. Resolves to false when the participant is done for good. */
  iterate(participant: number, iteration: number, intendedUs: number): Promise<boolean>
  /** How long it rests before a round, milliseconds. Default: not at all. */
  pauseMs?(participant: number, iteration: number): number
}

/** A span in which one participant works; after the start of the day. */
export interface Shift {
  readonly participant: number
  readonly fromMs: number
  readonly toMs: number
}

/** In a closed model nobody can plan how many rounds fit; what is planned, started and finished are shifts. */
export interface ClosedOffered extends Offered {
  readonly iterations: number
}

/**
 * Let each participant go round and round through its shift: rest, one round, rest, the next. A slow answer makes the
 * next round later. No round begins after the end of the shift, and one that has begun is waited for.
 *
 * @param options.rounds so many rounds at most in each shift; default: as many as fit
 */
export async function workShifts(
  { scheduler, originUs, signal }: ExecutorContext,
  shifts: readonly Shift[],
  part: ClosedPart,
  options: { readonly rounds?: number } = {},
): Promise<ClosedOffered> {
  const { rounds = Number.POSITIVE_INFINITY } = options
  let started = 0
  let finished = 0
  let iterations = 0
  await Promise.all(
    shifts.map(async ({ participant, fromMs, toMs }) => {
      if (!(await scheduler.until(originUs + fromMs * 1_000, signal))) return
      started += 1
      const endUs = originUs + toMs * 1_000
      let readyUs = originUs + fromMs * 1_000
      for (let iteration = 0; iteration < rounds; iteration += 1) {
        const intendedUs = readyUs + (part.pauseMs?.(participant, iteration) ?? 0) * 1_000
        if (intendedUs >= endUs || !(await scheduler.until(intendedUs, signal))) break
        iterations += 1
        if (!(await part.iterate(participant, iteration, intendedUs))) break
        readyUs = scheduler.nowUs()
      }
      if (!signal.aborted) finished += 1
    }),
  )
  return { planned: shifts.length, started, finished, dropped: shifts.length - started, iterations }
}
