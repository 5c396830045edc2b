import type { Epoch } from '../clock.ts'
import { wallTime } from '../clock.ts'
import type { LoadResult } from '../load/exam-day.ts'
import type { Thresholds } from '../load/profile.ts'
import { firstProblem, generatorTrouble, invalidWindows, type Outside, touches } from '../load/thresholds.ts'
import type { FaultResult } from '../phase-result.ts'
import type { Figure, Validity, Verdict, Violation } from '../verdict.ts'
import { judgeBudgets } from './judge-budgets.ts'
import type { Attempt } from './load-tap.ts'
import {
  cameAlone,
  failsBeyondDoubt,
  isSpoilt,
  MIN_ATTEMPTS,
  noticeableUntilUs,
  type PlayedFault,
  reasons,
  whyNotInTime,
  whyNotTested,
} from './played-fault.ts'
import type { RecoveryRule } from './recovery.ts'

/** What became of the faults of a phase, as the report lists them. One that was never injected is not among them. */
export function faultResults(played: readonly PlayedFault[], epoch: Epoch): readonly FaultResult[] {
  return played.flatMap((fault) =>
    fault.injectedUs === null
      ? []
      : [
          {
            name: fault.kind.name,
            injectedAt: wallTime(epoch, fault.injectedUs),
            felt: fault.bite?.felt === true,
            healedAt: fault.healedUs === null ? null : wallTime(epoch, fault.healedUs),
            recoveryMs: recoveryMs(fault),
          },
        ],
  )
}

/**
 * Spans that the SLO leaves out: each fault with its recovery, to the end of the load where there was none. Of a fault that
 * is there for what a later step meets, only the fault; unless that step did not wait for it, which is nobody's doing.
 */
export function faultSpans(
  played: readonly PlayedFault[],
  endUs: number,
  attempts: readonly Attempt[],
): readonly Outside[] {
  return played.flatMap((fault) => {
    const { kind, injectedUs, healedUs, recovery } = fault
    if (injectedUs === null) return []
    const recoveredUs = recovery?.kind === 'recovered' ? recovery.atUs : endUs
    const isMet = kind.overBefore !== undefined && whyNotInTime(fault, attempts) === undefined
    return [{ fromUs: injectedUs, toUs: isMet ? (healedUs ?? endUs) : recoveredUs }]
  })
}

/**
 * Judge the faults of a phase: they were felt and healed (else nothing was tested: unknown), the platform recovered from
 * each in time and under load (C24), candidates noticed nothing of those that they must not notice, and each left what the
 * platform still owed (`judge-budgets.ts`).
 *
 * What a generator measured that was itself in trouble proves nothing against the platform (P8): where a verdict would
 * rest on that alone it is unknown.
 *
 * @param limits share of attempts that may fail, and the p95 from the actual send, while a fault lasts that nobody must
 *   notice: whoever waits has noticed it too
 * @param watched the windows of the generator; none: nobody watched it
 */
export function judgeFaults(
  played: readonly PlayedFault[],
  attempts: readonly Attempt[],
  rule: RecoveryRule,
  limits: Pick<Thresholds, 'errorRate' | 'p95Ms'>,
  watched: Pick<LoadResult, 'windows'>,
): readonly Verdict[] {
  return [
    judgeFelt(played, attempts),
    judgeRecovery(played, attempts, rule, watched),
    ...judgeUnnoticed(played, attempts, rule, limits, watched),
    ...judgeBudgets(played, attempts, rule, watched),
  ]
}

/** From the begin of the heal to the begin of the first window that was well, ms; null: not seen. */
function recoveryMs({ recovery, healStartedUs }: PlayedFault): number | null {
  if (recovery?.kind !== 'recovered' || healStartedUs === null) return null
  return Math.max(0, (recovery.atUs - healStartedUs) / 1_000)
}

/** It was there and was felt, and the platform has not put right what it puts right by itself. */
function isLeftBroken({ bite, troubles, notMended }: PlayedFault): boolean {
  return notMended !== undefined && bite?.felt === true && troubles.length === 0
}

