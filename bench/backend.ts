import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Client } from 'undici'
import {
  type BackendProcess,
  type BackendServices,
  BLOCK,
  PASSWORD_HASH,
  startBackendProcess,
  startBackendServices,
  withDatabase,
  YEAR,
} from '../fixtures/backend-under-test.ts'
import { containerEngine } from '../fixtures/hosts/engine.ts'
import { resolveImage } from '../fixtures/images.ts'

/**
 * What one worker of the reference backend can do, and what it costs, against what PostgreSQL alone can do with the same
 * statement: `node bench/backend.ts`, about 45 s. Writes reports/bench/backend.json; exits 1 when the share of pgbench is
 * below {@link RATIO_FLOOR}.
 */

const POOL_SIZE = 10
/** More than the pool, so that the worker and not the number of candidates is the limit. */
const CANDIDATES = 32
const SESSIONS = 400
const QUESTIONS = 40
/** Until the worker's code is compiled: the answers per second still rose by a tenth in the second 4 s window after 3 s. */
const WARM_UP_MS = 8_000
/** Backend and pgbench take turns, so that whatever else the machine does in between disturbs both. */
const ROUNDS = 3
const MEASURE_MS = 4_000
/** Below this the backend, not the database, is what a rehearsal would measure. */
const RATIO_FLOOR = 0.6
const USER_HZ = 100
const OUTPUT = new URL('../reports/bench/backend.json', import.meta.url)

/** Ids are made from numbers, so that pgbench can make them too. */
const id = (n: number) => `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`
const USER_BASE = 1_000_000
const SESSION_BASE = 2_000_000
const QUESTION_BASE = 3_000_000

interface Result {
  readonly answersPerSecond: number
  readonly cpuUsPerAnswer: number
  readonly roundTripsPerOperation: { readonly create: number; readonly answer: number; readonly submit: number }
  readonly pgbenchPerSecond: number
  readonly ratioToPgbench: number
}

await using services = await startBackendServices('bench-backend')
await using backend = await startBackendProcess({
  databaseUrl: await withoutPortForwarding(services, await services.createDatabase()),
  redisUrl: services.redisUrl(),
  env: { WORKERS: '1', DATABASE_POOL_SIZE: String(POOL_SIZE) },
})
await seed(backend.databaseUrl)
await answerFor(backend, WARM_UP_MS)
const rounds: { perSecond: number; cpuUsPerAnswer: number; pgbenchPerSecond: number }[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.push({
    ...(await answerFor(backend, MEASURE_MS)),
    pgbenchPerSecond: await pgbench(backend.databaseUrl),
  })
}
const perSecond = median(rounds.map((round) => round.perSecond))
const pgbenchPerSecond = median(rounds.map((round) => round.pgbenchPerSecond))
const result: Result = {
  answersPerSecond: Math.round(perSecond),
  cpuUsPerAnswer: Math.round(median(rounds.map((round) => round.cpuUsPerAnswer))),
  roundTripsPerOperation: await roundTrips(backend),
  pgbenchPerSecond: Math.round(pgbenchPerSecond),
  ratioToPgbench: Math.round((perSecond / pgbenchPerSecond) * 100) / 100,
}
await mkdir(new URL('.', OUTPUT), { recursive: true })
await writeFile(OUTPUT, `${JSON.stringify(result, null, 2)}\n`)
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
if (result.ratioToPgbench < RATIO_FLOOR) {
  process.stderr.write(`one worker reaches ${result.ratioToPgbench} of pgbench; at least ${RATIO_FLOOR} is wanted\n`)
  process.exitCode = 1
}

/**
 * The same database at the container's own address (Linux). A published port is served by a user-space proxy that copies
 * every byte; pgbench does not go through it, and so the worker must not either.
 */
