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
  whyNotInTime,
  whyNotTested,
} from './played-fault.ts'
import type { RecoveryRule } from './recovery.ts'

/** Attempts while it lasted: fewer, and nobody would have noticed. */
const MIN_ATTEMPTS = 10
/**
 * One attempt, or one in a hundred, may go wrong in a way that is not allowed: a reply that was just on its way. Of a fault
 * that is over at once, one in a hundred of those that failed: all around them is a healthy platform.
 */
const STRAYS = 0.01
/** So long a fault that is over at once is judged after the recovery from it: the same share is as much on every profile. */
const PASSING_MS = 5_000
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
 * What was kept is kept whatever the generator was like, for a generator in trouble makes failures and hides none. A breach
 * that rests on waits and shares which such a generator has measured proves nothing (P8); one that rests on what was
 * answered does.
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
  const seen = breachesOf(fault.kind, budget, meanwhile, looks)
  const invalid = invalidWindows(watched)
  const isBeyondDoubt = failsBeyondDoubt(meanwhile)
  const believed = breachesOf(
    fault.kind,
    budget,
    isBeyondDoubt ? meanwhile : meanwhile.filter((attempt) => !isSpoilt(attempt, invalid)),
    looks.filter(({ fromUs, toUs }) => !touches(invalid, fromUs, toUs)),
  )
  const trouble = isBeyondDoubt ? null : generatorTrouble(watched)
  const certain = seen.filter(({ isCertain }) => isCertain)
  const proven = certain.length > 0 ? certain : trouble === null ? believed : []
  const open: string[] = []
  const untested = whyNotTested(fault) ?? whyNotInTime(fault, attempts)
  if (untested !== undefined) open.push(`it ${untested}`)
  else {
    if (!cameAlone(fault, played)) open.push('the fault before was not got over yet')
    if (meanwhile.length < MIN_ATTEMPTS) open.push(`only ${meanwhile.length} attempts while it lasted`)
    open.push(...whyNotLooked(budget, looks))
  }
  const breaches = open.length === 0 ? proven.map(({ summary }) => summary) : []
  if (open.length === 0 && breaches.length === 0 && seen.length > 0) {
    const doubt = trouble ?? 'the generator was in trouble then'
    open.push(`${seen.map(({ summary }) => summary).join('; ')}; but ${doubt}`)
  }
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

/** Another fault was there at the same time. One that was to be over, and could not be healed, is not meant to be there. */
function wasAmongOthers(fault: PlayedFault, played: readonly PlayedFault[]): boolean {
  const { injectedUs, healStartedUs } = fault
  return played.some(
    (other) =>
      other !== fault &&
      injectedUs !== null &&
      other.injectedUs !== null &&
      injectedUs < (other.healStartedUs ?? Infinity) &&
      other.injectedUs < (healStartedUs ?? Infinity),
  )
}

/** To the begin of the heal, or, where it is over at once, until it was got over for a while. */
function lastsUntilUs(fault: PlayedFault, played: readonly PlayedFault[], rule: RecoveryRule): number | null {
  if (fault.kind.momentary === undefined) return fault.healStartedUs
  return noticeableUntilUs(fault, played, { ...rule, windowMs: Math.min(rule.windowMs, PASSING_MS) })
}

/** Something that was not kept. */
interface Breach {
  /** In words. */
  readonly summary: string
  /** Nothing that a generator in trouble, or a machine that others use, could have brought about. */
  readonly isCertain: boolean
}

/** What was not kept. Pure; whether what is not certain can be believed is for the caller. */
function breachesOf(
  { momentary }: Pick<PlayedFault['kind'], 'momentary'>,
  budget: FaultBudget,
  attempts: readonly Attempt[],
  looks: readonly HealthLook[],
): Breach[] {
  const failed = attempts.filter(isFailure)
  const strays = Math.max(1, (momentary === undefined ? attempts : failed).length * STRAYS)
  const wrong = failed.filter(({ reason }) => !REASONS_OF_WAY[budget.failsAs].has(reason))
  const untold = attempts.filter(({ isUntold }) => isUntold)
  const late = lateOnes(budget, attempts)
  const of = (count: number, what: string) => `${count} of ${attempts.length} attempts ${what}`
  const breaches: Breach[] = []
  const note = (isBreach: boolean, isCertain: boolean, summary: string) => {
    if (isBreach) breaches.push({ summary, isCertain })
  }
  note(
    failed.length > Math.max(1, attempts.length * budget.mayFail),
    false,
    of(failed.length, `failed (${reasons(failed)})`),
  )
  note(wrong.length > strays, true, of(wrong.length, `failed as they must not (${reasons(wrong)})`))
  note(untold.length > strays, true, of(untold.length, 'were told 503 and not when to come back'))
  note(
    late.length > Math.max(1, attempts.length * LATE),
    false,
    of(late.length, `had no answer within ${budget.answeredWithinMs} ms`),
  )
  for (const { question, agrees, expected, isCertain } of questionsOf(budget)) {
    const answers = looks.map((look) => look[question])
    const others = answers.filter((answer) => !agrees(answer))
    const [first] = others
    if (first === undefined || others.length * 2 <= answers.length || isOnlySilent(answers)) continue
    const summary = `asked ${answers.length} times, it said ${others.length} times something else than ${expected}: ${first.said}`
    note(true, isCertain && others.every(({ status }) => status !== null), summary)
  }
  return breaches
}

/** What the backend is asked about itself, and what it must say most of the times. */
function questionsOf({ live, ready }: FaultBudget) {
  const isYes = ({ status }: HealthAnswer): boolean => status === 200
  const isNo = ({ status }: HealthAnswer): boolean => status !== null && status >= 500
  return [
    ...(live === undefined ? [] : [{ question: 'live', agrees: isYes, expected: 'alive', isCertain: true } as const]),
    ...(ready === undefined
      ? []
      : ready === 'yes'
        ? // Short of processor time a backend may find its database silent; that makes no yes of a no.
          [{ question: 'ready', agrees: isYes, expected: 'ready', isCertain: false } as const]
        : [{ question: 'ready', agrees: isNo, expected: 'not ready', isCertain: true } as const]),
  ]
}

function isOnlySilent(answers: readonly HealthAnswer[]): boolean {
  return answers.length < MIN_SILENT_LOOKS && answers.every(({ status }) => status === null)
}

function whyNotLooked(budget: FaultBudget, looks: readonly HealthLook[]): string[] {
  const questions = questionsOf(budget)
  if (questions.length === 0) return []
  if (looks.length === 0) return ['nobody asked the backend how it is']
  return questions.some(({ question }) => isOnlySilent(looks.map((look) => look[question])))
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
