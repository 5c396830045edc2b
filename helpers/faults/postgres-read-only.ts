import pg from 'pg'
import { asAdmin, cutConnectionsOfOthers } from './admin-connection.ts'
import { DATABASE_TROUBLED } from './budget.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { untilGreen } from './look.ts'

export const postgresReadOnly: FaultKind = {
  name: 'postgres-read-only',
  part: 'postgres',
  contract: 'The database only lets itself be read, as a standby does after a failover: each write is refused (25006).',
  candidatesNotice: 'interruption',
  budget: DATABASE_TROUBLED,
  bySql: true,
  on: (target) => ({
    inject: () => setReadOnly(target, true),
    wasFelt: () =>
      asAdmin(target, async (client) => {
        const { rows } = await client.query<{ read_only: string }>(
          `SELECT current_setting('transaction_read_only') AS read_only`,
        )
        const seen = rows[0]?.read_only
        return { felt: seen === 'on', proof: `transaction_read_only of a new connection: ${seen}` }
      }),
    heal: async (limit) => {
      await setReadOnly(target, false)
      await untilGreen(target, 'postgres', limit)
    },
  }),
}

/** A default counts for new connections only, so those that there are have to go. */
async function setReadOnly(target: FaultTarget, readOnly: boolean): Promise<void> {
  await asAdmin(target, async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name')
    const database = pg.escapeIdentifier(rows[0]?.name ?? '')
    await client.query('SET default_transaction_read_only = off')
    await client.query(
      readOnly
        ? `ALTER DATABASE ${database} SET default_transaction_read_only = on`
        : `ALTER DATABASE ${database} RESET default_transaction_read_only`,
    )
    await cutConnectionsOfOthers(client)
  })
}
