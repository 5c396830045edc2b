import type { History } from '../checkers/checker.ts'
import type { PlayedFault } from '../faults/played-fault.ts'
import type { RecoveryRule } from '../faults/recovery.ts'
import type { Operation } from '../history/operation.ts'
import { GUEST_STEP, WRITES } from '../history/operation.ts'
import type { Figure, Validity, Verdict } from '../verdict.ts'

/** Attempts while nobody was served: fewer and nobody would have noticed. */
const MIN_ATTEMPTS_IN_OUTAGE = 10
/** Attempts for each thing that candidates wanted, once somebody is served again (F18). */
const MAX_AMPLIFICATION = 3

/** The check, without its answer. */
export const BACK_IN_SERVICE = {
  id: 'back-in-service',
  title: 'After a restart and after a crash candidates are served again in time, while all of them keep trying',
  gate: 'recovery-tested',
} as const
const RETRY_AMPLIFICATION = {
  id: 'retry-amplification',
  title: `Once candidates are served again, retries do not keep the platform down: at most ${MAX_AMPLIFICATION} attempts a wish`,
  gate: 'recovery-tested',
} as const

/** One fault of the drill, as candidates felt it. Times are µs since the run's epoch. */
export interface Outage {
  readonly name: string
  readonly injectedUs: number
  readonly healStartedUs: number
  /** The last acknowledged write before the heal; null: there was none. */
  readonly lastSuccessUs: number | null
  /** The first acknowledged write after the heal had begun; null: there was none. */
  readonly firstSuccessUs: number | null
  /** Whether anybody still asked when the time to recover was over: before that, no success proves nothing. */
  readonly askedToTheEnd: boolean
  /** Attempts that were sent between the fault and the first success. */
  readonly attempts: number
  /** Attempts for each wish between the fault and the first success, and in the window after it; null: none. */
  readonly amplification: { readonly before: number | null; readonly after: number | null }
  /** From the begin of the heal until all was well for a whole window, ms; null: not seen. */
  readonly steadyMs: number | null
}

/**
 * What candidates of the load felt of each fault that was injected and of which a heal was begun. Pure. They are served where
 * what they write is acknowledged: a page, a token or a paper from a cache is there all the while the database is away.
 */
export function outagesOf(history: History, faults: readonly PlayedFault[], rule: RecoveryRule): readonly Outage[] {
  const operations = [...history.operations()].filter(({ step }) => step !== GUEST_STEP)
  return faults.flatMap(({ kind, injectedUs, healStartedUs, recovery }) => {
    if (injectedUs === null || healStartedUs === null) return []
    const successes = operations.flatMap(({ f, outcome, completedUs }) =>
      WRITES.has(f) && outcome === 'ok' && completedUs !== null ? [completedUs] : [],
    )
    const firstSuccessUs = least(successes.filter((atUs) => atUs > healStartedUs))
    const lastSuccessUs = most(successes.filter((atUs) => atUs <= healStartedUs))
    const untilUs = firstSuccessUs ?? healStartedUs + rule.rtoMs * 1_000
    const during = operations.filter(({ timeUs }) => timeUs >= injectedUs && timeUs < untilUs)
    const after = operations.filter(({ timeUs }) => timeUs >= untilUs && timeUs < untilUs + rule.windowMs * 1_000)
    return [
      {
        name: kind.name,
        injectedUs,
        healStartedUs,
        lastSuccessUs,
        firstSuccessUs,
        askedToTheEnd: operations.some(({ timeUs }) => timeUs >= healStartedUs + rule.rtoMs * 1_000),
        attempts: during.length,
        amplification: {
          before: amplificationOf(during),
          after: firstSuccessUs === null ? null : amplificationOf(after),
        },
        steadyMs: recovery?.kind === 'recovered' ? Math.max(0, (recovery.atUs - healStartedUs) / 1_000) : null,
      },
    ]
  })
}

/** Whether candidates were not served again in time; one of which nobody saw the end in time is not known to be. */
export function isLate({ healStartedUs, firstSuccessUs, askedToTheEnd }: Outage, { rtoMs }: RecoveryRule): boolean {
  return firstSuccessUs === null ? askedToTheEnd : firstSuccessUs - healStartedUs > rtoMs * 1_000
}

/**
 * RTO to the first success, and what the retries came to. Whether the platform is itself again for a whole window is the
 * check `recovery`; its time is printed here too.
 *
 * @param planned names of the faults that the drill must have seen
 */
