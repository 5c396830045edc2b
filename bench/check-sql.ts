import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import pg from 'pg'
import { BLOCK, startBackendServices, withDatabase, YEAR } from '../fixtures/backend-under-test.ts'
import { EVIDENCE_SETTINGS } from '../helpers/evidence.ts'

const INVARIANTS = new URL('../sql/invariants/', import.meta.url)
const MIGRATIONS = new URL('../fixtures/backend/migrations/', import.meta.url)
const QUESTIONS = 100
const SESSIONS_PER_STATEMENT = 2_000
/** The best of as many: whatever else the machine does can only add... */
const ROUNDS = 3
/** ...and of so many more where it is over soon: a table of sessions is scanned in some milliseconds. */
const LEAST_SECONDS_IN_ALL = 0.5
/** A scan that is over sooner is no measure for anything. */
const LEAST_SCAN_SECONDS = 0.002

export interface InvariantCost {
  readonly id: string
  readonly seconds: number
  /** One sequential scan of each table that it reads, in the same run. null: it reads no table of note. */
  readonly seqScanSeconds: number | null
  readonly ratio: number | null
}

export interface SqlResult {
  readonly rows: number
  readonly invariants: readonly InvariantCost[]
  readonly medianRatio: number
  readonly worstRatio: number
}

/**
 * What each invariant costs over `answers` answers, against one sequential scan of the tables that it reads, over a
 * connection with the settings that evidence is read with. In a PostgreSQL of its own. About 1 GB of disk a million.
 */
export async function measureInvariants(answers: number): Promise<SqlResult> {
  await using services = await startBackendServices('bench-checks')
  const databaseUrl = await services.createDatabase()
  const sessions = Math.ceil(answers / QUESTIONS)
  await withDatabase(databaseUrl, (client) => fill(client, sessions))
  // Awaited here: the database is gone when this function is left.
  return await withDatabase(databaseUrl, async (client) => {
    for (const [name, value] of Object.entries(EVIDENCE_SETTINGS)) {
      await client.query('SELECT set_config($1, $2, false)', [name, value])
    }
    const scans = new Map<string, number>()
    const invariants: InvariantCost[] = []
    for (const file of (await readdir(INVARIANTS)).filter((name) => name.endsWith('.sql')).sort()) {
      const sql = await readFile(new URL(file, INVARIANTS), 'utf8')
      const { rows } = await client.query(sql)
      if (file !== 'idle-in-transaction.sql' && rows.length > 0) {
        throw new Error(`${file} finds something in a day in which nothing is wrong: ${JSON.stringify(rows[0])}`)
      }
      const seconds = await best(() => client.query(sql))
      let seqScanSeconds = 0
      for (const table of await tablesOf(client, sql)) {
        if (!scans.has(table)) scans.set(table, await scan(client, table))
        seqScanSeconds += scans.get(table) as number
      }
      const measurable = seqScanSeconds >= LEAST_SCAN_SECONDS
      invariants.push({
        id: basename(file, '.sql'),
        seconds,
        seqScanSeconds: measurable ? seqScanSeconds : null,
        ratio: measurable ? seconds / seqScanSeconds : null,
      })
    }
    const ratios = invariants.flatMap(({ ratio }) => ratio ?? []).toSorted((one, other) => one - other)
    return {
      rows: sessions * QUESTIONS,
      invariants,
      medianRatio: ratios[Math.floor(ratios.length / 2)] ?? Number.NaN,
      worstRatio: ratios.at(-1) ?? Number.NaN,
    }
  })
}

async function best(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  let inAll = 0
  while (times.length < ROUNDS || inAll < LEAST_SECONDS_IN_ALL) {
    const startedMs = performance.now()
    await work()
    const seconds = (performance.now() - startedMs) / 1_000
    times.push(seconds)
    inAll += seconds
  }
  return Math.min(...times)
}

/** Every row is read and none is sent. */
async function scan(client: pg.Client, table: string): Promise<number> {
  await client.query('SET enable_indexonlyscan = off')
  await client.query('SET enable_indexscan = off')
  await client.query('SET enable_bitmapscan = off')
  const seconds = await best(() => client.query(`SELECT count(*) FROM ${pg.escapeIdentifier(table)}`))
  for (const name of ['indexonlyscan', 'indexscan', 'bitmapscan']) await client.query(`RESET enable_${name}`)
  return seconds
}

