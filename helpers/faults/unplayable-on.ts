import type { ExamPlatform } from '../platform/exam-platform.ts'
import { FAULTS } from './catalogue.ts'
import type { FaultKind } from './fault.ts'

/** Where the reference writes every answer. */
export const REFERENCE_ANSWERS = 'session_answers'

/** What decides which faults can be played on a platform. */
export type PlatformTables = Pick<ExamPlatform, 'schema' | 'answersTable'>

/** A fault that is not played, and why. */
export interface Unplayable {
  readonly name: string
  readonly reason: string
}

/** The table of answers, as it stands in SQL; null when the platform has its own tables and does not say which it is. */
export function answersTableOf({ schema, answersTable }: PlatformTables): string | null {
  if (answersTable === undefined) return schema === undefined ? REFERENCE_ANSWERS : null
  return answersTable
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
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
