import pg from 'pg'
import { RehearsalError } from '../errors.ts'
import { type MapSql, SEES_OTHERS } from '../evidence.ts'
import { spellingsOfExam } from '../spellings-of-exam.ts'
import { OTHERS_AT_WORK } from './others-at-work.ts'

const TIMEOUT_MS = 10_000
const READ_ONLY = '-c default_transaction_read_only=on'

/** Any table of the database, whatever its name, that this role could change. */
const MAY_WRITE = `SELECT count(*)::int AS tables FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')`
/** Tables of which a policy hides rows from this role: what is hidden would count as lost. */
const HIDDEN = `SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid::regclass::text) AS tables
  FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND row_security_active(c.oid)`
/** A copy shows what has reached it, and nothing of what the server itself has under way. */
const IS_COPY = 'SELECT pg_is_in_recovery()::int AS copies'
const SAT = `SELECT count(*)::int AS sessions FROM test_sessions s JOIN users u ON u.id = s.user_id
  WHERE u.email = ANY($1::text[]) AND s.exam_id::text = ANY($2::text[])`

export interface DatabaseQuestion {
  readonly databaseUrl: string
  readonly map: MapSql
  /** E-mails of the candidates; absent: they are not registered yet. */
  readonly emails?: readonly string[]
  readonly examId?: string
  readonly others: 'none' | 'tolerated'
}

/**
 * What of the database of a platform outside speaks against a rehearsal, all at once. It is only read, and before
 * anything is sent to the platform.
 */
export async function databaseProblems(question: DatabaseQuestion): Promise<readonly RehearsalError[]> {
  const { databaseUrl, map, emails = [], examId, others } = question
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'exam-rehearsal outside',
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    options: READ_ONLY,
  })
  // Whoever asks next hears of it; unheard, the event would end the process.
  client.on('error', () => undefined)
  const problems: RehearsalError[] = []
  try {
    await client.connect()
    const first = async (sql: string, values: readonly unknown[] = []): Promise<number> =>
      Number(Object.values((await client.query(sql, [...values])).rows[0] ?? {})[0])
    const writable = await first(MAY_WRITE)
    if (writable > 0) {
      problems.push(
        refused(
          'external.databaseUrl: a role that can only read',
          `it may write ${writable} tables`,
          'Make one: CREATE ROLE rehearsal_reader LOGIN PASSWORD …; GRANT pg_read_all_data, pg_read_all_stats TO rehearsal_reader;',
        ),
      )
    }
    if ((await first(`SELECT (${SEES_OTHERS})::int`)) === 0) {
      problems.push(
        refused(
          'external.databaseUrl: a role that sees whether others still write',
          'it does not see what other roles do',
          'GRANT pg_read_all_stats TO that role; it shows no data. Without it rows may be read before they are final.',
        ),
      )
    }
    if ((await first(IS_COPY)) > 0) {
      problems.push(
        refused(
          'external.databaseUrl: the server that the platform writes to',
          'a copy of it that follows (pg_is_in_recovery)',
          'Name the server itself: an answer that has not reached the copy would count as lost.',
        ),
      )
    }
    const hidden = (await client.query<{ tables: string | null }>(HIDDEN)).rows[0]?.tables
    if (typeof hidden === 'string') {
      problems.push(
        refused(
          'external.databaseUrl: a role from which no row is hidden',
          `policies decide what it sees of ${hidden}`,
          'ALTER ROLE rehearsal_reader BYPASSRLS; a row that it does not see would count as lost.',
        ),
      )
      return problems
    }
    const strangers = others === 'tolerated' ? 0 : await first(map(OTHERS_AT_WORK), [emails])
    if (strangers > 0) {
      problems.push(
        refused(
          'no session that goes on there but those of the candidates of this rehearsal',
          `${strangers} sessions of others go on`,
          "Rehearse when nobody works there, or say that it is meant: external.others: 'tolerated'.",
        ),
      )
    }
    const sat = examId === undefined ? 0 : await first(map(SAT), [emails, spellingsOfExam(examId)])
    if (sat > 0) {
      problems.push(
        refused(
          'candidates who have not sat this exam',
          `${sat} sessions of theirs in exam ${examId}`,
          'Register another exam, or other candidates, and name them in external.candidates.',
        ),
      )
    }
  } catch (cause) {
    problems.push(
      refused(
        'external.databaseUrl: a database that can be asked',
        cause instanceof Error ? cause.message : String(cause),
        'Correct the variable that it names, or the mapping of the platform (schema).',
        cause,
      ),
    )
  } finally {
    await client.end().catch(() => undefined)
  }
  return problems
}

function refused(expected: string, seen: string, next: string, cause?: unknown): RehearsalError {
  const details = { expected, seen, next, service: 'the platform outside' }
  return new RehearsalError('OUTSIDE_REFUSED', cause === undefined ? details : { ...details, cause })
}
