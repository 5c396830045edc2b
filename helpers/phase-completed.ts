import type { Verdict } from './verdict.ts'

/** The check that a phase came to its own end, without its answer. */
export const PHASE_COMPLETED = {
  id: 'phase-completed',
  title: 'The rehearsal of this phase ran to its end',
  gate: 'load-offered',
  counts: {},
  violations: 0,
  examples: [],
} as const satisfies Omit<Verdict, 'valid'>

/** Unknown, and why: a phase that was cut short proves nothing about what it did not get to. */
export function phaseNotCompleted(reason: string): Verdict {
  return { ...PHASE_COMPLETED, valid: 'unknown', reason }
}
