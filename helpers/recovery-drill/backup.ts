import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Clock } from '../clock.ts'
import { untilAborted } from '../deadline.ts'
import { RehearsalError } from '../errors.ts'
import type { Deadline, Service } from '../host.ts'

/** Our own connections start with this; whoever counts those of the application leaves them out. */
const APPLICATION_NAME = 'exam-rehearsal backup'
const CONNECT_TIMEOUT_MS = 10_000
/** Where the backup lies, as the service sees it. */
const BACKUP_FOLDER = '/tmp'
const REASON_CHARS = 600
/** cannot_connect_now: the server is there and replays its log. */
const SQLSTATE_STARTING = '57P03'
/** The same, as the tools pass it on: in words, so of every release. */
const STARTING =
  /the database system is (?:starting up|in recovery mode|not yet accepting connections|not accepting connections)/
const STARTING_POLL_MS = 200
/** Set for everybody who connects to this database: `ALTER DATABASE ... SET ...`. */
const SETTINGS_OF_DATABASE = `
  SELECT split_part(setting, '=', 1) AS name
  FROM pg_db_role_setting s
  JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS setting
  WHERE d.datname = current_database() AND s.setrole = 0`

/** The moment that a backup shows, between two readings of the history's clock, µs since the run's epoch. */
export interface ConsistentPoint {
  /** Whatever was acknowledged by now is in the backup. */
  readonly fromUs: number
  /** Whatever was sent after this is not. */
  readonly toUs: number
}

/** A backup that was taken. */
export interface Backup {
  readonly point: ConsistentPoint
  /** From begin to end, milliseconds. */
  readonly tookMs: number
  readonly bytes: number
  /** Path as the service of the database sees it. */
  readonly path: string
}

/** The database that is backed up, and where its tools run. */
export interface BackupSource {
  /** The service of the database: the tools of its own version are there. */
  readonly service: Service
  /** The harness's administrative connection. */
  readonly databaseUrl: string
}

export interface BackupOptions {
  readonly clock: Clock
  /** For the whole backup, waiting for a server that is still starting included. */
  readonly limit: Deadline
  readonly commands?: BackupCommands
}

/** How the tools are called. In one place, because it is what an operator types as well. */
export interface BackupCommands {
  /** @param url of the database as its own service reaches it @param snapshot exported by `pg_export_snapshot()` */
  readonly dump: (url: string, snapshot: string, path: string) => readonly string[]
  readonly restore: (url: string, path: string) => readonly string[]
}

/**
 * A logical backup in the custom format, of exactly one snapshot. Restored in one transaction that ends at the first
 * error: half a database must not look like one.
 */
export const BACKUP_COMMANDS: BackupCommands = {
  dump: (url, snapshot, path) => ['pg_dump', '--format=custom', `--snapshot=${snapshot}`, `--file=${path}`, url],
  restore: (url, path) => ['pg_restore', '--single-transaction', '--exit-on-error', `--dbname=${url}`, path],
}

/**
 * Take a backup while the application works. The snapshot is exported by a connection of our own between two readings
 * of `clock`, and `pg_dump` reads nothing but that snapshot: so its consistent point is known to the millisecond, however
 * long the dump takes. From a server that says that it is still starting the backup is taken again, whole and of a new
 * snapshot, until `limit`: the drill comes right after a crash, and an operator would wait as well.
 *
 * @throws BACKUP_FAILED when a tool failed or the database did not answer, DEADLINE_EXCEEDED, INTERRUPTED
 */
export async function takeBackup(source: BackupSource, options: BackupOptions): Promise<Backup> {
  for (;;) {
    try {
      return await takeBackupOnce(source, options)
    } catch (error) {
      if (!isStarting(error)) throw error
      await untilAborted(() => sleep(STARTING_POLL_MS), options.limit.signal)
    }
  }
}

async function takeBackupOnce(
  { service, databaseUrl }: BackupSource,
  { clock, limit, commands = BACKUP_COMMANDS }: BackupOptions,
): Promise<Backup> {
  const path = `${BACKUP_FOLDER}/exam-rehearsal-${Math.round(clock.nowUs())}.dump`
  const startedUs = clock.nowUs()
  return withClient(databaseUrl, async (client) => {
    const { fromUs, toUs, snapshot } = await untilAborted(async () => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      // The snapshot is taken by the first statement.
      const fromUs = clock.nowUs()
      const { rows } = await client.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot')
      return { fromUs, toUs: clock.nowUs(), snapshot: rows[0]?.snapshot as string }
    }, limit.signal)
    await execute(service, commands.dump(urlInside(service, databaseUrl), snapshot, path), limit)
    const { stdout } = await execute(service, ['wc', '-c', path], limit)
    return {
      point: { fromUs, toUs },
      tookMs: (clock.nowUs() - startedUs) / 1_000,
      bytes: Number.parseInt(stdout, 10),
      path,
    }
  })
}

