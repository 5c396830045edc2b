/**
 * The seven phases of a full rehearsal, in order, each with the suite files it is made of (path below `suites/` without
 * `.rehearsal.ts`). Only a run of every part of every phase has scope `full` and may release anything.
 */
export const PHASES = [
  { id: '1-freeze', parts: ['1-freeze'] },
  { id: '2-load', parts: ['2-load'] },
  { id: '3-faults', parts: ['3-faults/redis', '3-faults/postgres', '3-faults/backend', '3-faults/network'] },
  { id: '4-integrity', parts: ['4-integrity'] },
  { id: '5-candidate-experience', parts: ['5-candidate-experience'] },
  { id: '6-observability', parts: ['6-observability'] },
  { id: '7-recovery', parts: ['7-recovery'] },
] as const

/** How much of the seven phases a set of suite parts covers. */
export interface Coverage {
  readonly scope: 'full' | 'partial'
  /** Phases of which every part is there. */
  readonly complete: number
  /** Ids of phases of which only some parts are there. */
  readonly begun: readonly string[]
}

/** `parts` are suite ids, for example `2-load` or `3-faults/redis`; ids outside the seven phases count for nothing. */
export function coverage(parts: readonly string[]): Coverage {
  const have = new Set(parts)
  const complete = PHASES.filter((phase) => phase.parts.every((part) => have.has(part)))
  const begun = PHASES.filter((phase) => !complete.includes(phase) && phase.parts.some((part) => have.has(part)))
  return {
    scope: complete.length === PHASES.length ? 'full' : 'partial',
    complete: complete.length,
    begun: begun.map((phase) => phase.id),
  }
}

/** `2 of 7 phases`, `1 of 7 phases and a part of 3-faults`. */
export function describeCoverage({ complete, begun }: Pick<Coverage, 'complete' | 'begun'>): string {
  const rest = begun.length === 0 ? '' : ` and a part of ${begun.join(', ')}`
  return `${complete} of ${PHASES.length} phases${rest}`
}
