import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import type { Evidence, InvariantRows, Rows } from './checkers/evidence-rows.ts'
import { waitUntil } from './deadline.ts'
import { RehearsalError } from './errors.ts'
import { AS_PRINTED, readByKind, storedByKind } from './evidence-values.ts'
import { readLines } from './history/read-lines.ts'
import type { Deadline } from './host.ts'

/** Our own connections start with this name; what reads must not be mistaken for the application. */
const OWN_APPLICATION_PREFIX = 'exam-rehearsal'
const APPLICATION_NAME = `${OWN_APPLICATION_PREFIX} evidence`
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 120_000
const QUIESCENCE_POLL_MS = 100
const ROWS_PER_TURN = 20_000
const REPEATED_COLUMNS = ['session_id', 'question_id'] as const
/**
 * Of our own connections, which come when the exam is over and have the database to themselves: the invariants compare
 * whole tables, so their hashes and sorts stay in memory. No parallel workers: they share their hashes through /dev/shm,
 * of which a container has 64 MB, and a query that finds it full fails. Compiling (JIT) costs more than it gains. They
 * change no plan of the application.
 */
export const EVIDENCE_SETTINGS = {
  work_mem: '256MB',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
} as const
/** Between two statements of one request nothing is active; so one quiet look proves little. */
const QUIET_LOOKS_IN_A_ROW = 3

/** The fields of `Evidence` that one query fills, with its file below `sql/`. */
const ROW_FILES = {
  sessions: 'evidence/sessions.sql',
  answers: 'evidence/answers.sql',
  closingEvents: 'evidence/closing-events.sql',
  papers: 'evidence/papers.sql',
  settings: 'preconditions.sql',
} as const

type RowField = keyof typeof ROW_FILES

/** Whose rows a field holds: what its columns mean is said there. */
const RELATION_OF: Readonly<Partial<Record<RowField, string>>> = {
  sessions: 'test_sessions',
  answers: 'session_answers',
  closingEvents: 'attempt_events',
  papers: 'session_questions',
}

/** A statement over the tables of the reference, as it is asked of another platform. */
export type MapSql = (sql: string) => string

const asItIs: MapSql = (sql) => sql

export interface EvidenceSource {
  readonly databaseUrl: string
  /** The folder `sql/`. */
  readonly sqlDir: string
  /** Grace after expiry, seconds; the queries see it as the setting `rehearsal.grace_seconds`. */
  readonly graceSeconds: number
  /**
   * Which rows of a list are kept; the others are only counted, so that a database of many years fits into memory. Absent: all.
   */
  readonly keeps?: (field: Exclude<RowField, 'settings'>, row: object) => boolean
}

/**
 * Read what the database holds, after heal and quiesce: the rows of `sql/evidence/`, the durability settings, and every
 * file of `sql/invariants/`. All in one read-only, repeatable-read snapshot.
 *
 * A query that fails becomes `known: false` with its reason and does not disturb the others; when the database cannot
 * be reached, all of them do. Nothing is ever an empty list because reading it failed.
 *
 * @throws EVIDENCE_UNREADABLE when a file of queries is missing: then the rehearsal itself is incomplete.
 */
export async function readEvidence(source: EvidenceSource): Promise<Evidence> {
  const queries = await loadQueries(source.sqlDir)
  let client: pg.Client
  try {
    client = await connect(source.databaseUrl)
  } catch (error) {
    return readAll(queries, async () => unknown(`the database could not be reached: ${describe(error)}`))
  }
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query("SELECT set_config('rehearsal.grace_seconds', $1, true)", [String(source.graceSeconds)])
    // Of rows that a policy hides nobody would know: a query that would leave any out fails instead. For this transaction
    // alone: behind a pooler the connection is the application's next.
    await client.query('SET LOCAL row_security = off')
    const { rows } = await client.query<{ sees_others: boolean }>(`SELECT ${SEES_OTHERS} AS sees_others`)
    const isBlind = rows[0]?.sees_others !== true
    const { keeps } = source
    return await readAll(queries, async (sql, field) => {
      // Who is idle has no state there for such a role: nobody would be found.
      if (isBlind && READS_OTHERS.test(sql)) return unknown(BLIND)
      const relation = field === undefined ? undefined : RELATION_OF[field]
      if (keeps === undefined || field === undefined || field === 'settings') return readRows(client, sql, relation)
      return readRows(client, sql, relation, (row) => keeps(field, row))
    })
  } catch (error) {
    return readAll(queries, async () => unknown(`the snapshot could not be taken: ${describe(error)}`))
  } finally {
    await disconnect(client)
  }
}

