import type { Expectations } from './checker.ts'

/** Files of `sql/invariants/` whose rows go away only when somebody in the backend goes on working. */
const NEEDS_A_BACKEND: ReadonlySet<string> = new Set(['active-past-expiry', 'idle-in-transaction'])

/**
 * Whether a row of this invariant may be there because a fault could not be healed: while the backend is still broken
 * nobody closes what is over. Then it proves nothing against the backend; that the fault was not healed is told elsewhere.
 */
export function mayBeLeftByFault(invariant: string, { faults }: Pick<Expectations, 'faults'>): boolean {
  return NEEDS_A_BACKEND.has(invariant) && faults?.some(({ toUs }) => toUs === null) === true
}