/** Tables of the exam that its plan reads, each once. */
async function tablesOf(client: pg.Client, sql: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`)
  const found = new Set<string>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const relation = (node as { 'Relation Name'?: string })['Relation Name']
    if (relation !== undefined && !relation.startsWith('pg_')) found.add(relation)
    for (const inner of Object.values(node)) visit(inner)
  }
  visit(rows)
  return found
}

/** Submitted sessions of 100 questions, each answered once: what the backend's own functions would have left. */
async function fill(client: pg.Client, sessions: number): Promise<void> {
  for (const file of (await readdir(MIGRATIONS)).sort()) {
    await client.query(await readFile(new URL(file, MIGRATIONS), 'utf8'))
  }
  // The rows below refer to each other rightly; checking each of them would take longer than everything else.
  await client.query('SET session_replication_role = replica')
  await client.query(`
    INSERT INTO themes (id, year, block, title) VALUES (${uuid('1', '1')}, ${YEAR}, '${BLOCK}', 'theme');
    INSERT INTO questions (id, theme_id, year, block, stem, options, correct_index, created_at, updated_at)
      SELECT ${uuid('2', 'q')}, ${uuid('1', '1')}, ${YEAR}, '${BLOCK}', 'stem of question ' || q, '["a","b","c","d","e"]', q % 5,
             '2026-03-01Z', '2026-03-01Z'
      FROM generate_series(1, ${QUESTIONS}) q;
    INSERT INTO exams (id, title, opens_at, closes_at, question_count, duration_seconds)
      VALUES (${uuid('3', '1')}, 'exam', '2026-03-02Z', '2026-03-03Z', ${QUESTIONS}, 7200);
    INSERT INTO users (id, email, password_hash)
      SELECT ${uuid('4', 'n')}, 'c-' || n || '@x', 'x' FROM generate_series(1, ${sessions}) n;
    INSERT INTO test_sessions (id, user_id, exam_id, mode, status, year, blocks, total_questions, duration_seconds,
                               started_at, expires_at, submitted_at, score_correct, score_total, score_pct, exam_mode_at_start, submit_body)
      SELECT ${uuid('5', 'n')}, ${uuid('4', 'n')}, ${uuid('3', '1')}, 'EXAM', 'SUBMITTED', ${YEAR}, ARRAY['${BLOCK}'],
             ${QUESTIONS}, 7200, '2026-03-02T08:00Z', '2026-03-02T10:00Z', '2026-03-02T09:50Z',
             ${QUESTIONS / 5}, ${QUESTIONS}, 20, false, '{}'
      FROM generate_series(1, ${sessions}) n;
  `)
  for (let from = 1; from <= sessions; from += SESSIONS_PER_STATEMENT) {
    const series = `generate_series(${from}, ${Math.min(sessions, from + SESSIONS_PER_STATEMENT - 1)}) n, generate_series(1, ${QUESTIONS}) q`
    await client.query(`
      INSERT INTO session_questions (session_id, position, question_id, snapshot_json)
        SELECT ${uuid('5', 'n')}, q, ${uuid('2', 'q')}, jsonb_build_object('question_id', ${uuid('2', 'q')},
               'theme_id', ${uuid('1', '1')}, 'stem', 'stem of question ' || q, 'options', '["a","b","c","d","e"]'::jsonb,
               'correct_index', q % 5, 'explanation', '')
        FROM ${series};
      INSERT INTO session_answers (session_id, question_id, selected_index, is_correct, answered_at, client_seq, client_event_id)
        SELECT ${uuid('5', 'n')}, ${uuid('2', 'q')}, 1, q % 5 = 1, '2026-03-02T09:00Z', q, 'e-' || n || '-' || q
        FROM ${series};
      INSERT INTO attempt_events (session_id, user_id, event_type, event_ts, question_id, client_event_id, payload_json)
        SELECT ${uuid('5', 'n')}, ${uuid('4', 'n')}, 'ANSWER_SAVED', '2026-03-02T09:00Z', ${uuid('2', 'q')}, 'e-' || n || '-' || q,
               jsonb_build_object('selected_index', 1, 'client_seq', q)
        FROM ${series};
    `)
  }
  await client.query(`
    INSERT INTO attempt_events (session_id, user_id, event_type, event_ts)
      SELECT ${uuid('5', 'n')}, ${uuid('4', 'n')}, type, '2026-03-02T09:50Z'
      FROM generate_series(1, ${sessions}) n, unnest(ARRAY['SESSION_CREATED', 'SESSION_SUBMITTED']) type;
    SET session_replication_role = DEFAULT;
  `)
  // With workers beside it it needs shared memory, of which a container has 64 MB.
  await client.query('VACUUM (ANALYZE, PARALLEL 0)')
}

/** SQL for a uuid of a kind (one hexadecimal digit) and a number. */
function uuid(kind: string, number: string): string {
  return `('${kind}0000000-0000-4000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`
}