/** A backup in a database of its own. Dispose of it to drop that database. */
export interface RestoredDatabase extends AsyncDisposable {
  readonly databaseUrl: string
  readonly tookMs: number
}

/**
 * Restore a backup into a fresh, empty database of the same server, with the settings of the database that it is of.
 *
 * @throws BACKUP_FAILED when it cannot be restored; the fresh database is gone by then
 */
export async function restoreBackup(
  { service, databaseUrl }: BackupSource,
  backup: Pick<Backup, 'path'>,
  { limit, commands = BACKUP_COMMANDS }: { limit: Deadline; commands?: BackupCommands },
): Promise<RestoredDatabase> {
  const startedMs = performance.now()
  const database = `restored_${Date.now()}`
  const drop = async (): Promise<void> => {
    await withClient(databaseUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`))
  }
  await using undo = new AsyncDisposableStack()
  undo.defer(drop)
  // From template0: whatever somebody has put into template1 would be there twice.
  await withClient(databaseUrl, (client) => client.query(`CREATE DATABASE ${database} TEMPLATE template0`))
  const restored = withDatabase(databaseUrl, database)
  await execute(service, commands.restore(urlInside(service, restored), backup.path), limit)
  await copySettings(databaseUrl, database)
  const kept = undo.move()
  return {
    databaseUrl: restored,
    tookMs: performance.now() - startedMs,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/**
 * What is set for the database itself, such as where its names are looked for, is in no dump of what it holds. For when all
 * is restored, so that none of it is in the way.
 */
async function copySettings(databaseUrl: string, database: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(SETTINGS_OF_DATABASE)
    for (const { name } of rows) {
      const quoted = name.split('.').map((part) => client.escapeIdentifier(part))
      // This connection has what the database gives to everybody.
      await client.query(`ALTER DATABASE ${database} SET ${quoted.join('.')} FROM CURRENT`)
    }
  })
}

async function execute(service: Service, command: readonly string[], limit: Deadline): Promise<{ stdout: string }> {
  let result: Awaited<ReturnType<Service['exec']>>
  try {
    result = await untilAborted(() => service.exec(command), limit.signal)
  } catch (cause) {
    if (limit.signal.aborted) throw cause
    throw failed(command, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const { exitCode, stdout, stderr } = result
  if (exitCode !== 0)
    throw failed(command, `exit code ${exitCode}: ${(stderr || stdout).trim().slice(0, REASON_CHARS)}`)
  return { stdout }
}

/** The address of a database as its own service reaches it, with the credentials of the harness. */
function urlInside(service: Service, databaseUrl: string): string {
  const url = new URL(databaseUrl)
  const { host, port } = service.address('sql', 'peer')
  url.hostname = host
  url.port = String(port)
  url.searchParams.set('application_name', APPLICATION_NAME)
  return url.href
}

function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${database}`
  return url.href
}

async function withClient<Result>(databaseUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  // The next statement reports a connection that broke; without a listener it would end the whole process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } catch (cause) {
    if (cause instanceof RehearsalError) throw cause
    throw failed(['connect to the database'], cause instanceof Error ? cause.message : String(cause), cause)
  } finally {
    // A connection that is gone needs no farewell: what went wrong on it has been thrown.
    await client.end().catch(() => undefined)
  }
}

/** The server was reached, by us or by the tool, and says that it is on its way. */
function isStarting(error: unknown): boolean {
  if (!(error instanceof RehearsalError) || error.code !== 'BACKUP_FAILED') return false
  return error.cause instanceof pg.DatabaseError ? error.cause.code === SQLSTATE_STARTING : STARTING.test(error.seen)
}

/** The command is named without its arguments: one of them is an address with a password. */
function failed([program]: readonly string[], seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('BACKUP_FAILED', {
    expected: `${program} succeeds`,
    seen,
    next: 'Run it by hand on a stage that is left standing (--keep); without a backup its restore cannot be judged.',
    service: 'PostgreSQL',
    ...(cause === undefined ? {} : { cause }),
  })
}
