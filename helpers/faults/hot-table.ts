import { RehearsalError } from '../errors.ts'
import type { FaultTarget } from './fault.ts'

/**
 * Where every answer is written, as it stands in SQL.
 * @throws FAULT_NOT_SET when the platform does not say; such a fault is not drawn there, but may be asked for by hand.
 */
export function answersTable({ answersTable }: Pick<FaultTarget, 'answersTable'>): string {
  if (answersTable !== null) return answersTable
  throw new RehearsalError('FAULT_NOT_SET', {
    expected: 'a platform that says in which table answers are written',
    seen: 'tables of its own, and no answersTable in its adapter',
    next: 'Name it there (docs/adapter.md), or play another fault.',
  })
}