/** Whether the role sees in pg_stat_activity what other roles do; otherwise it has NULL there. For SQL. */
export const SEES_OTHERS = `pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')`
const READS_OTHERS = /\bpg_stat_activity\b/
const BLIND = 'the role may not see what others do: GRANT pg_read_all_stats'

/** Whether the application had nothing in hand any more; see {@link waitForQuiescence}. */
export interface Quiescence {
  readonly quiet: boolean
  readonly asked: boolean
  readonly heldMs: number | null
  readonly heldThroughout: boolean
  readonly seen: string
}

/**
 * Wait until the application has nothing in hand: no open transaction, and no session still ACTIVE after its expiry
 * plus grace (the sweeper is due). Never throws because it took too long: rows that are read anyway may prove a
 * violation, such as a sweeper that does not sweep.
 *
 * @returns `quiet: false` with what was last seen when the deadline passed, or the database could not be asked; `asked: false`
 *   when it could not, so that nobody knows what is still under way. `heldMs`: how long the oldest transaction that has
 *   written, or waits for a lock to write, was open at the last look; null: there was none. `heldThroughout`: it was open
 *   at the first look already.
 */
export async function waitForQuiescence(
  databaseUrl: string,
  deadline: Deadline,
  graceSeconds: number,
  map: MapSql = asItIs,
): Promise<Quiescence> {
  let firstLookMs: number | undefined
  let seen = 'nothing yet'
  let heldMs: number | null = null
  let heldThroughout = false
  let asked = false
  let client: pg.Client | undefined
  try {
    client = await connect(databaseUrl)
    const open = client
    let quietLooks = 0
    await waitUntil(
      async () => {
        const busy = await countBusy(open, graceSeconds, map)
        asked = true
        // Its age and the time that has passed are of the same look: by the deadline more has passed.
        firstLookMs ??= performance.now()
        heldMs = busy.held_ms
        heldThroughout = heldMs !== null && heldMs >= performance.now() - firstLookMs
        seen = `${busy.transactions} open transactions, ${busy.overdue} sessions ACTIVE past their expiry`
        quietLooks = busy.transactions === 0 && busy.overdue === 0 ? quietLooks + 1 : 0
        return quietLooks >= QUIET_LOOKS_IN_A_ROW
      },
      { deadline, everyMs: QUIESCENCE_POLL_MS, describe: () => seen, service: 'PostgreSQL' },
    )
    return { quiet: true, asked, heldMs, heldThroughout, seen }
  } catch (error) {
    if (error instanceof RehearsalError && error.code === 'INTERRUPTED') throw error
    const timedOut = error instanceof RehearsalError && error.code === 'DEADLINE_EXCEEDED'
    return {
      quiet: false,
      asked: asked && timedOut,
      heldMs,
      heldThroughout,
      seen: timedOut ? seen : `${seen}; then: ${describe(error)}`,
    }
  } finally {
    if (client !== undefined) await disconnect(client)
  }
}

/**
 * How long the last open session of an exam still has, by the rows and the clock of the database.
 *
 * @returns milliseconds, negative when its time is over; null when no session is open.
 * @throws EVIDENCE_UNREADABLE when the database cannot be asked.
 */