async function withoutPortForwarding(on: BackendServices, databaseUrl: string): Promise<string> {
  const { exitCode, stdout, stderr } = await on.postgres.exec(['hostname', '-i'])
  const [address] = stdout.trim().split(/\s+/)
  if (exitCode !== 0 || address === undefined || address === '') {
    throw new Error(`the address of the database's container is not known (${exitCode}): ${stdout}${stderr}`)
  }
  const url = new URL(databaseUrl)
  url.host = `${address}:5432`
  return url.href
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

async function seed(databaseUrl: string): Promise<void> {
  await withDatabase(databaseUrl, async (client) => {
    await client.query(`INSERT INTO themes (id, year, block, title) VALUES ($1, $2, $3, 'theme')`, [id(1), YEAR, BLOCK])
    await client.query(
      `INSERT INTO questions (id, theme_id, year, block, stem, options, correct_index)
       SELECT unnest($1::uuid[]), $2, $3, $4, 'stem', '["a","b","c","d","e"]', 0`,
      [Array.from({ length: QUESTIONS }, (_, n) => id(QUESTION_BASE + n)), id(1), YEAR, BLOCK],
    )
    for (let n = 0; n < SESSIONS; n += 1) {
      const user = id(USER_BASE + n)
      await client.query(`INSERT INTO users (id, email, password_hash) VALUES ($1, $2, $3)`, [
        user,
        `b${n}@x`,
        PASSWORD_HASH,
      ])
      await client.query(
        `SELECT create_session($1, $2, NULL, 'EXAM', $3, $4, NULL, $5, 7200, 'bench', 'k', 'f', false)`,
        [id(SESSION_BASE + n), user, YEAR, [BLOCK], QUESTIONS],
      )
    }
    await client.query('ANALYZE')
  })
}

/** Candidates who answer one question after another without thinking. */
async function answerFor(target: BackendProcess, durationMs: number) {
  const tokens = Array.from({ length: SESSIONS }, (_, n) => target.token(id(USER_BASE + n)))
  const [workerPid] = target.workerPids()
  if (workerPid === undefined) throw new Error('no worker is listening')
  const cpuBefore = await cpuUs(workerPid)
  const startedMs = performance.now()
  let answers = 0

  async function candidate(): Promise<void> {
    const client = new Client(target.baseUrl, { pipelining: 1 })
    await using closing = new AsyncDisposableStack()
    closing.defer(() => client.close())
    while (performance.now() - startedMs < durationMs) {
      const n = Math.floor(Math.random() * SESSIONS)
      const status = await post(client, `/v1/sessions/${id(SESSION_BASE + n)}/answer`, tokens[n] as string, {
        question_id: id(QUESTION_BASE + Math.floor(Math.random() * QUESTIONS)),
        selected_index: 1,
        client_seq: Math.round((performance.timeOrigin + performance.now()) * 1_000),
        client_event_id: randomUUID(),
      })
      if (status !== 200) throw new Error(`an answer got ${status}`)
      answers += 1
    }
  }
  await Promise.all(Array.from({ length: CANDIDATES }, candidate))
  const tookMs = performance.now() - startedMs
  return { perSecond: (answers / tookMs) * 1_000, cpuUsPerAnswer: ((await cpuUs(workerPid)) - cpuBefore) / answers }
}

/** The client insists on these listeners. */
function ignore(): void {
  // A benchmark asks for nothing but the status.
}

/** One request by the cheapest way there is: both cores are shared by backend, database and this. Returns the status. */
function post(client: Client, path: string, token: string, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0
    client.dispatch(
      {
        path,
        method: 'POST',
        headers: ['authorization', `Bearer ${token}`, 'content-type', 'application/json'],
        body: JSON.stringify(body),
      },
      {
        onRequestStart: ignore,
        onResponseData: ignore,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode
        },
        onResponseEnd: () => resolve(status),
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })
}

/** User and system time of a process so far (Linux). */
async function cpuUs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // After the command, which is in brackets and may hold spaces: utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / USER_HZ) * 1_000_000
}

/**
 * The same statement, as many clients as the pool has connections, without Node in between; and by the same way: from the
 * host's network to the container's address, as the worker goes. Inside the database's container it would be spared the
 * bridge. The container of pgbench ends and is removed by itself, whatever becomes of this program.
 */
async function pgbench(databaseUrl: string): Promise<number> {
  const script = `\\set n random(0, ${SESSIONS - 1})
\\set q random(0, ${QUESTIONS - 1})
SELECT outcome, reply FROM save_answer(
  ('00000000-0000-0000-0000-' || lpad(to_hex(${USER_BASE} + :n), 12, '0'))::uuid,
  ('00000000-0000-0000-0000-' || lpad(to_hex(${SESSION_BASE} + :n), 12, '0'))::uuid,
  ('00000000-0000-0000-0000-' || lpad(to_hex(${QUESTION_BASE} + :q), 12, '0'))::uuid,
  true, 1, NULL, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, gen_random_uuid()::text, NULL, 0);
`
  const { username, password, pathname, hostname, port } = new URL(databaseUrl)
  const command = [
    `cat > /tmp/answer.sql <<'SQL'\n${script}SQL`,
    'export PATH="$PATH:$(echo /usr/lib/postgresql/*/bin)"',
    `pgbench -n -M prepared -c ${POOL_SIZE} -j 1 -T ${MEASURE_MS / 1_000} -f /tmp/answer.sql -h ${hostname} -p ${port} -U ${username} ${pathname.slice(1)}`,
  ].join('\n')
  const { docker } = await containerEngine()
  const { reference } = await resolveImage('postgres', docker)
  const output = new PassThrough()
  const said = text(output)
  const [{ StatusCode: exitCode }] = await docker.run(reference, ['sh', '-c', command], output, {
    Tty: true,
    Entrypoint: [],
    Env: [`PGPASSWORD=${password}`],
    HostConfig: { NetworkMode: 'host', AutoRemove: true },
  })
  output.end()
  const stdout = await said
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
  if (exitCode !== 0 || !Number.isFinite(perSecond)) throw new Error(`pgbench failed (${exitCode}): ${stdout}`)
  return perSecond
}

/** Statements per request as the backend's own log counts them. */
async function roundTrips(target: BackendProcess): Promise<Result['roundTripsPerOperation']> {
  const token = target.token(id(USER_BASE))
  const created = await target.call('POST', '/v1/sessions', {
    token,
    body: { mode: 'EXAM', year: YEAR, blocks: [BLOCK], count: QUESTIONS },
    headers: { 'Idempotency-Key': randomUUID(), 'X-Request-ID': 'bench-create' },
  })
  const path = `/v1/sessions/${created.json.session_id}`
  await target.call('POST', `${path}/answer`, {
    token,
    body: { question_id: id(QUESTION_BASE), selected_index: 1, client_seq: 1, client_event_id: 'e' },
    headers: { 'X-Request-ID': 'bench-answer' },
  })
  await target.call('POST', `${path}/submit`, {
    token,
    headers: { 'Idempotency-Key': randomUUID(), 'X-Request-ID': 'bench-submit' },
  })
  const lines = target.logs()
  const count = (requestId: string) => {
    const line = lines.find((entry) => entry.request_id === requestId && entry.event === 'request')
    if (line === undefined) throw new Error(`the request ${requestId} is not in the log`)
    return line.db_query_count as number
  }
  return { create: count('bench-create'), answer: count('bench-answer'), submit: count('bench-submit') }
}
