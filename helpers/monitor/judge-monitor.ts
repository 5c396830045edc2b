import { isSaveAnswer } from '../checkers/answer-ledger.ts'
import type { History } from '../checkers/checker.ts'
import type { Verdict } from '../verdict.ts'
import type { MonitorCounts, MonitorLook } from './monitor-look.ts'

/** C17, without its answer. */
export const MONITOR_COUNTS = {
  id: 'monitor-counts',
  title: 'Whoever watches over the exam is never told of more than can have happened, and never of less than before',
  gate: 'no-corrupted-sessions',
} as const

/** C19, without its answer. */
export const MONITOR_FRESH = {
  id: 'monitor-fresh',
  title: 'Whoever watches over the exam sees what candidates were told, at most 2 s later',
  gate: 'graceful-failure',
} as const

/** What a candidate was told must be in the monitor so much later: an invigilator acts on it. */
const STALE_AT_MOST_MS = 2_000
/** Of all looks, so that nobody was blind when it mattered; the last is cut short by the end of the day. */
const MIN_SHARE_SEEN = 0.9
/** Fewer looks could not have seen a day. */
const MIN_LOOKS = 10
const MAX_EXAMPLES = 3

interface Quantity {
  readonly name: string
  /** When each became known to its candidate, and when each can have happened first; ascending, µs. */
  readonly sureUs: readonly number[]
  readonly possibleUs: readonly number[]
  of(counts: MonitorCounts): number
}

/**
 * Compare the looks at the monitor with the history (Jepsen's counter checker): a count that was read between `asked`
 * and `answered` is at most what was attempted before `answered`, and at least what candidates had been told 2 s before
 * `asked`. Nothing that is counted ever becomes less.
 *
 * @returns the two verdicts; unknown where there were too few looks or the history is not complete
 */
export function judgeMonitor(history: History, looks: readonly MonitorLook[]): readonly Verdict[] {
  const seen = looks.filter((look): look is MonitorLook & { counts: MonitorCounts } => look.counts !== null)
  const quantities = quantitiesOf(history)
  const impossible: string[] = []
  const stale: string[] = []
  let worstMs = 0
  for (const { name, sureUs, possibleUs, of } of quantities) {
    let most = 0
    for (const { askedUs, answeredUs, counts } of seen) {
      const value = of(counts)
      const can = countUntil(possibleUs, answeredUs)
      if (value > can) impossible.push(`${name}: told of ${value}, at most ${can} can have been`)
      if (value < most) impossible.push(`${name}: told of ${value} after ${most}`)
      most = Math.max(most, value)
      // The first that is missing: everybody before it is in the count.
      const missingSinceUs = sureUs[value]
      if (missingSinceUs === undefined || missingSinceUs >= askedUs) continue
      const staleMs = (askedUs - missingSinceUs) / 1_000
      worstMs = Math.max(worstMs, staleMs)
      if (staleMs > STALE_AT_MOST_MS)
        stale.push(`${name}: ${value} told, one more was known ${Math.round(staleMs)} ms before`)
    }
  }
  const gap =
    seen.length < MIN_LOOKS
      ? `the monitor was seen ${seen.length} times, ${MIN_LOOKS} are needed${firstReason(looks)}`
      : seen.length < looks.length * MIN_SHARE_SEEN
        ? `only ${seen.length} of ${looks.length} looks of the monitor were answered${firstReason(looks)}`
        : quantities.every(({ sureUs }) => sureUs.length === 0)
          ? 'nothing happened that could have been counted'
          : undefined
  const counts = { looks: looks.length, answered: seen.length }
  const incomplete = history.complete ? undefined : 'the history is not complete: what can have been is not fully known'
  return [
    // What a missing operation explains is not impossible.
    conclude(MONITOR_COUNTS, history.complete ? impossible : [], gap ?? incomplete, { counts }),
    conclude(MONITOR_FRESH, stale, gap, {
      counts,
      figures: [
        {
          label: 'monitor behind candidates',
          measured: seen.length === 0 ? null : worstMs,
          limit: STALE_AT_MOST_MS,
          unit: 'ms',
          bad: 'above',
        },
      ],
    }),
  ]
}