export async function millisecondsToLastExpiry(
  databaseUrl: string,
  examId: string,
  map: MapSql = asItIs,
): Promise<number | null> {
  let client: pg.Client | undefined
  try {
    client = await connect(databaseUrl)
    const { rows } = await client.query<{ left_ms: number | null }>(
      map(`SELECT (extract(epoch FROM max(expires_at) - clock_timestamp()) * 1000)::float8 AS left_ms
       FROM test_sessions WHERE status = 'ACTIVE' AND exam_id::text = $1`),
      [examId],
    )
    return rows[0]?.left_ms ?? null
  } catch (cause) {
    throw new RehearsalError('EVIDENCE_UNREADABLE', {
      expected: 'the database says when its open sessions expire',
      seen: describe(cause),
      next: 'Look at the log of PostgreSQL; without it nobody knows how long to wait for who vanished.',
      service: 'PostgreSQL',
      cause,
    })
  } finally {
    if (client !== undefined) await disconnect(client)
  }
}

/**
 * Write evidence to `dir`, one NDJSON file a query, so that a run can be judged again and looked into with any tool.
 * The first line of a file says whether its rows are known and how many there are.
 */
export async function storeEvidence(evidence: Evidence, dir: string): Promise<void> {
  await mkdir(join(dir, 'invariants'), { recursive: true })
  for (const field of Object.keys(ROW_FILES) as RowField[]) {
    await writeFile(join(dir, `${field}.ndjson`), serialise(evidence[field], {}))
  }
  for (const { id, title, rows } of evidence.invariants) {
    await writeFile(join(dir, 'invariants', `${id}.ndjson`), serialise(rows, { title }))
  }
}

/**
 * Read what `storeEvidence` wrote.
 * @throws EVIDENCE_UNREADABLE when a file is missing, damaged or shorter than its first line says.
 */
export async function loadEvidence(dir: string): Promise<Evidence> {
  const fields = await Promise.all(
    (Object.keys(ROW_FILES) as RowField[]).map(async (field) => {
      const { rows } = await readStored(join(dir, `${field}.ndjson`), RELATION_OF[field])
      return [field, rows] as const
    }),
  )
  const invariants = await Promise.all(
    (await listFiles(join(dir, 'invariants'), '.ndjson')).map(async (path): Promise<InvariantRows> => {
      const { title, rows } = await readStored(path)
      return { id: basename(path, '.ndjson'), title: title ?? '', rows: rows as InvariantRows['rows'] }
    }),
  )
  return { ...(Object.fromEntries(fields) as unknown as Pick<Evidence, RowField>), invariants }
}

/**
 * Read what `storeEvidence` wrote, as far as it is there: a file that is missing, damaged or shorter than its first line
 * says gives unknown rows with the reason.
 *
 * @param invariants ids of the invariants that were stored; one whose file is gone is unknown, not left out.
 */
export async function loadEvidenceAsFound(dir: string, invariants: readonly string[]): Promise<Evidence> {
  const read = async (path: string, relation?: string): ReturnType<typeof readStored> => {
    try {
      return await readStored(join(dir, path), relation)
    } catch (error) {
      return { rows: unknown(`the stored rows cannot be read: ${describe(error)}`) }
    }
  }
  const fields: Partial<Record<RowField, Rows<unknown>>> = {}
  for (const field of Object.keys(ROW_FILES) as RowField[]) {
    fields[field] = (await read(`${field}.ndjson`, RELATION_OF[field])).rows
  }
  const found: InvariantRows[] = []
  for (const id of invariants) {
    const { title, rows } = await read(`invariants/${id}.ndjson`)
    found.push({ id, title: title ?? id, rows: rows as InvariantRows['rows'] })
  }
  return { ...(fields as unknown as Pick<Evidence, RowField>), invariants: found }
}

interface Queries {
  readonly fields: Readonly<Record<RowField, string>>
  readonly invariants: readonly { readonly id: string; readonly title: string; readonly sql: string }[]
}

async function loadQueries(sqlDir: string): Promise<Queries> {
  const fields = await Promise.all(
    Object.entries(ROW_FILES).map(async ([field, path]) => [field, await readText(join(sqlDir, path))] as const),
  )
  const invariants = await Promise.all(
    (await listFiles(join(sqlDir, 'invariants'), '.sql')).map(async (path) => {
      const sql = await readText(path)
      return { id: basename(path, '.sql'), title: titleOf(path, sql), sql }
    }),
  )
  return { fields: Object.fromEntries(fields) as Record<RowField, string>, invariants }
}

