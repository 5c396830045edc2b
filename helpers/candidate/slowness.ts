import type { OutcomeReason } from '../history/outcome.ts'

/**
 * Reasons that a want of time gives: no answer, a connection that broke, 5xx, too many requests, a door that opens late, and
 * a generator without a socket, which says nothing of the platform. With any other the platform had time to answer, and
 * said no or something else. Not among them are two requests that meet (409) and a session that was closed before: of a
 * candidate that was answered all day, and in time, they are refusals like any other. What is not known, a status that the
 * contract does not have or a reason that an adapter alone has, excuses nothing.
 */
const BY_SLOWNESS: ReadonlySet<string> = new Set<OutcomeReason>([
  'connection-refused',
  'name-not-resolved',
  'host-unreachable',
  'connect-time-out',
  'connection-lost-before-send',
  'connection-reset',
  'time-out',
  'abort-before-send',
  'client-abort',
  'open-at-end',
  'server-error',
  'unavailable',
  'turned-away',
  'rate-limited',
  'exam-not-open',
  'generator-exhausted',
])

/** Who waits too long is told late, or nothing, and never this. */
const NEVER_BY_SLOWNESS: ReadonlySet<string> = new Set<OutcomeReason>(['unparsable-body', 'echo-mismatch'])

/** Whether it is what a candidate is told that could not hand in before its time was up. */
export function isTimeUp(reason: string): boolean {
  const closed: OutcomeReason = 'session-closed'
  return reason === closed
}

/** Whether a want of time alone gives this reason, whatever the candidate has been through. */
export function isBySlowness(reason: string): boolean {
  return BY_SLOWNESS.has(reason)
}

/** What one candidate has been through, as far as it may explain what it is refused. */
export interface Slowness {
  /** Its session may be over from here on, µs since the run's epoch; the earliest that was told counts. */
  endsAt(endUs: number): void
  /** An attempt went wrong, for this reason: of the outcome table, or one that an adapter alone has. */
  notice(reason: string): void
  /** Whether a want of time may be why something went wrong that was over at `completedUs`. */
  explains(reason: string, completedUs: number): boolean
}

/**
 * Tell the failures that a slow machine may cause from those that it cannot. What follows from slowness is its, too: who
 * got no answer may find a session that does not know it (404), a refresh token that is used (401) or an exam that it has
 * handed in (403, 409), and who is late is refused in whatever words the platform has. Only of a candidate that was served all
 * day, and in time, a refusal is a refusal.
 */
export function createSlowness(): Slowness {
  let overUs = Number.POSITIVE_INFINITY
  let isHampered = false
  return {
    endsAt(endUs) {
      // Whoever is told no number is told nothing.
      if (Number.isFinite(endUs)) overUs = Math.min(overUs, endUs)
    },
    notice(reason) {
      isHampered ||= isBySlowness(reason)
    },
    explains: (reason, completedUs) =>
      isBySlowness(reason) || (!NEVER_BY_SLOWNESS.has(reason) && (isHampered || completedUs >= overUs)),
  }
}
