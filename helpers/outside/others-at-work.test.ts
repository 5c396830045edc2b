import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadMapping, mapSql } from '../platform/map-sql.ts'
import { OTHERS_AT_WORK } from './others-at-work.ts'

/** What it counts in a database is tried in bin/outside.contract.test.ts. */
test('only sessions that go on are counted, also of a platform with tables of its own', async () => {
  for (const words of [`s.status = 'ACTIVE'`, '(s.expires_at > now()) IS NOT FALSE'])
    expect(OTHERS_AT_WORK).toContain(words)
  const aula = await loadMapping(fileURLToPath(new URL('../../examples/other-platform/schema', import.meta.url)))
  const mapped = mapSql(OTHERS_AT_WORK, aula)
  expect(mapped).toMatch(/^WITH .*test_sessions AS NOT MATERIALIZED/s)
  expect(mapped).toMatch(/CASE a\.state WHEN 'open' THEN 'ACTIVE'/)
  expect(mapped).toMatch(/a\.deadline AS expires_at/)
})
