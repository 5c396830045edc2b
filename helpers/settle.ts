import { setTimeout as sleep } from 'node:timers/promises'
import { deadline } from './deadline.ts'
import { RehearsalError } from './errors.ts'
import { type MapSql, millisecondsToLastExpiry, waitForQuiescence } from './evidence.ts'
import { spellingsOfExam } from './spellings-of-exam.ts'

/** The sweeper has 5 s to close who vanished (`swept-in-time` judges that); the rest is room for a busy machine. */
const QUIESCENCE_MS = 30_000

export interface Settling {
  readonly databaseUrl: string
  readonly examId: string
  /** Longest time a session of this exam has, seconds: a row that says more is not waited for. */
  readonly durationSeconds: number
  readonly graceSeconds: number
  readonly signal: AbortSignal
  /** Longest wait for quiet after that, ms; absent: 30 s. */
  readonly quietWithinMs?: number
  /** For a platform with other tables. */
  readonly map?: MapSql | undefined
  /** Told once how long the last session still has, ms. */
  readonly onWait?: (waitMs: number) => void
}

/**
 * Wait until the time of whoever never handed in is over, the sweeper has closed them, and the database is quiet. How
 * long is what the rows say by the database's clock, not what candidates were told: that is one of the things to judge.
 *
 * Not quiet in time is no trouble of the harness: the rows that are read then name what is still open (`clean-state`).
 * But a transaction that has written, or waits to write, all the while may still commit when the rows have been read, and
 * then they are not what the database holds in the end.
 *
 * @throws EVIDENCE_UNREADABLE when such a transaction is there, or the database could not be asked: then nobody knows what
 *   is still under way.
 */
export async function settle({
  databaseUrl,
  examId,
  durationSeconds,
  graceSeconds,
  signal,
  quietWithinMs = QUIESCENCE_MS,
  map,
  onWait,
}: Settling): Promise<void> {
  const left: number[] = []
  for (const spelling of spellingsOfExam(examId)) {
    const leftMs = await millisecondsToLastExpiry(databaseUrl, spelling, map)
    if (leftMs !== null) left.push(leftMs)
  }
  if (left.length > 0) {
    const waitMs = Math.max(0, Math.min(Math.max(...left), durationSeconds * 1_000) + graceSeconds * 1_000)
    onWait?.(waitMs)
    await sleep(waitMs, undefined, { signal })
  }
  using limit = deadline(quietWithinMs, signal)
  const { quiet, asked, heldMs, heldThroughout, seen } = await waitForQuiescence(databaseUrl, limit, graceSeconds, map)
  if (!asked) {
    throw new RehearsalError('EVIDENCE_UNREADABLE', {
      expected: 'the database says whether anything is still under way',
      seen,
      next: 'Look at the log of PostgreSQL; what was still open when the rows were read is not known.',
      service: 'PostgreSQL',
    })
  }
  if (!quiet && heldMs !== null && heldThroughout) {
    throw new RehearsalError('EVIDENCE_UNREADABLE', {
      expected: 'no transaction is under way that can still change the rows that are about to be read',
      seen: `one that has been open for ${(heldMs / 1_000).toFixed(1)} s (${seen})`,
      next: 'Look in pg_stat_activity and pg_locks for what holds it; what it changes when it ends is in no row that was judged.',
      service: 'PostgreSQL',
    })
  }
}
