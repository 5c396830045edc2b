import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { databaseProblems } from './database-problems.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What a real database answers is tried in fixtures/sql.contract.test.ts and bin/outside.contract.test.ts. */
test('a copy that follows the server is refused: an answer that has not reached it would count as lost', async () => {
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'end').mockImplementation(async () => undefined)
  const seenOf = async (copies: number) => {
    vi.spyOn(pg.Client.prototype, 'query').mockImplementation((async (sql: string) => {
      if (sql.includes('pg_is_in_recovery')) return { rows: [{ copies }] }
      if (sql.includes('pg_has_role')) return { rows: [{ sees: 1 }] }
      return { rows: [{ tables: sql.includes('string_agg') ? null : 0 }] }
    }) as never)
    const problems = await databaseProblems({ databaseUrl: 'postgres://db', map: (sql) => sql, others: 'none' })
    return problems.map(({ seen }) => seen)
  }
  expect(await seenOf(0)).toEqual([])
  expect(await seenOf(1)).toEqual(['a copy of it that follows (pg_is_in_recovery)'])
})
