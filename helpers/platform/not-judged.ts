import type { Companion } from '../companion.ts'
import type { Verdict } from '../verdict.ts'
import { CAPABILITIES, type Capability } from './capabilities.ts'

type Check = Pick<Verdict, 'id' | 'title' | 'gate'>

/**
 * Checks that have nothing to look at without a capability. Not among them: whatever tells lost answers, doubled
 * sessions or wrong scores. A platform without versions or idempotency keys is asked for exactly what every other is, and
 * a late retry that overwrites a newer answer there is a loss like any other.
 */
const NEEDS: Readonly<Record<string, Capability>> = {
  'database-pool': 'metrics',
  'counters-match': 'metrics',
  'replies-in-log': 'requestLogs',
  'no-silent-failures': 'requestLogs',
  'log-fields': 'requestLogs',
  'server-sees-what-candidates-see': 'requestLogs',
  'freeze-audited': 'requestLogs',
  'jobs-skip': 'backgroundJobs',
  'jobs-stop': 'backgroundJobs',
  'token-renewal': 'tokenRefresh',
  'logout-keeps-session': 'logout',
  'seen-again': 'review',
}

/** Ids of the checks that a capability is needed for, besides those of a companion that has nothing to do. */
export function checksThatNeed(capability: Capability): readonly string[] {
  return Object.entries(NEEDS).flatMap(([id, needed]) => (needed === capability ? [id] : []))
}

/** A check that is not judged, and why: the declared absence of what it needs. It is printed, and it is no pass. */
export function notJudged({ id, title, gate }: Check, reason: string): Verdict {
  return { id, title, gate, valid: 'not-judged', counts: {}, violations: 0, examples: [], reason }
}

/** Why something cannot be judged on a platform without this. */
export function lackReason(capability: Capability): string {
  return `the platform has no ${CAPABILITIES[capability]}`
}

/** The same checks, those not judged that need what the platform declares not to have. */
export function leaveOutLacking(checks: readonly Verdict[], lacks: readonly Capability[]): readonly Verdict[] {
  if (lacks.length === 0) return checks
  return checks.map((check) => {
    const needed = NEEDS[check.id]
    const isLacking = needed !== undefined && lacks.includes(needed) && check.valid !== 'not-judged'
    return isLacking ? notJudged(check, lackReason(needed)) : check
  })
}

/** Why nothing can be said about a time that is over, where the exam alone says when. */
export const NO_SHORT_SESSION =
  'the platform has no session that is over in seconds: the exam alone says how long it lasts'

/** Nobody beside the candidates, because there is nothing to do: each of these checks is not judged, with the reason. */
export function absentCompanion(checks: readonly Check[], reason: string): Companion {
  return {
    play: async () => undefined,
    conclude: async () => checks.map((check) => notJudged(check, reason)),
  }
}
