import type { Verdict } from '../verdict.ts'
import { conclude, looksAt, type Observed } from './observed.ts'

/** The check, without its answer. */
export const IDLE_IN_TRANSACTION = {
  id: 'no-idle-in-transaction',
  title: 'No transaction is left open without work, holding its locks',
  gate: 'database-pool',
} as const

/** Longer than any pause between two statements of one request: somebody forgot to commit. */
const MAX_IDLE_S = 5

/** Outside faults no connection of the application sits in an open transaction without a statement for over 5 s. */
export function judgeIdleInTransaction(observed: Observed): Verdict {
  const looks = looksAt(observed, 'postgres')
  const longestS = looks.known.reduce((most, { value }) => Math.max(most, value.longest_idle_in_transaction_s ?? 0), 0)
  const found = longestS > MAX_IDLE_S ? [`a transaction was idle for ${longestS.toFixed(1)} s`] : []
  return conclude(IDLE_IN_TRANSACTION, found, looks.gap, {
    counts: { looks: looks.known.length },
    figures: [
      {
        label: 'longest transaction without work',
        // No such transaction in any look is a measured 0; no look at all is nothing measured.
        measured: looks.known.length === 0 ? null : longestS,
        limit: MAX_IDLE_S,
        unit: 's',
        bad: 'above',
      },
    ],
  })
}