function judgeFelt(played: readonly PlayedFault[], attempts: readonly Attempt[]): Verdict {
  const wrong = played.flatMap((fault) => {
    const why = whyNotTested(fault) ?? whyNotInTime(fault, attempts)
    return why === undefined ? [] : [`${fault.kind.name} ${why}`]
  })
  return {
    id: 'faults-felt',
    title: 'Every planned fault was injected, was felt on the path that it breaks, and was healed',
    gate: 'recovery-tested',
    valid: played.length > 0 && wrong.length === 0 ? true : 'unknown',
    counts: {
      planned: played.length,
      injected: played.filter(({ injectedUs }) => injectedUs !== null).length,
      felt: played.filter(({ bite }) => bite?.felt === true).length,
      healed: played.filter(({ healedUs }) => healedUs !== null).length,
    },
    violations: 0,
    examples: [],
    ...(played.length === 0 ? { reason: 'no fault was planned' } : {}),
    ...(wrong.length === 0 ? {} : { reason: wrong.join('; ') }),
  }
}

function judgeRecovery(
  played: readonly PlayedFault[],
  attempts: readonly Attempt[],
  rule: RecoveryRule,
  watched: Pick<LoadResult, 'windows'>,
): Verdict {
  const rtoSeconds = rule.rtoMs / 1_000
  const late: Violation[] = []
  const open: string[] = []
  const figures: Figure[] = []
  for (const fault of played) {
    const { kind, recovery } = fault
    const tookMs = recoveryMs(fault)
    figures.push({
      label: `recovery from ${kind.name}`,
      measured: tookMs === null ? null : tookMs / 1_000,
      limit: rtoSeconds,
      unit: 's',
      bad: 'above',
    })
    const untested = whyNotTested(fault)
    if (isLeftBroken(fault))
      late.push({ summary: `${kind.name} ${untested}`, operations: [], rows: [], requestIds: [] })
    else if (untested !== undefined) open.push(`${kind.name} ${untested}`)
    else if (recovery === null || recovery.kind === 'pending')
      open.push(`${kind.name}: not seen to its end (${recovery?.why ?? 'nobody looked'})`)
    else if (recovery.kind === 'not-recovered') {
      const summary = `${kind.name}: not well again within ${rtoSeconds} s after its heal; last window: ${recovery.why}`
      const doubt = doubtAbout(recovery.lastWindow, attempts, watched)
      if (doubt !== null) open.push(`${summary}; but ${doubt}`)
      else late.push({ summary, operations: [], rows: [], requestIds: [] })
    }
  }
  const valid: Validity = late.length > 0 ? false : played.length === 0 || open.length > 0 ? 'unknown' : true
  return {
    id: 'recovery',
    title: `After every fault the platform is itself again within ${rtoSeconds} s, without help and under load`,
    gate: 'recovery-tested',
    valid,
    counts: { faults: played.length, recovered: figures.filter(({ measured }) => measured !== null).length },
    violations: late.length,
    examples: late.slice(0, 3),
    figures,
    ...(valid === true
      ? {}
      : { reason: [...late.map(({ summary }) => summary), ...open].join('; ') || 'no fault was planned' }),
  }
}

/**
 * Why the last window of a recovery cannot be believed; null: it can. It decides: a platform that is unwell at the end of
 * its time has not recovered, whatever an earlier window would have said.
 */
function doubtAbout(
  lastWindow: Outside | null,
  attempts: readonly Attempt[],
  watched: Pick<LoadResult, 'windows'>,
): string | null {
  if (lastWindow === null) return generatorTrouble(watched)
  const { fromUs, toUs } = lastWindow
  if (failsBeyondDoubt(attempts.filter(({ sentUs }) => sentUs >= fromUs && sentUs <= toUs))) return null
  if (watched.windows.length === 0) return generatorTrouble(watched)
  const spoilt = invalidWindows(watched).filter((window) => touches([window], fromUs, toUs))
  return spoilt.length === 0 ? null : `the generator was in trouble then: ${firstProblem(spoilt)}`
}

/**
 * Only where such a fault was planned and came alone: absence of a promise is no promise kept, and what candidates notice
 * of two faults at once cannot be told apart.
 */
