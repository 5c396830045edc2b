import type { Completion } from '../history/operation.ts'
import type { Interpretation } from './exam-api.ts'

type Draft<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/**
 * How an attempt ended, for the history: what its answer was read as, with everything that a checker may ask for.
 *
 * @param invocation index of the invocation
 * @param timeUs µs since the run's epoch
 * @param status absent: no answer came
 * @param worker worker that answered (`X-Worker`)
 */
export function completionOf(
  invocation: number,
  timeUs: number,
  { outcome, reason, errorCode, retryAfterSeconds, told }: Interpretation<unknown>,
  status: number | undefined,
  worker: string | undefined,
): Omit<Completion, 'index'> {
  const completion: Draft<Omit<Completion, 'index'>> = { type: outcome, timeUs, invocation, reason }
  if (status !== undefined) completion.status = status
  if (errorCode !== undefined) completion.errorCode = errorCode
  if (retryAfterSeconds !== undefined) completion.retryAfterSeconds = retryAfterSeconds
  if (worker !== undefined) completion.worker = worker
  if (told !== undefined) completion.told = told
  return completion
}
