/** What one repetition with some of the faults came to. `unclear`: neither a failure nor the absence of one. */
export type ShrinkOutcome = 'fails' | 'holds' | 'unclear'

export interface ShrinkRun {
  readonly faults: readonly string[]
  readonly outcome: ShrinkOutcome
}

export interface Shrunk {
  /** The smallest set that was seen to fail; null: not even all of them failed again. */
  readonly smallest: readonly string[] | null
  /** Whether every set with one fault less was seen not to fail: else the runs were used up, or a run was unclear. */
  readonly proven: boolean
  readonly runs: readonly ShrinkRun[]
}

/**
 * The smallest set of faults that still fails, by delta debugging (Zeller and Hildebrandt, 2002, ddmin): first all of
 * them, then halves, then what is left without a part, and ever smaller parts. A set is never tried twice, and never
 * without any fault.
 *
 * @param repeat rehearses with these faults only
 * @param maxRuns repetitions at most
 */
export async function shrinkFaults(
  faults: readonly string[],
  repeat: (faults: readonly string[]) => Promise<ShrinkOutcome>,
  maxRuns: number,
): Promise<Shrunk> {
  const runs: ShrinkRun[] = []
  const known = new Map<string, ShrinkOutcome>()
  /** undefined: no run is left for it. */
  const outcomeOf = async (some: readonly string[]): Promise<ShrinkOutcome | undefined> => {
    const key = some.join(' ')
    const before = known.get(key)
    if (before !== undefined || runs.length >= maxRuns) return before
    const outcome = await repeat(some)
    known.set(key, outcome)
    runs.push({ faults: some, outcome })
    return outcome
  }

  if (faults.length === 0 || (await outcomeOf(faults)) !== 'fails') return { smallest: null, proven: false, runs }
  let smallest = faults
  let parts = 2
  while (smallest.length > 1) {
    const pieces = split(smallest, parts)
    const candidates = [...pieces, ...(parts > 2 ? pieces.map((piece) => without(smallest, piece)) : [])]
    let failing: readonly string[] | undefined
    for (const candidate of candidates) {
      if ((await outcomeOf(candidate)) !== 'fails') continue
      failing = candidate
      break
    }
    if (failing !== undefined) {
      const wasPiece = pieces.includes(failing)
      smallest = failing
      parts = wasPiece ? 2 : Math.max(2, parts - 1)
    } else if (parts >= smallest.length) break
    else parts = Math.min(smallest.length, parts * 2)
  }
  const proven =
    smallest.length === 1 || smallest.every((fault) => known.get(without(smallest, [fault]).join(' ')) === 'holds')
  return { smallest, proven, runs }
}

function split(all: readonly string[], parts: number): readonly (readonly string[])[] {
  return Array.from({ length: parts }, (_, part) =>
    all.slice(Math.floor((part * all.length) / parts), Math.floor(((part + 1) * all.length) / parts)),
  )
}

function without(all: readonly string[], some: readonly string[]): readonly string[] {
  return all.filter((fault) => !some.includes(fault))
}
