import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { RehearsalError } from '../errors.ts'
import { AS_PRINTED, readByKind } from '../evidence-values.ts'

const APPLICATION_NAME = 'exam-rehearsal freeze'
const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 5_000

/** Of each protected table, what stands for its rows. */
export type TableStates = ReadonlyMap<string, string>

export interface JobRunRow {
  readonly id: string
  readonly job: string
  readonly status: string
  readonly reason: string
  readonly steps_done: number
  readonly rows_written: number
}

/** Reads what the freeze protects, over a connection of the harness's own that passes no proxy. */
export interface ProtectedState extends AsyncDisposable {
  tables(): Promise<TableStates>
  /** Oldest first. @throws EVIDENCE_UNREADABLE for a count that no number holds exactly */
  jobRuns(): Promise<readonly JobRunRow[]>
}

/**
 * @param sqlDir folder `sql/`
 * @throws EVIDENCE_UNREADABLE when the platform leaves out what the freeze protects: no table would ever have changed
 */
export async function openProtectedState(databaseUrl: string, sqlDir: string): Promise<ProtectedState> {
  const [tablesSql, jobRunsSql] = await Promise.all(
    ['protected-tables.sql', 'job-runs.sql'].map((name) => readFile(join(sqlDir, 'freeze', name), 'utf8')),
  )
  if (/^-- not judged: /m.test(tablesSql as string)) {
    throw new RehearsalError('EVIDENCE_UNREADABLE', {
      expected: 'a query of what the freeze protects',
      seen: (tablesSql as string).trim(),
      next: 'Write freeze/protected-tables.sql in the folder of the mapping; see docs/schema-mapping.md.',
    })
  }
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  })
  // Whoever asks next hears of it; unheard, the event would end the process.
  client.on('error', () => undefined)
  await client.connect()
  let last: Promise<unknown> = Promise.resolve()
  /** One after the other: a connection carries one query at a time. */
  const read = <Row extends pg.QueryResultRow>(sql: string, relation?: string): Promise<readonly Row[]> => {
    const reading = last.then(async () => {
      const { rows, fields } = await client.query<Row>({ text: sql, types: AS_PRINTED })
      readByKind(rows, fields, relation)
      return rows
    })
    last = reading.catch(() => undefined)
    return reading
  }
  return {
    async tables() {
      const rows = await read<{ name: string; rows: string; checksum: string }>(tablesSql as string)
      return new Map(rows.map(({ name, rows: count, checksum }) => [name, `${count} ${checksum}`]))
    },
    jobRuns: () => read<JobRunRow>(jobRunsSql as string, 'job_run'),
    async [Symbol.asyncDispose]() {
      await client.end()
    },
  }
}

/** Names of the tables that are not as they were. */
export function changedTables(before: TableStates, after: TableStates): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name))
}
