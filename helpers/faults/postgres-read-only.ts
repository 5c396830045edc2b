import pg from 'pg'
import { asAdmin, cutConnectionsOfOthers } from './admin-connection.ts'
import { DATABASE_TROUBLED } from './budget.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { untilGreen } from './look.ts'

const READ_ONLY = 'default_transaction_read_only'
/** Setting of the database that keeps what it had. */
const KEPT = 'exam_rehearsal.read_only_before'
const NOTHING = 'nothing'

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

/**
 * A default counts for new connections only, so those that there are have to go. What the database had before is kept in a
 * setting of its own: whoever heals puts that back, also when it is not who injected, and touches nothing that is not ours.
 */
async function setReadOnly(target: FaultTarget, readOnly: boolean): Promise<void> {
  await asAdmin(target, async (client) => {
    await client.query('SET default_transaction_read_only = off')
    const { rows } = await client.query<{ name: string; settings: string[] | null }>(
      `SELECT current_database() AS name,
              (SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
               WHERE datname = current_database() AND setrole = 0) AS settings`,
    )
    const { name, settings } = rows[0] as { name: string; settings: string[] | null }
    const database = pg.escapeIdentifier(name)
    const textOf = (setting: string): string | undefined =>
      settings?.find((one) => one.startsWith(`${setting}=`))?.slice(setting.length + 1)
    const kept = textOf(KEPT)
    const set = (setting: string, value: string) =>
      client.query(`ALTER DATABASE ${database} SET ${setting} = ${pg.escapeLiteral(value)}`)
    if (readOnly) {
      if (kept === undefined) await set(KEPT, textOf(READ_ONLY) ?? NOTHING)
      await set(READ_ONLY, 'on')
    } else {
      if (kept === undefined) return
      if (kept === NOTHING) await client.query(`ALTER DATABASE ${database} RESET ${READ_ONLY}`)
      else await set(READ_ONLY, kept)
      await client.query(`ALTER DATABASE ${database} RESET ${KEPT}`)
    }
    await cutConnectionsOfOthers(client)
  })
}
