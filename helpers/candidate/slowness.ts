/**
 * Reasons that no want of time gives: the platform had time to answer, and said no or something else. Not among them is
 * what a crowded machine may bring about in a healthy platform: no answer, a connection that broke, 5xx, too many requests,
 * a door that opens late, a session that was closed before, two of one's own requests that meet (409), a status that the
 * contract does not know (408), and whatever an adapter alone knows.
 */
const NEVER_BY_SLOWNESS: ReadonlySet<string> = new Set([
  'bad-request',
  'unauthorized',
  'forbidden',
  'not-found',
  'unprocessable',
  'unparsable-body',
  'echo-mismatch',
])

/** What one candidate has been through, as far as it may explain what it is refused. */
export interface Slowness {
  /** Its session may be over from here on, µs since the run's epoch; the earliest that was told counts. */
  endsAt(endUs: number): void
  /** An attempt went wrong, for this reason of the outcome table. */
  notice(reason: string): void
  /** Whether a want of time may be why something went wrong that was over at `completedUs`. */
  explains(reason: string, completedUs: number): boolean
}

/**
 * Tell the failures that a slow machine may cause from those that it cannot. What follows from slowness is its, too: who
 * got no answer may find a session that does not know it (404), a refresh token that is used (401) or an exam that it has
 * handed in (403), and who is late is refused in whatever words the platform has. Only of a candidate that was served all
 * day, and in time, a refusal is a refusal.
 */
export function createSlowness(): Slowness {
  let overUs = Number.POSITIVE_INFINITY
  let isHampered = false
  return {
    endsAt(endUs) {
      overUs = Math.min(overUs, endUs)
    },
    notice(reason) {
      isHampered ||= !NEVER_BY_SLOWNESS.has(reason)
    },
    explains: (reason, completedUs) => isHampered || completedUs >= overUs || !NEVER_BY_SLOWNESS.has(reason),
  }
}
