import type { Verdict } from '../verdict.ts'
import { conclude, looksAt, type Observed, touchesFault } from './observed.ts'

/** The check, without its answer. */
export const REDIS_HEALTH = {
  id: 'redis-keeps-everything',
  title: 'Redis dropped no key and turned no client away',
  gate: 'graceful-failure',
} as const

/**
 * Outside faults Redis evicts nothing and rejects nobody. Judged by what its counters grew between two looks at the
 * same process; a new process starts at zero.
 */
export function judgeRedis(observed: Observed): Verdict {
  const { known, gap } = looksAt(observed, 'redis')
  let evicted = 0
  let rejected = 0
  for (const [position, look] of known.entries()) {
    const before = known[position - 1]
    if (before === undefined || before.value.runId !== look.value.runId) continue
    // What grew while a fault lay between two looks is the fault's.
    if (touchesFault(observed.outside, before.timeUs, look.timeUs)) continue
    evicted += look.value.evictedKeys - before.value.evictedKeys
    rejected += look.value.rejectedConnections - before.value.rejectedConnections
  }
  const found = [
    ...(evicted > 0 ? [`Redis evicted ${evicted} keys`] : []),
    ...(rejected > 0 ? [`Redis turned ${rejected} connections away`] : []),
  ]
  return conclude(REDIS_HEALTH, found, gap, { counts: { looks: known.length, evicted, rejected } })
}
