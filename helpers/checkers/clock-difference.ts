import {
  type AnswerLedger,
  type AnswerRecord,
  answersOf,
  findVersion,
  indexAnswers,
  type VersionRecord,
} from './answer-ledger.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { oncePer } from './once-per.ts'

/** The database keeps milliseconds, cut off: the real instant is up to this much later. */
const SERVER_RESOLUTION_MS = 1

/** Server clock minus ours, with the half width of what is possible. A negative error: a clock was set meanwhile. */
export interface ClockDifference {
  readonly differenceMs: number
  readonly errorMs: number
}

/**
 * How far the server's clock is from ours. Measured, not assumed: every answer that was sent once and acknowledged was
 * stored between send and reply, so each one bounds the difference (Cristian), and all of them together bound it
 * tightly.
 *
 * @param epochMs wall-clock time of the run's epoch by our clock, ms since 1970.
 * @returns null when nothing bounds it.
 */
export function boundClockDifference(
  ledger: AnswerLedger,
  rows: readonly AnswerRow[],
  epochMs: number,
): ClockDifference | null {
  const known = boundsOf(ledger)(rows)
  const found = known.get(epochMs)
  if (found !== undefined) return found
  const difference = bound(ledger, rows, epochMs)
  known.set(epochMs, difference)
  return difference
}

/** By epoch, what was found for a ledger and its rows: more than one checker asks, and a day has as many times as answers. */
const boundsOf = oncePer((_: AnswerLedger) =>
  oncePer((_: readonly AnswerRow[]) => new Map<number, ClockDifference | null>()),
)

function bound(ledger: AnswerLedger, rows: readonly AnswerRow[], epochMs: number): ClockDifference | null {
  const index = indexAnswers(rows)
  let leastMs = Number.NEGATIVE_INFINITY
  let mostMs = Number.POSITIVE_INFINITY
  for (const answer of answersOf(ledger)) {
    const row = index.get(answer.session)?.get(answer.question)
    const version = row === undefined ? undefined : storedBy(row, answer)
    if (row === undefined || version === undefined || version.firstOkUs === null) continue
    if (version.ok !== 1 || version.info + version.fail > 0) continue
    const storedMs = Date.parse(row.answered_at)
    leastMs = Math.max(leastMs, storedMs - (epochMs + version.firstOkUs / 1_000))
    mostMs = Math.min(mostMs, storedMs + SERVER_RESOLUTION_MS - (epochMs + version.firstPossibleUs / 1_000))
  }
  if (!Number.isFinite(leastMs) || !Number.isFinite(mostMs)) return null
  return { differenceMs: (leastMs + mostMs) / 2, errorMs: (mostMs - leastMs) / 2 }
}

/** The version that wrote the row, for certain: without a stored version only where one alone was ever sent. */
function storedBy(row: AnswerRow, answer: AnswerRecord): VersionRecord | undefined {
  if (row.client_seq !== null) return findVersion(answer, row.client_seq)
  return answer.versions.length === 1 ? answer.versions[0] : undefined
}
