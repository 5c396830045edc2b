import type pg from 'pg'
import { asAdmin, connectAsAdmin } from './admin-connection.ts'
import { NOT_NEEDED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilBack } from './not-mended.ts'

/** The lock that lets only one sweeper work at a time; whoever holds it turns all of them away (`sweep_expired`). */
const SWEEPER_LOCK = `hashtext('exam-backend.sweeper')`
/** A round of the sweeper ends well within this. */
const ROUND_ENDS_MS = 2_000
/** Longest time that the server waits for one of its own processes to end. */
const ENDED_WITHIN_MS = 2_000

/**
 * The lock of the sweeper is held, as by a sweeper that hangs: from outside, with nothing in the backend that helps. It
 * is felt when workers came to sweep since the injection, and whoever asks as they do is turned away; with a limit of no
 * sessions, so that asking never closes one. Whether the overdue were closed afterwards is judged by `swept-in-time`.
 */
export const backendSweeperStopped: FaultKind = {
  name: 'backend-sweeper-stopped',
  part: 'backend',
  contract:
    'Nobody closes sessions whose time is over: somebody holds the lock of the sweeper, and every worker that comes to sweep is turned away.',
  candidatesNotice: 'nothing',
  budget: NOT_NEEDED,
  needsWhole: ['postgres'],
  needsTables: 'reference',
  on: (target) => {
    let before: number | undefined
    return {
      inject: async () => {
        const holder = await connectAsAdmin(target)
        try {
          await holder.query(`SET lock_timeout = ${ROUND_ENDS_MS}`)
          await holder.query(`SELECT pg_advisory_lock(${SWEEPER_LOCK})`)
          before = await roundsOfBackend(holder)
        } catch (error) {
          await holder.end()
          throw error
        }
        // Not kept: whoever heals asks the server for the holder, so that another can.
      },
      wasFelt: () =>
        asAdmin(target, async (client) => {
          const { rows } = await client.query<{ closed: number }>('SELECT sweep_expired(0, 0) AS closed')
          const closed = rows[0]?.closed
          const rounds = await roundsOfBackend(client)
          return {
            felt: closed === -1 && before !== undefined && rounds > before,
            proof: `sweep_expired: ${closed} (-1: turned away); times that workers came to sweep: ${rounds}, before there were ${before}`,
          }
        }),
      heal: async (limit) => {
        await asAdmin(target, async (client) => {
          // A key of 64 bits is in two halves there.
          await client.query(
            `SELECT pg_terminate_backend(pid, ${ENDED_WITHIN_MS}) FROM pg_locks JOIN pg_stat_activity USING (pid)
             WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND usename = current_user
               AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND ((classid::bigint << 32) | objid::bigint) = ${SWEEPER_LOCK}::bigint`,
          )
        })
        await untilBack(target, 'backend', limit)
      },
    }
  },
}

/** How often the backend, and not the harness, has asked to sweep, by the server's own counters. */
async function roundsOfBackend(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ rounds: number }>(
    `SELECT coalesce(sum(calls), 0)::int AS rounds FROM pg_stat_statements
     WHERE query LIKE 'SELECT sweep\\_expired(%' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)`,
  )
  return (rows[0] as { rounds: number }).rounds
}
