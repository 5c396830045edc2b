import type { LoadResult } from '../load/exam-day.ts'
import { generatorTrouble, invalidWindows, touches } from '../load/thresholds.ts'
import type { Figure, Validity, Verdict } from '../verdict.ts'
import { describeBudget, type FaultBudget, REASONS_OF_WAY } from './budget.ts'
import type { Attempt } from './load-tap.ts'
import type { HealthAnswer, HealthLook } from './look-at-health.ts'
import {
  cameAlone,
  failsBeyondDoubt,
  isSpoilt,
  noticeableUntilUs,
  type PlayedFault,
  reasons,
  whyNotTested,
} from './played-fault.ts'
import type { RecoveryRule } from './recovery.ts'

/** Attempts while it lasted: fewer, and nobody would have noticed. */
const MIN_ATTEMPTS = 10
/** One attempt, or one in a hundred, may go wrong in a way that is not allowed: a reply that was just on its way. */
const STRAYS = 0.01
/** So many may wait longer: what was sent just before a deadline of the backend waits for that and for its turn. */
const LATE = 0.1
/** One look without an answer may be a busy machine; an answer that contradicts is one. */
const MIN_SILENT_LOOKS = 2

/** Id of the check of one fault. */
export function budgetCheckId(fault: string): string {
  return `during-${fault}`
}

/** The promise of one fault, for the title of a check and of a test. */
export function budgetTitle(fault: string, budget: FaultBudget): string {
  return `During ${fault}: ${describeBudget(budget)}`
}

/**
 * One verdict a fault that came alone: whether the platform kept to what it still owed. Of faults that came together none
 * is given: whose doing it was could not be told.
 *
 * What was kept is kept whatever the generator was like, for a generator in trouble makes failures and hides none; a breach
 * that rests on what such a generator has measured proves nothing (P8).
 */
export function judgeBudgets(
  played: readonly PlayedFault[],
  attempts: readonly Attempt[],
  rule: RecoveryRule,
  watched: Pick<LoadResult, 'windows'>,
): readonly Verdict[] {
  return played.flatMap((fault) => {
    const { budget } = fault.kind
    return budget === undefined || wasAmongOthers(fault, played)
      ? []
      : [judgeBudget(fault, budget, played, attempts, rule, watched)]
  })
}

function judgeBudget(
  fault: PlayedFault,
  budget: FaultBudget,
  played: readonly PlayedFault[],
  attempts: readonly Attempt[],
  rule: RecoveryRule,
  watched: Pick<LoadResult, 'windows'>,
): Verdict {
  const { kind, injectedUs, looks = [] } = fault
  const untilUs = lastsUntilUs(fault, played, rule)
  const meanwhile =
    injectedUs === null || untilUs === null
      ? []
      : attempts.filter(({ sentUs }) => sentUs >= injectedUs && sentUs < untilUs)
  const invalid = invalidWindows(watched)
  const seen = breachesOf(budget, meanwhile, looks)
  const isBeyondDoubt = failsBeyondDoubt(meanwhile)
  const proven = breachesOf(
    budget,
    isBeyondDoubt ? meanwhile : meanwhile.filter((attempt) => !isSpoilt(attempt, invalid)),
    looks.filter(({ fromUs, toUs }) => !touches(invalid, fromUs, toUs)),
  )
  const open: string[] = []
  const untested = whyNotTested(fault)
  if (untested !== undefined) open.push(`it ${untested}`)
  else {
    if (!cameAlone(fault, played)) open.push('the fault before was not got over yet')
    if (meanwhile.length < MIN_ATTEMPTS) open.push(`only ${meanwhile.length} attempts while it lasted`)
    open.push(...whyNotLooked(budget, looks))
  }
  const trouble = isBeyondDoubt ? null : generatorTrouble(watched)
  const doubt = trouble ?? (proven.length === 0 ? 'the generator was in trouble then' : null)
  const breaches = open.length === 0 && seen.length > 0 && doubt === null ? proven : []
  if (breaches.length === 0 && seen.length > 0 && open.length === 0) open.push(`${seen.join('; ')}; but ${doubt}`)
  const valid: Validity = breaches.length > 0 ? false : open.length > 0 ? 'unknown' : true
  const failed = meanwhile.filter(isFailure).length
  return {
    id: budgetCheckId(kind.name),
    title: budgetTitle(kind.name, budget),
    gate: 'graceful-failure',
    valid,
    counts: { attempts: meanwhile.length, failed, looks: looks.length },
    violations: breaches.length,
    examples: breaches.slice(0, 3).map((summary) => ({ summary, operations: [], rows: [], requestIds: [] })),
    figures: figuresOf(kind.name, budget, meanwhile),
    ...(valid === true ? {} : { reason: [...breaches, ...open].join('; ') }),
  }
}