export function judgeDrill(
  outages: readonly Outage[],
  planned: readonly string[],
  rule: RecoveryRule,
): readonly Verdict[] {
  const missing = planned.filter((name) => !outages.some((outage) => outage.name === name))
  const gaps = missing.map((name) => `${name}: was not played`)
  return [judgeService(outages, gaps, rule), judgeRetries(outages, gaps)]
}

function judgeService(outages: readonly Outage[], gaps: readonly string[], rule: RecoveryRule): Verdict {
  const rtoSeconds = rule.rtoMs / 1_000
  const late: string[] = []
  const open = [...gaps]
  const figures: Figure[] = []
  const counts: Record<string, number> = {}
  for (const outage of outages) {
    const { name, healStartedUs, lastSuccessUs, firstSuccessUs, attempts, steadyMs } = outage
    const tookS = firstSuccessUs === null ? null : (firstSuccessUs - healStartedUs) / 1_000_000
    figures.push({ label: `first success after ${name}`, measured: tookS, limit: rtoSeconds, unit: 's', bad: 'above' })
    counts[`${name}: attempts in the outage`] = attempts
    if (firstSuccessUs !== null && lastSuccessUs !== null)
      counts[`${name}: nobody served for ms`] = Math.round((firstSuccessUs - lastSuccessUs) / 1_000)
    if (steadyMs !== null) counts[`${name}: steady again after ms`] = Math.round(steadyMs)
    if (attempts < MIN_ATTEMPTS_IN_OUTAGE) open.push(`${name}: only ${attempts} attempts before the first success`)
    else if (tookS === null && !outage.askedToTheEnd)
      open.push(`${name}: nobody was served again before the load ended, which was before ${rtoSeconds} s were over`)
    else if (isLate(outage, rule))
      late.push(
        `${name}: ${tookS === null ? 'nobody was served any more' : `first success after ${tookS.toFixed(1)} s`}, ${rtoSeconds} s are allowed`,
      )
  }
  return conclude(BACK_IN_SERVICE, late, open, counts, figures)
}

function judgeRetries(outages: readonly Outage[], gaps: readonly string[]): Verdict {
  const storms: string[] = []
  const open = [...gaps]
  const figures: Figure[] = []
  const counts: Record<string, number> = {}
  for (const { name, amplification } of outages) {
    const { before, after } = amplification
    if (before !== null) counts[`${name}: attempts a wish in the outage`] = rounded(before)
    figures.push({
      label: `attempts a wish once back from ${name}`,
      measured: after === null ? null : rounded(after),
      limit: MAX_AMPLIFICATION,
      unit: 'count',
      bad: 'above',
    })
    if (after === null) open.push(`${name}: nobody asked for anything after the first success`)
    else if (after > MAX_AMPLIFICATION) storms.push(`${name}: ${after.toFixed(1)} attempts a wish`)
  }
  return conclude(RETRY_AMPLIFICATION, storms, open, counts, figures)
}

/** Attempts ÷ wishes; null without any. A wish that began earlier counts as one. */
function amplificationOf(operations: readonly Operation[]): number | null {
  const wishes = new Map<string, number>()
  for (const { candidate, connection, f, nonce, idempotencyKey, attempt } of operations) {
    const key = `${candidate} ${connection} ${f} ${nonce ?? idempotencyKey ?? ''}`
    wishes.set(key, (wishes.get(key) ?? 0) + (attempt === 1 ? 1 : 0))
  }
  const wanted = [...wishes.values()].reduce((sum, begun) => sum + Math.max(1, begun), 0)
  return wanted === 0 ? null : operations.length / wanted
}

function conclude(
  check: Pick<Verdict, 'id' | 'title' | 'gate'>,
  wrong: readonly string[],
  open: readonly string[],
  counts: Readonly<Record<string, number>>,
  figures: readonly Figure[],
): Verdict {
  const isEmpty = figures.length === 0
  const valid: Validity = wrong.length > 0 ? false : isEmpty || open.length > 0 ? 'unknown' : true
  return {
    ...check,
    valid,
    counts,
    violations: wrong.length,
    examples: wrong.slice(0, 3).map((summary) => ({ summary, operations: [], rows: [], requestIds: [] })),
    figures,
    ...(valid === true ? {} : { reason: [...wrong, ...open].join('; ') || 'there was no outage' }),
  }
}

function least(values: readonly number[]): number | null {
  return values.reduce<number | null>((found, value) => (found === null || value < found ? value : found), null)
}

function most(values: readonly number[]): number | null {
  return values.reduce<number | null>((found, value) => (found === null || value > found ? value : found), null)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
