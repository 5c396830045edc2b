import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { postgresPulse } from './probe-postgres.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What a real database answers is tried in fixtures/observability.contract.test.ts. */
test('a role that sees its own connections alone knows no figure of the others', async () => {
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'end').mockImplementation(async () => undefined)
  const sqlDir = fileURLToPath(new URL('../../sql/', import.meta.url))
  const look = async (seesOthers: boolean) => {
    vi.spyOn(pg.Client.prototype, 'query').mockImplementation((async () => ({
      rows: [{ connections: 3, server_now: Date.now() / 1_000, sees_others: seesOthers }],
    })) as never)
    await using source = postgresPulse({ databaseUrl: () => 'postgres://db', sqlDir })
    return source.look(new AbortController().signal)
  }
  expect(await look(true)).toEqual({ connections: 3, clock: expect.anything() })
  await expect(look(false)).rejects.toThrow('pg_read_all_stats')
})
