import { readFile, statfs } from 'node:fs/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import { SEES_OTHERS } from '../helpers/evidence.ts'
import { RELATIONS } from '../helpers/platform/relations.ts'
import type { Validity } from '../helpers/verdict.ts'
import { DATABASE_URL, REDIS_URL, readToolFlags } from './tool-flags.ts'
import { answerLine, exitCodeOfAnswers, type Say, sayToStandardOutput } from './tool-output.ts'

const SQL = new URL('../sql/', import.meta.url)
const TIMEOUT_MS = 5_000
/** Candidates are told times by the database's clock; the harness compares with its own (C: 2 s to gain or lose). */
const MAX_CLOCK_OFFSET_MS = 1_000
/** Of the connections that the server allows, so many must be free before anybody has come. */
const MIN_FREE_CONNECTIONS = 0.2
const MIN_FREE_DISK_SHARE = 0.1

interface Answer {
  readonly valid: Validity
  readonly promise: string
  readonly detail: string
}

/**
 * An hour before: is everything set as an exam needs it? Only looks, in a read-only transaction; what it cannot see it
 * calls unknown.
 *
 * @returns 0 all is well; 1 something is not; 2 something could not be seen; 3 bad input: nothing was looked at
 */
export async function preflightCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say = sayToStandardOutput,
): Promise<0 | 1 | 2 | 3> {
  const { values, problems } = readToolFlags(
    argv,
    env,
    {
      'database-url': DATABASE_URL,
      'redis-url': REDIS_URL,
      'exam-mode': {
        expected: 'on or off, as it should be by now',
        isValid: (value) => value === 'on' || value === 'off',
      },
      'data-path': {
        expected: 'the absolute path of a folder on the disk of the database',
        isValid: (value) => value.startsWith('/'),
      },
    },
    { flagsOnly: true },
  )
  const databaseUrl = values['database-url']
  if (problems.length > 0 || databaseUrl === undefined) {
    for (const problem of problems) say(problem.message)
    return 3
  }
  const answers = [
    ...(await seen('the database', () => lookAtDatabase(databaseUrl, values['exam-mode']))),
    ...(values['redis-url'] === undefined ? [] : await seen('Redis', () => lookAtRedis(values['redis-url'] as string))),
    ...(values['data-path'] === undefined
      ? []
      : await seen('the disk', () => lookAtDisk(values['data-path'] as string))),
  ]
  for (const { valid, promise, detail } of answers) say(answerLine(valid, promise, detail))
  for (const flag of ['redis-url', 'data-path', 'exam-mode'] as const) {
    if (values[flag] === undefined) say(`[ - ] not asked for: --${flag}`)
  }
  return exitCodeOfAnswers(answers.map(({ valid }) => valid))
}

/** What could not be asked is unknown, with the reason. */
async function seen(what: string, look: () => Promise<readonly Answer[]>): Promise<readonly Answer[]> {
  try {
    return await look()
  } catch (error) {
    const detail = error instanceof Error ? error.message || error.name : String(error)
    return [{ valid: 'unknown', promise: `${what} can be asked`, detail }]
  }
}

async function lookAtDatabase(connectionString: string, examMode: string | undefined): Promise<readonly Answer[]> {
  const client = new pg.Client({
    connectionString,
    application_name: 'exam-rehearsal preflight',
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  })
  // Its next statement rejects as well.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('BEGIN READ ONLY')
    const answers: Answer[] = []
    for (const look of [settings, constraints, connections, (one: pg.Client) => freeze(one, examMode), clock]) {
      await client.query('SAVEPOINT look')
      answers.push(...(await seen(look.name || 'EXAM_MODE', () => look(client))))
      await client.query('ROLLBACK TO SAVEPOINT look')
    }
    return answers
  } finally {
    await client.end()
  }
}

async function settings(client: pg.Client): Promise<readonly Answer[]> {
  const { rows } = await client.query<{ name: string; value: string; required: string; holds: boolean }>(
    await readFile(new URL('preconditions.sql', SQL), 'utf8'),
  )
  if (rows.length === 0) throw new Error('preconditions.sql gave no row')
  return rows.map(({ name, value, required, holds }) => ({
    valid: holds,
    promise: `PostgreSQL: ${name}`,
    detail: holds ? value : `${value}, not ${required}`,
  }))
}

