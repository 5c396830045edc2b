import pg from 'pg'
import { asAdmin, CONNECTIONS_OF_OTHERS, cutConnectionsOfOthers } from './admin-connection.ts'
import { DATABASE_AWAY } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'

export const postgresPoolExhausted: FaultKind = {
  name: 'postgres-pool-exhausted',
  part: 'postgres',
  contract:
    'PostgreSQL has no connection left for the backend: those it had are ended, and each new one is refused (53300).',
  candidatesNotice: 'interruption',
  budget: DATABASE_AWAY,
  needsWhole: ['backend'],
  on: (target) => {
    let roles: readonly { readonly name: string; readonly limit: number }[] = []
    return {
      inject: () =>
        asAdmin(target, async (client) => {
          const { rows } = await client.query<{ name: string; limit: number }>(
            `SELECT DISTINCT rolname AS name, rolconnlimit AS "limit" FROM pg_stat_activity JOIN pg_roles ON rolname = usename
             WHERE ${CONNECTIONS_OF_OTHERS}`,
          )
          roles = rows
          await setLimits(
            client,
            rows.map(({ name }) => ({ name, limit: 0 })),
          )
          await cutConnectionsOfOthers(client)
        }),
      wasFelt: () =>
        asAdmin(target, async (client) => {
          const { rows } = await client.query(`SELECT pid FROM pg_stat_activity WHERE ${CONNECTIONS_OF_OTHERS}`)
          const felt = roles.length > 0 && rows.length === 0
          return {
            felt,
            proof: `roles without a connection left: ${roles.length}; connections they have: ${rows.length}`,
          }
        }),
      heal: async (limit) => {
        await asAdmin(target, async (client) => {
          await setLimits(client, roles)
          // Left by a harness that did not live to heal it; -1, no limit, is PostgreSQL's own default.
          const { rows } = await client.query<{ name: string }>(
            'SELECT rolname AS name FROM pg_roles WHERE rolcanlogin AND rolconnlimit = 0',
          )
          await setLimits(
            client,
            rows.map(({ name }) => ({ name, limit: -1 })),
          )
        })
        await untilGreen(target, 'postgres', limit)
      },
    }
  },
}

async function setLimits(client: pg.Client, roles: readonly { name: string; limit: number }[]): Promise<void> {
  for (const { name, limit } of roles) {
    await client.query(`ALTER ROLE ${pg.escapeIdentifier(name)} CONNECTION LIMIT ${limit}`)
  }
}