function judgeUnnoticed(
  played: readonly PlayedFault[],
  attempts: readonly Attempt[],
  rule: RecoveryRule,
  { errorRate: limit, p95Ms: limitMs }: Pick<Thresholds, 'errorRate' | 'p95Ms'>,
  watched: Pick<LoadResult, 'windows'>,
): Verdict[] {
  const silent = played.filter((fault) => fault.kind.candidatesNotice === 'nothing' && cameAlone(fault, played))
  if (silent.length === 0) return []
  const noticed: string[] = []
  const open: string[] = []
  const figures: Figure[] = []
  const invalid = invalidWindows(watched)
  const trouble = generatorTrouble(watched)
  let seen = 0
  let failures = 0
  let leftOut = 0
  for (const fault of silent) {
    const { kind, injectedUs } = fault
    const untilUs = noticeableUntilUs(fault, played, rule)
    const meanwhile = attempts.filter(
      ({ sentUs }) => injectedUs !== null && untilUs !== null && sentUs >= injectedUs && sentUs < untilUs,
    )
    const isBeyondDoubt = failsBeyondDoubt(meanwhile)
    const during = isBeyondDoubt ? meanwhile : meanwhile.filter((attempt) => !isSpoilt(attempt, invalid))
    leftOut += meanwhile.length - during.length
    const failed = during.filter((attempt) => attempt.failed || attempt.completedUs === null)
    const share = during.length === 0 ? null : failed.length / during.length
    seen += during.length
    failures += failed.length
    figures.push({ label: `failures during ${kind.name}`, measured: share, limit, unit: 'share', bad: 'above' })
    const waitedMs = p95Ms(during)
    figures.push({ label: `p95 during ${kind.name}`, measured: waitedMs, limit: limitMs, unit: 'ms', bad: 'above' })
    const untested = whyNotTested(fault)
    if (untested !== undefined) open.push(`${kind.name} ${untested}`)
    else if (trouble !== null && !isBeyondDoubt) open.push(`${kind.name}: ${trouble}`)
    else if (share !== null && failed.length > Math.max(1, during.length * limit)) {
      noticed.push(`${kind.name}: ${failed.length} of ${during.length} attempts failed (${reasons(failed)})`)
    } else if (waitedMs !== null && waitedMs > limitMs) {
      const beforeMs = p95Ms(
        attempts.filter(({ completedUs }) => completedUs !== null && completedUs < (injectedUs ?? 0)),
      )
      const slower = `${kind.name}: p95 ${waitedMs.toFixed(0)} ms while it lasted, ${limitMs} ms are allowed`
      if (beforeMs !== null && beforeMs <= limitMs) noticed.push(`${slower} (before: ${beforeMs.toFixed(0)} ms)`)
      else open.push(`${slower}; but nothing shows that it was faster before`)
    } else if (during.length < MIN_ATTEMPTS) {
      const spoilt = meanwhile.length > during.length ? ' by a generator that was not in trouble' : ''
      open.push(`${kind.name}: only ${during.length} attempts while it lasted${spoilt}`)
    }
  }
  const valid: Validity = noticed.length > 0 ? false : open.length > 0 ? 'unknown' : true
  return [
    {
      id: 'unnoticed-faults',
      title: 'Candidates notice nothing while a part is away that an exam does not need',
      gate: 'graceful-failure',
      valid,
      counts: { faults: silent.length, attempts: seen, failed: failures, leftOut },
      violations: noticed.length,
      examples: noticed.slice(0, 3).map((summary) => ({ summary, operations: [], rows: [], requestIds: [] })),
      figures,
      ...(valid === true ? {} : { reason: [...noticed, ...open].join('; ') }),
    },
  ]
}

/** Exact, by nearest rank, from the actual send; null: too few to say. What is still under way counts as failed. */
function p95Ms(attempts: readonly Attempt[]): number | null {
  const tookUs = attempts
    .flatMap(({ sentUs, completedUs }) => (completedUs === null ? [] : [completedUs - sentUs]))
    .sort((one, other) => one - other)
  const at = tookUs[Math.ceil(tookUs.length * 0.95) - 1]
  return at === undefined || tookUs.length < MIN_ATTEMPTS ? null : at / 1_000
}
