import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { preflightCommand } from './preflight-command.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What it says of a database that answers each question with these rows; on a real one it is tried in tools.contract.test.ts. */
async function saidOf(answer: (sql: string) => readonly object[]): Promise<{ code: number; said: string }> {
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'end').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation((async (sql: string) => ({ rows: answer(sql) })) as never)
  const said: string[] = []
  const code = await preflightCommand(['--database-url', 'postgres://x@db/x'], {}, (line) => said.push(line))
  return { code, said: said.join('\n') }
}

const healthy = (sql: string): readonly object[] => {
  if (sql.includes('synchronous_commit')) return [{ name: 'fsync', value: 'on', required: 'on', holds: true }]
  if (sql.includes('to_regclass(name)')) return [{}]
  if (sql.includes('max_connections')) return [{ allowed: 97, used: 3, sees_others: true }]
  if (sql.includes('clock_timestamp')) return [{ now_ms: Date.now() }]
  return []
}

test('all is well', async () => {
  const { code, said } = await saidOf(healthy)
  expect(said).toMatch(/\[yes\] the constraints/)
  expect(said).toMatch(/\[yes\] at least 20 % of the database's connections are free: 3 of 97 are used/)
  expect(code).toBe(0)
})

test('a role that sees its own connection alone does not call all others free', async () => {
  const { code, said } = await saidOf((sql) =>
    sql.includes('max_connections') ? [{ allowed: 97, used: 0, sees_others: false }] : healthy(sql),
  )
  expect(said).toMatch(/\[ \? \] connections can be asked: .*pg_read_all_stats/)
  expect(said).not.toContain('are free')
  expect(code).toBe(2)
})

test('keys of tables that are called otherwise are not missing', async () => {
  const key = { promise: 'an answer belongs to a session', table_name: 'session_answers', columns: 'session_id' }
  const elsewhere = await saidOf((sql) => {
    if (sql.includes('to_regclass(name)')) return []
    return sql.includes('unique_indexes') ? [key] : healthy(sql)
  })
  expect(elsewhere.said).toMatch(/\[ \? \] constraints can be asked: none of .*session_answers.* is there/)
  expect(elsewhere.code).toBe(2)
  const { code, said } = await saidOf((sql) => (sql.includes('unique_indexes') ? [key] : healthy(sql)))
  expect(said).toMatch(/\[NO \] the constraints .*an answer belongs to a session \(session_answers\.session_id\)/)
  expect(code).toBe(1)
})
