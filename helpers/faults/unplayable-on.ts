import { answersTableOf, type PlatformTables } from './answers-table.ts'
import { FAULTS } from './catalogue.ts'
import type { FaultKind } from './fault.ts'

/** A fault that is not played, and why. */
export interface Unplayable {
  readonly name: string
  readonly reason: string
}

/**
 * The faults that cannot be played on a platform, because they break a table or a lock that it does not have or does not
 * name. They would fail each time, and a phase in which one of them is drawn could never be decided.
 *
 * @param kinds the catalogue
 */
export function unplayableOn(platform: PlatformTables, kinds: readonly FaultKind[] = FAULTS): readonly Unplayable[] {
  return kinds.flatMap(({ name, needsTables }) => {
    if (needsTables === 'answers' && answersTableOf(platform) === null)
      return [{ name, reason: 'the platform does not say in which table answers are written (answersTable)' }]
    if (needsTables === 'reference' && platform.schema !== undefined)
      return [{ name, reason: 'it holds a lock of the reference, and the platform has tables of its own' }]
    return []
  })
}
