import type { Completion, Invocation } from './operation.ts'

/** Tells the refusal of one of two starts, which is right, from any other 409. */
export interface StartsAtOnce {
  /** An attempt was sent; `index` is what its completion calls it. */
  sent(index: number, invocation: Omit<Invocation, 'type' | 'index'>): void
  /** An attempt has ended. True: it was sent away (409) for the sake of the other of two starts at once. */
  ended(completion: Omit<Completion, 'index'>): boolean
}

/** How one device of a candidate tries to start. Times are µs since the run's epoch. */
interface Start {
  /** When the first attempt left: a retry that is sent away was there before the other was let in, too. */
  sinceUs: number
  isUnderWay: boolean
  /** Nobody knows what became of an earlier attempt of the same start. */
  isUnheard: boolean
  /** When an attempt was last let in, or ended so that nobody knows. */
  maybeInUs: number
}

/**
 * Listen to starts. Of two that one candidate sends at the same moment one may be sent away, if only the other may get in:
 * it is under way, was let in, or nobody knows. So where both are sent away, one of them was sent away wrongly.
 */
export function startsAtOnce(): StartsAtOnce {
  /** By candidate, then device. */
  const starts = new Map<string, Map<string, Start>>()
  const open = new Map<number, { readonly start: Start; readonly ofCandidate: ReadonlyMap<string, Start> }>()
  return {
    sent(index, { candidate, connection, f, attempt, timeUs }) {
      if (f !== 'create-session') return
      const ofCandidate = starts.get(candidate) ?? new Map<string, Start>()
      starts.set(candidate, ofCandidate)
      const start = ofCandidate.get(connection) ?? {
        sinceUs: timeUs,
        isUnderWay: true,
        isUnheard: false,
        maybeInUs: Number.NEGATIVE_INFINITY,
      }
      ofCandidate.set(connection, start)
      if (attempt === 1) {
        start.sinceUs = timeUs
        start.isUnheard = false
      }
      start.isUnderWay = true
      open.set(index, { start, ofCandidate })
    },
    ended({ invocation, type, reason, timeUs }) {
      const ended = open.get(invocation)
      if (ended === undefined) return false
      open.delete(invocation)
      const { start, ofCandidate } = ended
      start.isUnderWay = false
      if (type !== 'fail') start.maybeInUs = timeUs
      start.isUnheard ||= type === 'info'
      if (reason !== 'conflict') return false
      // Its own earlier try may have been let in.
      if (start.isUnheard) return true
      for (const other of ofCandidate.values()) {
        if (other !== start && (other.isUnderWay || other.maybeInUs >= start.sinceUs)) return true
      }
      return false
    },
  }
}
