import type pg from 'pg'
import { asAdmin, connectAsAdmin } from './admin-connection.ts'
import { DATABASE_TROUBLED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { answersTable } from './hot-table.ts'
import { untilGreen } from './look.ts'

export const postgresMigrationWaiting: FaultKind = {
  name: 'postgres-migration-waiting',
  part: 'postgres',
  contract:
    "A migration waits for the table of answers behind somebody's long transaction that has read it, and everybody who comes later waits behind the migration, readers as well.",
  candidatesNotice: 'interruption',
  budget: DATABASE_TROUBLED,
  needsTables: 'answers',
  needsWhole: ['backend', 'network'],
  bySql: true,
  on: (target) => {
    let connections: { readonly client: pg.Client; readonly pid: number }[] = []
    const connect = async () => {
      const client = await connectAsAdmin(target)
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      const connection = { client, pid: rows[0]?.pid as number }
      connections.push(connection)
      await client.query('BEGIN')
      return connection
    }
    return {
      inject: async () => {
        const reader = await connect()
        await reader.client.query(`SELECT 1 FROM ${answersTable(target)} LIMIT 1`)
        const migration = await connect()
        // What ALTER TABLE does first. Not awaited: that it waits is the fault; ending it is what makes it reject.
        migration.client.query(`LOCK TABLE ${answersTable(target)} IN ACCESS EXCLUSIVE MODE`).catch(() => undefined)
      },
      wasFelt: () =>
        asAdmin(target, async (client) => {
          const own = connections.map(({ pid }) => pid)
          const { rows } = await client.query<{ migrations: number; others: number }>(
            `SELECT count(*) FILTER (WHERE pid = ANY ($2))::int AS migrations,
                    count(*) FILTER (WHERE NOT pid = ANY ($2))::int AS others
             FROM pg_locks WHERE relation = $1::regclass AND NOT granted`,
            [answersTable(target), own],
          )
          const { migrations, others } = rows[0] as { migrations: number; others: number }
          return {
            felt: migrations > 0 && others > 0,
            proof: `waiting for ${answersTable(target)}: ${migrations} migration, and ${others} statements behind it`,
          }
        }),
      heal: async (limit) => {
        const own = connections.toReversed()
        // By the server, the migration first: a connection that waits for a lock does not hear that its client leaves.
        await asAdmin(target, async (client) => {
          for (const { pid } of own) await client.query('SELECT pg_terminate_backend($1, 2000)', [pid])
        })
        connections = []
        await untilGreen(target, 'postgres', limit)
      },
    }
  },
}