/** The first line of an invariant is its promise, as a comment. */
function titleOf(path: string, sql: string): string {
  const match = /^-- (.+)$/m.exec(sql.slice(0, sql.indexOf('\n')))
  if (match === null) throw unreadable(path, 'a first line `-- <the promise>`', 'none')
  return (match[1] as string).replace(/\.$/, '')
}

async function readAll(
  queries: Queries,
  read: (sql: string, field?: RowField) => Promise<Rows<never>>,
): Promise<Evidence> {
  const fields: Partial<Record<RowField, Rows<never>>> = {}
  for (const field of Object.keys(ROW_FILES) as RowField[]) {
    fields[field] = await read(queries.fields[field], field)
  }
  const invariants: InvariantRows[] = []
  for (const { id, title, sql } of queries.invariants) invariants.push({ id, title, rows: await read(sql) })
  return { ...(fields as Record<RowField, Rows<never>>), invariants }
}

/** A savepoint each, because in PostgreSQL one failed statement fails its whole transaction. */
async function readRows(
  client: pg.Client,
  sql: string,
  relation?: string,
  keeps?: (row: object) => boolean,
): Promise<Rows<never>> {
  const why = /^-- .*\n-- not judged: (.+)$/m.exec(sql)?.[1]
  if (why !== undefined) return { known: false, reason: why, absent: true }
  await client.query('SAVEPOINT query')
  try {
    const read = async (text: string) => {
      const { fields, rows } = await client.query({ text, types: AS_PRINTED })
      readByKind(rows, fields, relation)
      return rows
    }
    const found = keeps === undefined ? { rows: await read(sql) } : await readInTurns(client, sql, read, keeps)
    await client.query('RELEASE SAVEPOINT query')
    return { known: true, ...found } as Rows<never>
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT query')
    return unknown(describe(error))
  }
}

/** Some rows after the other, of which those that are not kept are counted. */
async function readInTurns(
  client: pg.Client,
  sql: string,
  read: (text: string) => Promise<readonly object[]>,
  keeps: (row: object) => boolean,
): Promise<{ readonly rows: readonly object[]; readonly counted: number }> {
  await client.query(`DECLARE turns NO SCROLL CURSOR FOR ${sql}`)
  const rows: object[] = []
  let counted = 0
  for (;;) {
    const some = await read(`FETCH ${ROWS_PER_TURN} FROM turns`)
    if (some.length === 0) break
    const kept = some.filter(keeps)
    rows.push(...kept)
    counted += some.length - kept.length
  }
  await client.query('CLOSE turns')
  return { rows, counted }
}

/**
 * What is under way.
 * @throws for a role that may not see it: to such a role every other one seems to do nothing
 */
async function countBusy(client: pg.Client, graceSeconds: number, map: MapSql) {
  // A transaction that was prepared for two-phase commit has no connection, and may still be committed.
  const { rows } = await client.query<{
    transactions: number
    held_ms: number | null
    overdue: number
    sees_others: boolean
  }>(
    map(`SELECT open.transactions + prepared.transactions AS transactions, greatest(open.held_ms, prepared.held_ms) AS held_ms,
            ${SEES_OTHERS} AS sees_others,
            (SELECT count(*) FROM test_sessions
              WHERE status = 'ACTIVE' AND expires_at + make_interval(secs => $2) < now()) AS overdue
         FROM (SELECT count(*) AS transactions,
                      (extract(epoch FROM clock_timestamp() - min(xact_start)
                        FILTER (WHERE backend_xid IS NOT NULL OR wait_event_type = 'Lock')) * 1000)::float8 AS held_ms
               FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                 AND xact_start IS NOT NULL AND NOT starts_with(application_name, $1)) open,
              (SELECT count(*) AS transactions,
                      (extract(epoch FROM clock_timestamp() - min(prepared)) * 1000)::float8 AS held_ms
               FROM pg_prepared_xacts WHERE database = current_database()) prepared`),
    [OWN_APPLICATION_PREFIX, graceSeconds],
  )
  const [busy] = rows
  if (busy?.sees_others !== true) throw new Error(BLIND)
  return busy
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    options: Object.entries(EVIDENCE_SETTINGS)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: { getTypeParser },
  })
  // Without a listener an idle connection that breaks would end the whole process; the next query reports it anyway.
  client.on('error', ignore)
  await client.connect()
  return client
}

