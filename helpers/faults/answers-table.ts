import type { ExamPlatform } from '../platform/exam-platform.ts'

/** Where the reference writes every answer. */
export const REFERENCE_ANSWERS = 'session_answers'

/** What a platform says of its tables. */
export type PlatformTables = Pick<ExamPlatform, 'schema' | 'answersTable'>

/** The table of answers, as it stands in SQL; null when the platform has its own tables and does not say which it is. */
export function answersTableOf({ schema, answersTable }: PlatformTables): string | null {
  if (answersTable === undefined) return schema === undefined ? REFERENCE_ANSWERS : null
  return answersTable
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}
