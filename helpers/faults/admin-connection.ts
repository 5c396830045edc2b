import pg from 'pg'
import type { FaultTarget } from './fault.ts'

/** Who these connections belong to, for whoever reads `pg_stat_activity` or the server's log. */
const APPLICATION_NAME = 'exam-rehearsal fault'

const TIMEOUT_MS = 5_000

/** Connections that belong to whatever is rehearsed: not to the harness, not to the server itself. */
export const CONNECTIONS_OF_OTHERS = `backend_type = 'client backend' AND datname = current_database()
  AND usename <> current_user AND pid <> pg_backend_pid()`

/** An administrative connection past the proxy, to be closed by whoever asked. */
export async function connectAsAdmin(target: FaultTarget): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: target.databaseUrl(),
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  })
  // A connection that a fault of another part ends is no news; its next statement rejects.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Run statements on an administrative connection, and close it. */
export async function asAdmin<T>(target: FaultTarget, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectAsAdmin(target)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** End every connection of others. @returns process ids of the server processes that were ended */
export async function cutConnectionsOfOthers(client: pg.Client): Promise<readonly number[]> {
  const { rows } = await client.query<{ pid: number; ended: boolean }>(
    `SELECT pid, pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE ${CONNECTIONS_OF_OTHERS}`,
  )
  return rows.filter(({ ended }) => ended).map(({ pid }) => pid)
}
