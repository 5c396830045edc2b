import pg from 'pg'
import { asAdmin, CONNECTIONS_OF_OTHERS, cutConnectionsOfOthers } from './admin-connection.ts'
import { DATABASE_AWAY } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'

/** Setting of a role that keeps the limit it had, so that whoever heals puts back what was there, and nothing else. */
const LIMIT_BEFORE = 'exam_rehearsal.connection_limit'

export const postgresPoolExhausted: FaultKind = {
  name: 'postgres-pool-exhausted',
  part: 'postgres',
  contract:
    'PostgreSQL has no connection left for the backend: those it had are ended, and each new one is refused (53300).',
  candidatesNotice: 'interruption',
  budget: DATABASE_AWAY,
  needsWhole: ['backend'],
  bySql: true,
  on: (target) => {
    let limited = 0
    return {
      inject: () =>
        asAdmin(target, async (client) => {
          const { rows } = await client.query<{ name: string; limit: number }>(
            `SELECT DISTINCT rolname AS name, rolconnlimit AS "limit" FROM pg_stat_activity JOIN pg_roles ON rolname = usename
             WHERE ${CONNECTIONS_OF_OTHERS}`,
          )
          for (const { name, limit } of rows) {
            const role = pg.escapeIdentifier(name)
            await client.query(`ALTER ROLE ${role} SET ${LIMIT_BEFORE} = '${limit}'`)
            await client.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`)
            limited += 1
          }
          await cutConnectionsOfOthers(client)
        }),
      wasFelt: () =>
        asAdmin(target, async (client) => {
          const { rows } = await client.query(`SELECT pid FROM pg_stat_activity WHERE ${CONNECTIONS_OF_OTHERS}`)
          const felt = limited > 0 && rows.length === 0
          return {
            felt,
            proof: `roles without a connection left: ${limited}; connections they have: ${rows.length}`,
          }
        }),
      heal: async (limit) => {
        await asAdmin(target, async (client) => {
          // Also what a harness left that did not live to heal it.
          const { rows } = await client.query<{ name: string; before: string }>(
            `SELECT rolname AS name, split_part(kept, '=', 2) AS before
             FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole, unnest(setconfig) AS kept
             WHERE setdatabase = 0 AND split_part(kept, '=', 1) = $1`,
            [LIMIT_BEFORE],
          )
          for (const { name, before } of rows) {
            const role = pg.escapeIdentifier(name)
            await client.query(`ALTER ROLE ${role} CONNECTION LIMIT ${Number.parseInt(before, 10)}`)
            await client.query(`ALTER ROLE ${role} RESET ${LIMIT_BEFORE}`)
          }
        })
        await untilGreen(target, 'postgres', limit)
      },
    }
  },
}
