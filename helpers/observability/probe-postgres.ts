import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { type ClockOffset, clockOffset, wallClockMs } from './clocks.ts'
import type { Source } from './source.ts'

/** Starts like all our connections, so that nothing of ours is mistaken for the application. */
const APPLICATION_NAME = 'exam-rehearsal sampler'
const TIMEOUT_MS = 2_000

/** One row of `sql/metrics/activity.sql`. Ages are null where there is no such transaction. */
export interface PostgresPulse {
  readonly max_connections: number
  readonly reserved_connections: number
  readonly connections: number
  readonly own_connections: number
  readonly active: number
  readonly idle: number
  readonly idle_in_transaction: number
  readonly waiting_for_lock: number
  readonly locks_not_granted: number
  readonly longest_transaction_s: number | null
  readonly longest_idle_in_transaction_s: number | null
  /** Seconds since 1970; another value means that the server was started anew. */
  readonly server_started_at: number
  /** Its clock minus ours. */
  readonly clock: ClockOffset
}

/** What is read less often: rows as the files of `sql/metrics/` give them. */
export interface PostgresWork {
  readonly database: readonly Readonly<Record<string, unknown>>[]
  readonly tables: readonly Readonly<Record<string, unknown>>[]
  readonly statements: readonly Readonly<Record<string, unknown>>[]
  readonly sessions: readonly Readonly<Record<string, unknown>>[]
}

export interface PostgresAddress {
  /** Asked for each new connection: ports move when the server restarts. Never through a proxy. */
  readonly databaseUrl: () => string
  /** Folder `sql/`. */
  readonly sqlDir: string
}

/** Ask what every connection is doing. */
export function postgresPulse(address: PostgresAddress): Source<PostgresPulse> {
  return postgresSource(address, ['activity'], async (read) => {
    const askedMs = wallClockMs()
    const [row] = await read('activity')
    if (row === undefined) throw new Error('activity.sql gave no row')
    const {
      server_now: nowS,
      sees_others: seesOthers,
      ...pulse
    } = row as { readonly server_now: number; readonly sees_others: boolean } & Omit<PostgresPulse, 'clock'>
    if (!seesOthers) throw new Error('the role may not see what others do: GRANT pg_read_all_stats')
    return { ...pulse, clock: clockOffset(nowS * 1_000, askedMs, wallClockMs()) }
  })
}

/** Ask what the server has done: statements, tables, checkpoints, sessions. */
export function postgresWork(address: PostgresAddress): Source<PostgresWork> {
  // Of a night that is looked at every second the same twenty texts would else be kept thousands of times.
  const texts = new Map<unknown, unknown>()
  const once = (text: unknown): unknown => {
    if (!texts.has(text)) texts.set(text, text)
    return texts.get(text)
  }
  return postgresSource(address, ['database', 'tables', 'statements', 'sessions'], async (read) => ({
    database: await read('database'),
    tables: await read('tables'),
    statements: (await read('statements')).map((row) => ({ ...row, query: once(row.query) })),
    sessions: await read('sessions'),
  }))
}

type Read<Name> = (name: Name) => Promise<Readonly<Record<string, unknown>>[]>

/** A connection of its own that is kept while it works, and thrown away with the first error. */
function postgresSource<Name extends string, Value>(
  { databaseUrl, sqlDir }: PostgresAddress,
  names: readonly Name[],
  ask: (read: Read<Name>) => Promise<Value>,
): Source<Value> {
  let client: pg.Client | undefined
  let queries: Promise<Map<Name, string>> | undefined

  const connect = async (): Promise<pg.Client> => {
    const connecting = new pg.Client({
      connectionString: databaseUrl(),
      application_name: APPLICATION_NAME,
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      statement_timeout: TIMEOUT_MS,
    })
    // Without a listener an idle connection that breaks would end the whole process; the next query reports it anyway.
    connecting.on('error', unheard)
    await connecting.connect()
    return connecting
  }
  const discard = async (): Promise<void> => {
    const discarded = client
    client = undefined
    // A server that hangs never takes leave, and one that is gone needs no farewell.
    await Promise.race([discarded?.end().catch(unheard), new Promise((resolve) => setTimeout(resolve, 100))])
  }

  return {
    async look() {
      queries ??= readQueries(sqlDir, names)
      const texts = await queries
      try {
        client ??= await connect()
        const asked = client
        // With a name the server plans it once a connection: for the tables that is most of what a look costs it.
        return await ask(async (name) => {
          const { rows } = await asked.query({ name: `exam-rehearsal ${name}`, text: texts.get(name) as string })
          return rows
        })
      } catch (error) {
        await discard()
        throw error
      }
    },
    [Symbol.asyncDispose]: discard,
  }
}

async function readQueries<Name extends string>(sqlDir: string, names: readonly Name[]): Promise<Map<Name, string>> {
  const entries = names.map(
    async (name) => [name, await readFile(join(sqlDir, 'metrics', `${name}.sql`), 'utf8')] as const,
  )
  return new Map(await Promise.all(entries))
}

function unheard(_error: unknown): void {
  // See the callers: whoever asks next meets the same failure.
}