/** Another fault was there at the same time. */
function wasAmongOthers(fault: PlayedFault, played: readonly PlayedFault[]): boolean {
  const { injectedUs, healedUs } = fault
  return played.some(
    (other) =>
      other !== fault &&
      injectedUs !== null &&
      other.injectedUs !== null &&
      injectedUs < (other.healedUs ?? Infinity) &&
      other.injectedUs < (healedUs ?? Infinity),
  )
}

/** To the begin of the heal, or, where it is over at once, until it was got over for a whole window. */
function lastsUntilUs(fault: PlayedFault, played: readonly PlayedFault[], rule: RecoveryRule): number | null {
  return fault.kind.momentary === undefined ? fault.healStartedUs : noticeableUntilUs(fault, played, rule)
}

/** What was not kept, in words. Pure; whether it can be believed is for the caller. */
function breachesOf(budget: FaultBudget, attempts: readonly Attempt[], looks: readonly HealthLook[]): string[] {
  const strays = Math.max(1, attempts.length * STRAYS)
  const failed = attempts.filter(isFailure)
  const wrong = failed.filter(({ reason }) => !REASONS_OF_WAY[budget.failsAs].has(reason))
  const untold = attempts.filter(({ isUntold }) => isUntold)
  const late = lateOnes(budget, attempts)
  const of = (count: number) => `${count} of ${attempts.length} attempts`
  return [
    ...(failed.length > Math.max(1, attempts.length * budget.mayFail)
      ? [`${of(failed.length)} failed (${reasons(failed)})`]
      : []),
    ...(wrong.length > strays ? [`${of(wrong.length)} failed as they must not (${reasons(wrong)})`] : []),
    ...(untold.length > strays ? [`${of(untold.length)} were told 503 and not when to come back`] : []),
    ...(late.length > Math.max(1, attempts.length * LATE)
      ? [`${of(late.length)} had no answer within ${budget.answeredWithinMs} ms`]
      : []),
    ...contradictions(
      budget.live === undefined ? undefined : isYes,
      'alive',
      looks.map(({ live }) => live),
    ),
    ...contradictions(
      budget.ready === undefined ? undefined : budget.ready === 'yes' ? isYes : isNo,
      budget.ready === 'yes' ? 'ready' : 'not ready',
      looks.map(({ ready }) => ready),
    ),
  ]
}

const isYes = ({ status }: HealthAnswer): boolean => status === 200
const isNo = ({ status }: HealthAnswer): boolean => status !== null && status >= 500

/** It must have said so most of the times that it was asked. */
function contradictions(
  agrees: ((answer: HealthAnswer) => boolean) | undefined,
  expected: string,
  answers: readonly HealthAnswer[],
): string[] {
  if (agrees === undefined || answers.length === 0) return []
  const others = answers.filter((answer) => !agrees(answer))
  const [first] = others
  if (first === undefined || others.length * 2 <= answers.length || isOnlySilent(others)) return []
  return [
    `asked ${answers.length} times, it said ${others.length} times something else than ${expected}: ${first.said}`,
  ]
}

function isOnlySilent(answers: readonly HealthAnswer[]): boolean {
  return answers.length < MIN_SILENT_LOOKS && answers.every(({ status }) => status === null)
}

function whyNotLooked(budget: FaultBudget, looks: readonly HealthLook[]): string[] {
  if (budget.live === undefined && budget.ready === undefined) return []
  if (looks.length === 0) return ['nobody asked the backend how it is']
  const asked = [
    ...(budget.live === undefined ? [] : ['live' as const]),
    ...(budget.ready === undefined ? [] : ['ready' as const]),
  ]
  return asked.some((which) => isOnlySilent(looks.map((look) => look[which])))
    ? ['the only question to the backend how it is got no answer']
    : []
}

/** What never ended has failed as well. */
function isFailure({ failed, completedUs }: Attempt): boolean {
  return failed || completedUs === null
}

function lateOnes({ answeredWithinMs }: FaultBudget, attempts: readonly Attempt[]): readonly Attempt[] {
  if (answeredWithinMs === undefined) return []
  return attempts.filter(
    ({ sentUs, completedUs, reason }) =>
      completedUs === null || completedUs - sentUs > answeredWithinMs * 1_000 || reason === 'time-out',
  )
}

function figuresOf(name: string, budget: FaultBudget, attempts: readonly Attempt[]): Figure[] {
  const shareOf = (some: readonly Attempt[]) => (attempts.length === 0 ? null : some.length / attempts.length)
  return [
    ...(budget.mayFail === 1
      ? []
      : [
          {
            label: `attempts that failed during ${name}`,
            measured: shareOf(attempts.filter(isFailure)),
            limit: budget.mayFail,
            unit: 'share',
            bad: 'above',
          } as const,
        ]),
    ...(budget.answeredWithinMs === undefined
      ? []
      : [
          {
            label: `attempts without an answer within ${budget.answeredWithinMs} ms during ${name}`,
            measured: shareOf(lateOnes(budget, attempts)),
            limit: LATE,
            unit: 'share',
            bad: 'above',
          } as const,
        ]),
  ]
}
