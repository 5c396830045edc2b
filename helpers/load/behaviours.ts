import { describeThinkTime, type ThinkTime, thinkTimeProblems } from './think-time.ts'

/**
 * What a candidate does differently from the others: each field is one behaviour, and a candidate may have several.
 * Serialisable, and part of the plan.
 */
export interface Behaviours {
  /** Thinks in another way than the profile says. */
  readonly thinkTime?: ThinkTime
  /** Clicks "submit" so many times within five seconds, over as many connections as a browser opens (F17: 13). */
  readonly submitClicks?: number
  /** Hands in once more when the first submit was acknowledged. */
  readonly submitsAgain?: 'same-key' | 'other-key'
  /** Before the doors open, and until it is in, asks every so many milliseconds whether it may begin (F5: 2 000). */
  readonly refreshEveryMs?: number
  /** Its client does not retry at all, or retries without jitter: everybody who failed together comes back together (F18). */
  readonly retries?: 'none' | 'synchronised'
  /** Its client comes back when it likes, whatever `Retry-After` says. */
  readonly ignoresRetryAfter?: boolean
  /** Its client waits so long for an answer; {@link BROWSER_TIMEOUT_MS} is what a browser does by itself. */
  readonly timeoutMs?: number
  /** Its network takes so long in each direction. */
  readonly networkDelayMs?: number
  /** The clock of its machine is wrong by so much, and its client says so in each request (F24). */
  readonly clockOffMs?: number
  /** Its client saves answers over a connection of their own while the candidate already turns to the next question. */
  readonly autosaves?: boolean
  /** Goes on with another device in the middle of the exam. */
  readonly secondDevice?: boolean
  /** Is granted so much more time, and uses it. */
  readonly extraTimeMs?: number
}

/** Candidates that have something in common. */
export interface Cohort {
  readonly name: string
  /** Share of all candidates, 0..1; whoever is in no cohort has no such behaviour. */
  readonly weight: number
  readonly behaviours: Behaviours
}

/** How long Chrome and Firefox wait for an answer by themselves: 300 s (`network.http.response.timeout` in Firefox). */
export const BROWSER_TIMEOUT_MS = 300_000

/** Clicks on a button that seems to do nothing, as they were counted on a real exam day (F17). */
export const FRANTIC_CLICKS = 13

const MAX_CLICKS = 100

const DURATIONS = ['refreshEveryMs', 'timeoutMs', 'networkDelayMs', 'extraTimeMs'] as const

/** Everything that is wrong with the cohorts of a profile, one sentence each. */
export function cohortProblems(cohorts: readonly Cohort[]): readonly string[] {
  const problems: string[] = []
  const names = new Set<string>()
  for (const [index, { name, weight, behaviours }] of cohorts.entries()) {
    const at = `cohorts[${index}] (${name})`
    const expect = (holds: boolean, field: string, wanted: string, seen: unknown): void => {
      if (!holds) problems.push(`${at}.${field} should be ${wanted}, instead got ${JSON.stringify(seen)}`)
    }
    expect(!names.has(name), 'name', 'a name of its own', name)
    names.add(name)
    expect(weight > 0 && weight <= 1, 'weight', 'a share above 0, at most 1', weight)
    const { submitClicks, clockOffMs, thinkTime } = behaviours
    if (submitClicks !== undefined) {
      const isCount = Number.isSafeInteger(submitClicks) && submitClicks >= 2 && submitClicks <= MAX_CLICKS
      expect(isCount, 'submitClicks', `a whole number from 2 to ${MAX_CLICKS}`, submitClicks)
    }
    for (const field of DURATIONS) {
      const ms = behaviours[field]
      if (ms !== undefined) expect(Number.isFinite(ms) && ms > 0, field, 'milliseconds above 0', ms)
    }
    if (clockOffMs !== undefined) expect(Number.isFinite(clockOffMs), 'clockOffMs', 'milliseconds', clockOffMs)
    if (thinkTime !== undefined) problems.push(...thinkTimeProblems(`${at}.thinkTime`, thinkTime))
  }
  const sum = cohorts.reduce((total, { weight }) => total + weight, 0)
  // Shares like 0.1 do not add up exactly.
  if (sum > 1 + 1e-9) problems.push(`cohorts should have weights of at most 1 in all, instead got ${sum}`)
  return problems
}

/** A cohort in words: "frantic (12): clicks submit 13 times". */
export function describeCohort({ name, behaviours }: Cohort, candidates: number): string {
  const { thinkTime, submitClicks, submitsAgain, refreshEveryMs, retries, timeoutMs } = behaviours
  const { ignoresRetryAfter, networkDelayMs, clockOffMs, autosaves, secondDevice, extraTimeMs } = behaviours
  const seconds = (ms: number): string => `${Number((ms / 1_000).toFixed(1))} s`
  const words = [
    ...(thinkTime === undefined ? [] : [`thinks ${describeThinkTime(thinkTime)}`]),
    ...(submitClicks === undefined ? [] : [`clicks submit ${submitClicks} times`]),
    ...(submitsAgain === undefined
      ? []
      : [`hands in again with ${submitsAgain === 'same-key' ? 'the same' : 'another'} key`]),
    ...(refreshEveryMs === undefined ? [] : [`asks every ${seconds(refreshEveryMs)} whether the doors are open`]),
    ...(retries === undefined ? [] : [retries === 'none' ? 'never retries' : 'retries without jitter']),
    ...(ignoresRetryAfter === true ? ['ignores Retry-After'] : []),
    ...(timeoutMs === undefined ? [] : [`waits ${seconds(timeoutMs)} for an answer`]),
    ...(networkDelayMs === undefined ? [] : [`has a network that takes ${networkDelayMs} ms in each direction`]),
    ...(clockOffMs === undefined ? [] : [`has a clock that is ${seconds(clockOffMs)} off`]),
    ...(autosaves === true ? ['saves beside reading on'] : []),
    ...(secondDevice === true ? ['changes the device'] : []),
    ...(extraTimeMs === undefined ? [] : [`has ${seconds(extraTimeMs)} more`]),
  ]
  return `${name} (${candidates}): ${words.length === 0 ? 'like everybody' : words.join(', ')}`
}
