import { deadline } from './deadline.ts'
import { RehearsalError } from './errors.ts'

/** A companion puts its work away when the load is over: a backup is read to its end, a job of the freeze is waited for. */
const LEAVES_WITHIN_MS = 120_000

/**
 * Wait until whoever was beside the load has left.
 *
 * @param accompanying settles when it has; its rejection is passed on
 * @throws DEADLINE_EXCEEDED when it does not leave, for example because a job that it started never ends: the phase is
 *   undecided then, and nothing waits for it any more
 */
export async function untilLeft(accompanying: Promise<void> | undefined): Promise<void> {
  if (accompanying === undefined) return
  using limit = deadline(LEAVES_WITHIN_MS)
  const late = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => {
      reject(
        new RehearsalError('DEADLINE_EXCEEDED', {
          expected: 'whoever is beside the load ends soon after it',
          seen: `still at work ${LEAVES_WITHIN_MS / 1_000} s later`,
          next: 'Look at what was asked for last: a job of the freeze, a backup, a restore.',
        }),
      )
    })
  })
  await Promise.race([accompanying, late])
}
