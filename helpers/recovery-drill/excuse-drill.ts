import type { RecoveryRule } from '../faults/recovery.ts'
import { excuseWithin } from '../load/excuse-crowded.ts'
import type { Sample, SourceValues } from '../observability/sample.ts'
import type { Verdict } from '../verdict.ts'
import { BACKLOG, SWEEP_MS } from './judge-backlog.ts'
import { BACK_IN_SERVICE, isLate, type Outage } from './judge-drill.ts'

/** From when to when a drill waited for the platform, µs since the run's epoch. */
interface Span {
  readonly fromUs: number
  readonly toUs: number
}

/**
 * Hold no time of the drill against the platform that only others on its machine explain: who came back late, or closed the
 * backlog late, while they had the processors is unknown, as is who is slow then. A session that was not closed, or not as it
 * should, has nothing to do with them.
 *
 * @param during name of the fault that the backlog is of
 * @param looks at the machine, in order of time
 */
export function excuseDrill(
  verdicts: readonly Verdict[],
  outages: readonly Outage[],
  during: string,
  rule: RecoveryRule,
  looks: readonly Sample<SourceValues['machine']>[],
): readonly Verdict[] {
  return verdicts.map((verdict) => {
    const spans =
      verdict.id === BACK_IN_SERVICE.id
        ? outages.filter((outage) => isLate(outage, rule)).map((outage) => waitedFor(outage, rule))
        : verdict.id === BACKLOG.id && verdict.counts.late === verdict.violations
          ? outages.filter(({ name }) => name === during).map((outage) => waitedFor(outage, rule, SWEEP_MS))
          : []
    const excused = spans.map((span) => excuseWithin(verdict, looks, span))
    return excused.every(({ valid }) => valid === 'unknown') ? (excused[0] ?? verdict) : verdict
  })
}

function waitedFor({ healStartedUs, firstSuccessUs }: Outage, { rtoMs }: RecoveryRule, afterMs = 0): Span {
  return { fromUs: healStartedUs, toUs: (firstSuccessUs ?? healStartedUs + rtoMs * 1_000) + afterMs * 1_000 }
}
