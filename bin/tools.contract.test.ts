import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Exam, examFor } from '../fixtures/exam/exam.ts'
import { seedExam } from '../fixtures/exam/seed-exam.ts'
import { type Guardian, startGuardian } from '../fixtures/guardian.ts'
import { type Stack, startStack } from '../fixtures/stack.ts'
import { faultCommand } from './fault-command.ts'
import { integrityCommand } from './integrity-command.ts'
import { metricsCommand } from './metrics-command.ts'
import { preflightCommand } from './preflight-command.ts'

const SECRET = 'opens-every-door'
const OTHER = new URL('../examples/other-platform/', import.meta.url)
const ENTRY = fileURLToPath(new URL('./rehearse.ts', import.meta.url))

let guardian: Guardian
let runId: string
let stack: Stack
let exam: Exam

beforeAll(async () => {
  runId = `tools-${randomUUID().slice(0, 8)}`
  guardian = await startGuardian(runId, 'containers')
  stack = await startStack({ runId, name: 'tools' })
  exam = examFor({
    seed: 1,
    candidates: 3,
    questions: 3,
    durationSeconds: 3_600,
    opensAt: new Date(Date.now() - 60_000),
  })
  await seedExam(stack.databaseUrl(), exam)
})
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  await guardian?.[Symbol.asyncDispose]()
})

type Command = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
) => Promise<number>

async function run(command: Command, argv: readonly string[], env: Record<string, string> = {}) {
  const said: string[] = []
  const code = await command(argv, env, (line) => said.push(line))
  return { code, said: said.join('\n') }
}

async function sql<Row>(text: string, values: readonly unknown[] = [], url = stack.databaseUrl()): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values.length === 0 ? undefined : [...values])).rows as Row[]
  } finally {
    await client.end()
  }
}

/** Everything that the tables hold: a tool that writes changes it. */
async function contents(): Promise<unknown> {
  return sql(`SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY relname`)
}

/** One candidate logs in, begins and answers a question. @returns the id of the session */
async function beginExam(): Promise<string> {
  const { email, password } = exam.candidates[0] as Exam['candidates'][number]
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${stack.baseUrl()}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  const { tokens } = await post('/v1/auth/login', { email, password })
  const { year, blocks, count, durationSeconds } = exam.paper
  await post(
    '/v1/sessions',
    { mode: 'EXAM', year, blocks, count, duration_seconds: durationSeconds, exam_id: exam.id },
    { authorization: `Bearer ${tokens.access_token}`, 'idempotency-key': randomUUID() },
  )
  await sql(`SELECT save_answer(s.user_id, s.id, q.question_id, true, 1, NULL, 1, 'first', NULL, 0)
    FROM test_sessions s JOIN session_questions q ON q.session_id = s.id AND q.position = 1`)
  const [session] = await sql<{ id: string }>('SELECT id FROM test_sessions')
  return (session as { id: string }).id
}

const database = () => ['--database-url', stack.databaseUrl()]