function quantitiesOf(history: History): readonly Quantity[] {
  const answers = firsts()
  const sessions = firsts()
  const submits = firsts()
  const closings = firsts()
  let isSilent = false
  for (const operation of history.operations()) {
    const { f, candidate, session, told, timeUs, completedUs, outcome } = operation
    const knownUs = outcome === 'ok' ? completedUs : null
    if (isSaveAnswer(operation)) {
      answers.add(`${session} ${operation.question}`, outcome === 'fail' ? null : timeUs, knownUs)
    } else if (f === 'create-session') {
      sessions.add(candidate, outcome === 'fail' ? null : timeUs, knownUs)
    } else if (f === 'submit' && session !== undefined) {
      const isSubmitted = told?.kind === 'submission' && told.status === 'SUBMITTED'
      submits.add(session, outcome === 'fail' ? null : timeUs, isSubmitted ? knownUs : null)
      closings.add(session, null, isSubmitted || told === undefined ? knownUs : null)
      isSilent ||= outcome === 'ok' && told === undefined
    }
  }
  return [
    { name: 'answers', ...answers.times(), of: (counts) => counts.answers },
    { name: 'sessions', ...sessions.times(), of: ({ active, submitted, expired }) => active + submitted + expired },
    { name: 'submitted', ...submits.times(), of: (counts) => counts.submitted },
    // Without a result a submit may have come after the expiry, and closed is what its candidate knows.
    ...(isSilent
      ? [
          {
            name: 'closed',
            sureUs: closings.times().sureUs,
            possibleUs: sessions.times().possibleUs,
            of: ({ submitted, expired }: MonitorCounts) => submitted + expired,
          },
        ]
      : []),
  ]
}

/** The first time of each thing that is counted once. */
function firsts() {
  const possible = new Map<string, number>()
  const sure = new Map<string, number>()
  const keepFirst = (of: Map<string, number>, key: string, timeUs: number | null): void => {
    if (timeUs !== null && timeUs < (of.get(key) ?? Number.POSITIVE_INFINITY)) of.set(key, timeUs)
  }
  return {
    add(key: string, possibleUs: number | null, sureUs: number | null): void {
      keepFirst(possible, key, possibleUs)
      keepFirst(sure, key, sureUs)
    },
    times: () => ({ possibleUs: ascending(possible), sureUs: ascending(sure) }),
  }
}

function ascending(times: ReadonlyMap<string, number>): readonly number[] {
  return [...times.values()].sort((one, other) => one - other)
}

/** How many of the ascending times are at or before this one. */
function countUntil(timesUs: readonly number[], untilUs: number): number {
  const after = timesUs.findIndex((timeUs) => timeUs > untilUs)
  return after < 0 ? timesUs.length : after
}

function firstReason(looks: readonly MonitorLook[]): string {
  const reason = looks.find((look) => look.reason !== undefined)?.reason
  return reason === undefined ? '' : `; first failure: ${reason}`
}

function conclude(
  check: Pick<Verdict, 'id' | 'title' | 'gate'>,
  found: readonly string[],
  gap: string | undefined,
  rest: Pick<Verdict, 'counts' | 'figures'>,
): Verdict {
  const reason = found.length > 0 ? found.slice(0, MAX_EXAMPLES).join('; ') : gap
  return {
    ...check,
    valid: found.length > 0 ? false : gap === undefined ? true : 'unknown',
    violations: found.length,
    examples: found.slice(0, MAX_EXAMPLES).map((summary) => ({ summary, operations: [], rows: [], requestIds: [] })),
    ...rest,
    ...(reason === undefined ? {} : { reason }),
  }
}