/** Everything that is read is already in memory, or was reported; a connection that is gone needs no farewell. */
async function disconnect(client: pg.Client): Promise<void> {
  await client.end().catch(ignore)
}

function ignore(_error: unknown): void {
  // See the callers: the same failure is reported by the query that meets it.
}

/** Counts as numbers, and times as PostgreSQL wrote them. Rows of evidence are read by `evidence-values.ts`. */
const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format?: 'text') => {
  if (oid === pg.types.builtins.INT8) return Number
  if (oid === pg.types.builtins.TIMESTAMPTZ || oid === pg.types.builtins.TIMESTAMP) return String
  return pg.types.getTypeParser(oid, format)
}) as typeof pg.types.getTypeParser

function unknown(reason: string): Rows<never> & { readonly known: false } {
  return { known: false, reason }
}

function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describe).join('; ')
  return error instanceof Error ? error.message : String(error)
}

interface StoredHeader {
  readonly known: boolean
  readonly title?: string
  readonly count?: number
  readonly reason?: string
  readonly absent?: true
}

function serialise(rows: Rows<unknown>, extra: { readonly title?: string }): string {
  if (!rows.known) return `${JSON.stringify({ ...extra, ...rows })}\n`
  const header = { known: true, ...extra, count: rows.rows.length }
  return `${[header, ...rows.rows].map((row) => JSON.stringify(row)).join('\n')}\n`
}

async function readStored(
  path: string,
  relation?: string,
): Promise<{ readonly title?: string | undefined; readonly rows: Rows<unknown> }> {
  let header: StoredHeader | undefined
  const rows: unknown[] = []
  const share = shareTexts()
  let byKind: ((row: Record<string, unknown>) => void) | undefined
  try {
    for (const line of readLines(path)) {
      if (line.text === '') continue
      const value = line.value === undefined ? JSON.parse(line.text) : line.value
      if (header === undefined) header = value as StoredHeader
      else {
        // All rows of a query have the same columns.
        byKind ??= storedByKind(Object.keys(value as object), relation)
        byKind(value as Record<string, unknown>)
        rows.push(share(value))
      }
      // Progress and signals must go on while a large file is read.
      if (line.number % ROWS_PER_TURN === 0) await setImmediate()
    }
  } catch (cause) {
    throw unreadable(path, 'a readable file of one JSON value a line', describe(cause), cause)
  }
  if (header?.known === false) {
    const rows = unknown(header.reason ?? 'no reason was stored')
    return { title: header.title, rows: header.absent ? { ...rows, absent: true } : rows }
  }
  if (header?.known !== true || header.count !== rows.length) {
    throw unreadable(path, `as many rows as its first line says (${header?.count})`, `${rows.length} rows`)
  }
  return { title: header.title, rows: { known: true, rows } }
}

/** Keeps a text once where many rows repeat it: the ids of a session stand in as many rows as it has questions. */
function shareTexts(): (row: unknown) => unknown {
  const known = new Map<string, string>()
  return (row) => {
    if (typeof row !== 'object' || row === null) return row
    const columns = row as Record<string, unknown>
    for (const name of REPEATED_COLUMNS) {
      const text = columns[name]
      if (typeof text !== 'string') continue
      const found = known.get(text)
      if (found === undefined) known.set(text, text)
      else columns[name] = found
    }
    return row
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, 'a readable file', describe(cause), cause)
  })
}

async function listFiles(dir: string, ending: string): Promise<string[]> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw unreadable(dir, 'a readable folder', describe(cause), cause)
  })
  const paths = names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(dir, name))
  if (paths.length === 0) throw unreadable(dir, `at least one ${ending} file`, 'none')
  return paths
}

function unreadable(path: string, expected: string, seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('EVIDENCE_UNREADABLE', {
    expected: `${expected}: ${path}`,
    seen,
    next: 'Restore that file; without it the verdict would rest on less than it says.',
    ...(cause === undefined ? {} : { cause }),
  })
}