describe('bad input is refused before anything is looked at, all of it at once, and without the password', () => {
  test.each([
    ['integrity', integrityCommand],
    ['metrics', metricsCommand],
    ['preflight', preflightCommand],
  ] as const)('%s', async (_name, command) => {
    const bad = await run(command, ['--database-url', `mysql://root:${SECRET}@nowhere/x`, '--wat', '1'])
    expect(bad.code).toBe(3)
    expect(bad.said).toMatch(/--wat/)
    expect(bad.said).toMatch(/--database-url: a URL that begins with postgres:\/\//)
    expect(bad.said).not.toContain(SECRET)
    const none = await run(command, [])
    expect(none.code).toBe(3)
    expect(none.said).toMatch(/REHEARSAL_DATABASE_URL/)
  })
})

describe('integrity', () => {
  test('of a database without a session is no proof of anything', async () => {
    const { code, said } = await run(integrityCommand, database())
    expect(said).toMatch(/No session is there/)
    expect(code).toBe(2)
  })

  test('of a whole one holds, is broken by a row that must not be, and holds again; nothing is written', async () => {
    const session = await beginExam()
    const before = await contents()

    const whole = await run(integrityCommand, [], { REHEARSAL_DATABASE_URL: stack.databaseUrl() })
    expect(whole.said).toMatch(/Over 1 sessions with 1 answers/)
    expect(whole.said).not.toMatch(/\[NO |\[ \? /)
    expect(whole.code).toBe(0)
    expect(await contents()).toEqual(before)

    // Open for an hour longer than its time: nobody would ever close it.
    await sql(`UPDATE test_sessions SET expires_at = expires_at + interval '1 hour' WHERE id = $1`, [session])
    const broken = await run(integrityCommand, database())
    expect(broken.said).toMatch(/\[NO \].*expiry-is-start-plus-duration\): 1 rows/)
    expect(broken.said).toContain(session)
    expect(broken.code).toBe(1)
    await sql(`UPDATE test_sessions SET expires_at = expires_at - interval '1 hour' WHERE id = $1`, [session])
    expect((await run(integrityCommand, database())).code).toBe(0)
  })

  test('reads other tables by the configuration, and without it calls no key missing', async () => {
    await sql('CREATE DATABASE aula')
    const url = new URL(stack.databaseUrl())
    url.pathname = '/aula'
    await sql(await readFile(new URL('migrations/001_tables.sql', OTHER), 'utf8'), [], url.href)
    const asked = ['--database-url', url.href]
    const config = fileURLToPath(new URL('rehearsal.config.ts', OTHER))
    const mapped = await run(integrityCommand, [...asked, '--config', config])
    // Nothing in that platform keeps a second closing entry out: an honest finding.
    expect(mapped.said).toMatch(/\[NO \][^\n]*constraints-present\): 1 rows\n.*"journal"/)
    expect(mapped.said.match(/\[NO \]/g)).toHaveLength(1)
    expect(mapped.said).not.toContain('does not exist')
    expect(mapped.code).toBe(1)
    const plain = await run(integrityCommand, asked)
    expect(plain.code).toBe(2)
    expect(plain.said).not.toContain('[NO ]')
    expect(plain.said).toContain('--config')
  })

  test('where nobody answers checks nothing', async () => {
    const { code, said } = await run(integrityCommand, ['--database-url', `postgres://x:${SECRET}@127.0.0.1:1/x`])
    expect(code).toBe(3)
    expect(said).not.toContain(SECRET)
  })
})

describe('fault', () => {
  test.each(['postgres-read-only', 'redis-hung', 'candidates-slow-network', 'redis-out-of-memory'])(
    '%s on the stage of a run that is up: felt, and healed',
    async (name) => {
      const { code, said } = await run(faultCommand, [name, '--run', runId, '--for', '1s'])
      expect(said).toMatch(/\[yes\] felt/)
      expect(said).toMatch(/\[yes\] healed/)
      expect(code).toBe(0)
    },
  )

  test('that would stop a service of somebody else is refused, and leaves it running', async () => {
    const { code, said } = await run(faultCommand, ['redis-refused', '--run', runId])
    expect(said).toMatch(/redis would be stopped/)
    expect(code).toBe(2)
    expect(await stack.services.redis.isRunning()).toBe(true)
  })

  test('is checked before anything is touched', async () => {
    const bad = await run(faultCommand, ['redis-hang', '--for', '1h', '--run', runId])
    expect(bad.said).toMatch(/--for: seconds/)
    expect(bad.said).toMatch(/one of redis-hung/)
    expect(bad.code).toBe(3)
    const none = await run(faultCommand, ['redis-hung', '--run', 'no-such-run'])
    expect(none.said).toMatch(/a stage of run no-such-run that is up/)
    expect(none.code).toBe(3)
  })
})

describe('fault on a database that no stage of ours is built around', () => {
  const external = (name: string, ...more: string[]) => [name, '--for', '1s', '--break', databaseName(), ...more]
  const where = () => ({ REHEARSAL_FAULT_DATABASE_URL: stack.databaseUrl() })
  const databaseName = () => new URL(stack.databaseUrl()).pathname.slice(1)
  const limitsOfRoles = () => sql(`SELECT rolname, rolconnlimit, rolconfig FROM pg_roles ORDER BY 1`)
  /** The fault before may have cut all of its connections; what it does not have cannot be broken. */
  const untilConnected = () =>
    expect
      .poll(() => sql(`SELECT pid FROM pg_stat_activity WHERE usename = 'exam_backend'`), { timeout: 10_000 })
      .not.toEqual([])
  const settingsOfDatabase = () => sql('SELECT setconfig FROM pg_db_role_setting ORDER BY 1')

  test.each(['postgres-connections-cut', 'postgres-read-only', 'postgres-pool-exhausted'])(
    '%s: felt, healed, and nothing is other than before',
    async (name) => {
      await untilConnected()
      const before = [await limitsOfRoles(), await settingsOfDatabase()]
      const { code, said } = await run(faultCommand, external(name), where())
      expect(said).toMatch(/\[yes\] felt/)
      expect(said).toMatch(/\[yes\] healed/)
      expect(code).toBe(0)
      expect([await limitsOfRoles(), await settingsOfDatabase()]).toEqual(before)
    },
  )

  test.each(['postgres-table-locked', 'postgres-migration-waiting'])('%s: felt by who waits', async (name) => {
    const breaking = run(faultCommand, external(name), where())
    const reading = (async () => {
      // Somebody who reads all the time, as an exam would.
      for (let reads = 0; reads < 50; reads += 1) await sql('SELECT count(*) FROM session_answers')
    })()
    expect(await breaking).toMatchObject({ code: 0 })
    await reading
  })

  test('a limit that a role had is put back, and the roles of others are left alone', async () => {
    await sql('CREATE ROLE somebody_else LOGIN CONNECTION LIMIT 0')
    await sql('ALTER ROLE exam_backend CONNECTION LIMIT 60')
    try {
      await untilConnected()
      const before = await limitsOfRoles()
      expect((await run(faultCommand, external('postgres-pool-exhausted'), where())).code).toBe(0)
      expect(await limitsOfRoles()).toEqual(before)
    } finally {
      await sql('DROP ROLE somebody_else')
      await sql('ALTER ROLE exam_backend CONNECTION LIMIT -1')
    }
  })

  test('Ctrl-C heals it', async () => {
    const argv = ['fault', 'postgres-read-only', '--for', '600s', '--break', databaseName()]
    const child = spawn(process.execPath, [ENTRY, ...argv], {
      env: { ...process.env, ...where() },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    for await (const chunk of child.stdout) {
      said += String(chunk)
      if (said.includes('[yes] felt') && !said.includes('healed')) child.kill('SIGINT')
    }
    expect(said).toMatch(/\[yes\] healed/)
    expect(await sql(`SELECT 1 FROM pg_db_role_setting WHERE setconfig::text LIKE '%read_only%'`)).toEqual([])
  })

  test('is not begun by who only meant to look, and not where SQL is not enough', async () => {
    const looking = { REHEARSAL_DATABASE_URL: stack.databaseUrl() }
    expect(await run(faultCommand, external('postgres-read-only'), looking)).toMatchObject({ code: 3 })
    for (const argv of [
      ['postgres-read-only'],
      ['postgres-read-only', '--break', 'another'],
      external('redis-hung'),
      external('postgres-crashed'),
      external('postgres-read-only', '--run', runId),
    ]) {
      const { code, said } = await run(faultCommand, argv, where())
      expect(code, said).toBe(3)
      expect(said).not.toContain('felt')
    }
  })
})

describe('metrics', () => {
  test('of every part that is named, and of none that is not', async () => {
    const redis = stack.redisUrl()
    const all = await run(metricsCommand, [
      ...database(),
      '--redis-url',
      redis,
      '--metrics-url',
      `${stack.directUrl()}/metrics`,
    ])
    expect(all.said).toMatch(/max_connections +100/)
    expect(all.said).toMatch(/usedMemoryBytes +\d+/)
    expect(all.said).toMatch(/workersReporting +2/)
    expect(all.code).toBe(0)
    expect((await run(metricsCommand, database())).said).not.toMatch(/redis|backend\n/)
  })

  test('that cannot be had are said to be unknown, exit 2', async () => {
    const { code, said } = await run(metricsCommand, [...database(), '--redis-url', `redis://:${SECRET}@127.0.0.1:1`])
    expect(said).toMatch(/redis\n {2}not known: .*ECONNREFUSED/)
    expect(code).toBe(2)
  })
})

describe('preflight', () => {
  const asked = () => [...database(), '--redis-url', stack.redisUrl(), '--exam-mode', 'off', '--data-path', '/']

  test('of a stage that is set as it should be', async () => {
    const { code, said } = await run(preflightCommand, asked().slice(0, -2))
    for (const promise of [
      /\[yes\] PostgreSQL: fsync/,
      /\[yes\] the constraints/,
      /\[yes\] at least 20 % of the database's connections/,
      /\[yes\] EXAM_MODE is off/,
      /\[yes\] the clock of the database/,
      /\[yes\] Redis: maxmemory-policy is noeviction/,
      /\[ - \] not asked for: --data-path/,
    ])
      expect(said).toMatch(promise)
    expect(code).toBe(0)
  })

  test('says no to a freeze that is not on, and to a Redis that throws keys away', async () => {
    await stack.services.redis.exec(['redis-cli', 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
    const { code, said } = await run(preflightCommand, [
      ...database(),
      '--redis-url',
      stack.redisUrl(),
      '--exam-mode',
      'on',
    ])
    await stack.services.redis.exec(['redis-cli', 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction'])
    expect(said).toMatch(/\[NO \] EXAM_MODE is on: off since/)
    expect(said).toMatch(/\[NO \] Redis: maxmemory-policy is noeviction: allkeys-lru/)
    expect(code).toBe(1)
  })

  test('calls unknown what it cannot see', async () => {
    const { code, said } = await run(preflightCommand, [...database(), '--data-path', '/no/such/folder'])
    expect(said).toMatch(/\[ \? \] the disk can be asked: .*ENOENT/)
    expect(code).toBe(2)
    const nobody = await run(preflightCommand, ['--database-url', 'postgres://x@127.0.0.1:1/x'])
    expect(nobody.said).toMatch(/\[ \? \] the database can be asked/)
    expect(nobody.code).toBe(2)
  })
})