async function constraints(client: pg.Client): Promise<readonly Answer[]> {
  const sql = await readFile(new URL('invariants/constraints-present.sql', SQL), 'utf8')
  const tables = Object.keys(RELATIONS).filter((relation) => sql.includes(`'${relation}'`))
  const { rows: found } = await client.query(
    'SELECT FROM unnest($1::text[]) name WHERE to_regclass(name) IS NOT NULL',
    [tables],
  )
  // Keys of tables that are called otherwise are not missing.
  if (found.length === 0) {
    throw new Error(`none of ${tables.join(', ')} is there; tables of your own: rehearse integrity --config`)
  }
  const { rows } = await client.query<Record<string, string>>(sql)
  return [
    {
      valid: rows.length === 0,
      promise: 'the constraints that protect the data exist and are validated',
      detail:
        rows.length === 0 ? 'all' : rows.map((row) => `${row.promise} (${row.table_name}.${row.columns})`).join('; '),
    },
  ]
}

async function connections(client: pg.Client): Promise<readonly Answer[]> {
  const { rows } = await client.query<{ allowed: number; used: number; sees_others: boolean }>(
    `SELECT ${SEES_OTHERS} AS sees_others,
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS allowed,
            count(*)::int AS used
     FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  )
  const { allowed, used, sees_others } = rows[0] as (typeof rows)[number]
  if (!sees_others) throw new Error('the role may not see what others do: GRANT pg_read_all_stats')
  return [
    {
      valid: allowed - used >= allowed * MIN_FREE_CONNECTIONS,
      promise: `at least ${MIN_FREE_CONNECTIONS * 100} % of the database's connections are free`,
      detail: `${used} of ${allowed} are used`,
    },
  ]
}

async function freeze(client: pg.Client, expected: string | undefined): Promise<readonly Answer[]> {
  if (expected === undefined) return []
  const { rows } = await client.query<{ enabled: boolean; updated_at: Date }>(
    `SELECT enabled, updated_at FROM system_flags WHERE name = 'EXAM_MODE'`,
  )
  const flag = rows[0]
  if (flag === undefined) throw new Error('there is no flag EXAM_MODE')
  return [
    {
      valid: flag.enabled === (expected === 'on'),
      promise: `EXAM_MODE is ${expected}`,
      detail: `${flag.enabled ? 'on' : 'off'} since ${flag.updated_at.toISOString()}`,
    },
  ]
}

async function clock(client: pg.Client): Promise<readonly Answer[]> {
  const beforeMs = Date.now()
  const { rows } = await client.query<{ now_ms: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS now_ms',
  )
  const afterMs = Date.now()
  return [clockAnswer('the database', (rows[0] as { now_ms: number }).now_ms, beforeMs, afterMs)]
}

/** The other clock was read between `beforeMs` and `afterMs`; the offset is at most as wrong as half of that. */
function clockAnswer(whose: string, otherMs: number, beforeMs: number, afterMs: number): Answer {
  const offsetMs = otherMs - (beforeMs + afterMs) / 2
  const errorMs = (afterMs - beforeMs) / 2
  const size = Math.abs(offsetMs)
  return {
    valid: size + errorMs <= MAX_CLOCK_OFFSET_MS ? true : size - errorMs > MAX_CLOCK_OFFSET_MS ? false : 'unknown',
    promise: `the clock of ${whose} is at most ${MAX_CLOCK_OFFSET_MS} ms from ours`,
    detail: `${offsetMs.toFixed(0)} ± ${errorMs.toFixed(0)} ms`,
  }
}

async function lookAtRedis(url: string): Promise<readonly Answer[]> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
  })
  // A command says only that the connection is closed; why it is, is said here.
  let reason: Error | undefined
  client.on('error', (error: Error) => {
    reason = error
  })
  try {
    await client.connect()
    const wanted = { appendonly: 'yes', 'maxmemory-policy': 'noeviction' }
    const told = (await client.config('GET', ...Object.keys(wanted))) as string[]
    const values = new Map(told.flatMap((name, at) => (at % 2 === 0 ? [[name, told[at + 1]] as const] : [])))
    const beforeMs = Date.now()
    const [seconds, micros] = await client.time()
    const afterMs = Date.now()
    return [
      ...Object.entries(wanted).map(([name, required]): Answer => {
        const value = values.get(name)
        return {
          valid: value === undefined ? 'unknown' : value === required,
          promise: `Redis: ${name} is ${required}`,
          detail: value ?? 'not told',
        }
      }),
      clockAnswer('Redis', Number(seconds) * 1_000 + Number(micros) / 1_000, beforeMs, afterMs),
    ]
  } catch (error) {
    throw reason ?? error
  } finally {
    client.disconnect()
  }
}

async function lookAtDisk(path: string): Promise<readonly Answer[]> {
  const { bavail, blocks, bsize } = await statfs(path)
  const share = blocks === 0 ? Number.NaN : bavail / blocks
  return [
    {
      valid: Number.isNaN(share) ? 'unknown' : share >= MIN_FREE_DISK_SHARE,
      promise: `at least ${MIN_FREE_DISK_SHARE * 100} % of the disk under ${path} are free`,
      detail: `${((bavail * bsize) / 1e9).toFixed(1)} GB`,
    },
  ]
}
