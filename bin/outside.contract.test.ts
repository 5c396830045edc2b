import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { type Exam, examFor } from '../fixtures/exam/exam.ts'
import { seedExam } from '../fixtures/exam/seed-exam.ts'
import { type Guardian, startGuardian } from '../fixtures/guardian.ts'
import { type Stack, startStack } from '../fixtures/stack.ts'
import type { ExternalFault } from '../helpers/config/external.ts'
import { planExamDay } from '../helpers/load/plan.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import { databaseProblems } from '../helpers/outside/database-problems.ts'
import { type RunVerdict, runVerdictSchema } from '../helpers/run-verdict.ts'

/*
 * A platform that others run: the reference backend as a plain process of this machine, with PostgreSQL and Redis of its own.
 * The rehearsal knows its address, a list of candidates, and, where it is told, a role that can read.
 */

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '..')
const ENTRY = join(HERE, 'testing', 'rehearse-elsewhere.ts')
const DEFECTS = join(ROOT, 'fixtures', 'defects', 'main.ts')
const PROFILE = PROFILES.smoke
const SEED = 7
const RUN_TIMEOUT_MS = 180_000

const runId = `outside-${randomUUID().slice(0, 8)}`
let guardian: Guardian
let stacks = 0

beforeAll(async () => {
  guardian = await startGuardian(runId, 'processes')
})
afterAll(() => guardian?.[Symbol.asyncDispose]())

/** The tests run side by side, so each says itself what is left to undo after it. */
type Undo = Pick<TestContext, 'onTestFinished'>

async function platform({ onTestFinished }: Undo, options: { readonly defect?: string } = {}): Promise<Stack> {
  stacks += 1
  const stack = await startStack({
    runId,
    name: `outside-${stacks}`,
    host: 'processes',
    ...(options.defect === undefined
      ? {}
      : { backendCommand: ['node', DEFECTS], backendEnv: { BACKEND_DEFECT: options.defect } }),
  })
  onTestFinished(() => stack[Symbol.asyncDispose]())
  return stack
}

/** An exam for the day of the profile, whose candidates have names of their own. */
async function registered(
  stack: Stack,
  prefix: string,
  seed: number,
  count = PROFILE.candidates,
  lastsS?: number,
): Promise<Exam> {
  const candidates = Array.from({ length: PROFILE.candidates }, (_, index) => ({ id: String(index) }))
  const exam = examFor({
    seed,
    candidates: count,
    questions: PROFILE.questions,
    durationSeconds: lastsS ?? planExamDay(PROFILE, SEED, { candidates }).sessionSeconds,
    opensAt: new Date(Date.now() - 60_000),
  })
  const renamed = <Who extends { readonly email: string }>(who: Who): Who => ({
    ...who,
    email: `${prefix}-${who.email}`,
  })
  const own = { ...exam, candidates: exam.candidates.map(renamed), admin: renamed(exam.admin) }
  await seedExam(stack.databaseUrl(), own)
  return own
}

async function sql<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** A role that can read, as the documentation says to make one. */
async function readerOf(stack: Stack): Promise<string> {
  await sql(
    stack.databaseUrl(),
    `CREATE ROLE rehearsal_reader LOGIN PASSWORD 'reads'; GRANT pg_read_all_data, pg_read_all_stats TO rehearsal_reader`,
  )
  const url = new URL(stack.databaseUrl())
  url.username = 'rehearsal_reader'
  url.password = 'reads'
  return url.href
}

interface Outside {
  readonly url: string
  readonly exam: Pick<Exam, 'id' | 'candidates' | 'paper'>
  readonly databaseUrl?: string
  readonly faults?: readonly ExternalFault[]
  readonly only?: string
}

async function rehearseOutside({ onTestFinished }: Undo, { url, exam, databaseUrl, faults, only = '2-load' }: Outside) {
  const dir = await mkdtemp(join(tmpdir(), 'outside-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const { year, blocks, count: questions, durationSeconds } = exam.paper
  const list = {
    exam: { id: exam.id, year, blocks, questions, durationSeconds },
    candidates: exam.candidates.map(({ email, password }) => ({ email, password })),
  }
  await writeFile(join(dir, 'candidates.json'), JSON.stringify(list))
  const external = {
    ...{ url, candidates: './candidates.json', others: 'none' },
    ...(databaseUrl === undefined ? {} : { databaseUrl: '{env:PLATFORM_DB}' }),
    ...(faults === undefined ? {} : { faults }),
  }
  await writeFile(join(dir, 'rehearsal.config.mjs'), `export default ${JSON.stringify({ external })}`)
  const runsDir = join(dir, 'reports', 'runs')
  const run = async (...args: string[]) => {
    const child = spawn(process.execPath, [ENTRY, join(ROOT, 'suites'), runsDir, ...args], {
      env: {
        ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
        ...(databaseUrl === undefined ? {} : { PLATFORM_DB: databaseUrl }),
      },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
    const [code] = await once(child, 'close')
    return { code: code as number, output }
  }
  const flags = ['--host', 'external', '--profile', 'smoke', '--seed', String(SEED), '--only', only]
  const { code, output } = await run('run', '--config', join(dir, 'rehearsal.config.mjs'), ...flags)
  const latest = join(dir, 'reports', 'latest')
  const read = (path: string) => readFile(join(latest, path), 'utf8')
  return {
    ...{ code, output, read },
    again: () => run('verify', 'latest'),
    verdict: async (): Promise<RunVerdict> => runVerdictSchema.parse(JSON.parse(await read('verdict.json'))),
    created: async () =>
      (await read(`${only}/created.ndjson`))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  }
}

const gates = (verdict: RunVerdict) => Object.fromEntries(verdict.gates.map(({ id, valid }) => [id, valid]))
const checks = (verdict: RunVerdict) =>
  Object.fromEntries(verdict.phases.flatMap((phase) => phase.checks.map(({ id, valid }) => [id, valid])))

describe.concurrent('a platform outside', () => {
  test(
    'with its database: the rows are judged, nothing of it is changed, and what was made is listed',
    async (undo) => {
      const stack = await platform(undo)
      const exam = await registered(stack, 'r', 1)
      const databaseUrl = await readerOf(stack)
      const rehearsed = await rehearseOutside(undo, { url: stack.directUrl(), exam, databaseUrl })
      const verdict = await rehearsed.verdict()
      expect(checks(verdict), rehearsed.output).toMatchObject({
        'phase-completed': true,
        'no-lost-answer': true,
        'exactly-once-submit': true,
        score: true,
        'sql-invariants': true,
        'database-pool': 'not-judged',
        'durability-settings': 'not-judged',
        'no-silent-failures': 'not-judged',
      })
      expect(gates(verdict)).toMatchObject({
        'zero-data-loss': true,
        'no-corrupted-sessions': true,
        'database-pool': 'not-judged',
        'evidence-complete': 'not-judged',
        'exam-mode': 'not-judged',
      })
      expect(verdict.scope).toBe('partial')
      expect(verdict.headline).toMatch(/\(1 of 7 phases, from outside, not a release decision\), \d+ gates not judged$/)
      const created = await rehearsed.created()
      const [rows] = await sql<{ sessions: number; answers: number }>(
        stack.databaseUrl(),
        'SELECT (SELECT count(*)::int FROM test_sessions) AS sessions, (SELECT count(*)::int FROM session_answers) AS answers',
      )
      expect(created).toHaveLength(PROFILE.candidates)
      expect(rows).toEqual({
        sessions: created.length,
        answers: created.reduce((sum, { answers }) => sum + answers, 0),
      })
      const ids = (await rehearsed.read('2-load/history.ndjson')).matchAll(/"requestId":"([^"]+)"/g)
      for (const [, id] of ids) expect(id).toMatch(/^rehearsal-\d{8}T\d+Z-r-c-\d{4}-\d+$/)
      // Nothing of the list but the names of the candidates is stored with the run.
      const stored = [
        await rehearsed.read('run.json'),
        await rehearsed.read('2-load/record.json'),
        rehearsed.output,
      ].join()
      expect(stored).not.toContain(exam.candidates[0]?.password)
      expect(stored).not.toContain('reads@')
      expect((await rehearsed.again()).output).toContain('verified:')

      const refusal = { databaseUrl, map: (text: string) => text, others: 'none' } as const
      const emails = exam.candidates.map(({ email }) => email)
      const seen = async (question: Partial<Parameters<typeof databaseProblems>[0]>) =>
        (await databaseProblems({ ...refusal, ...question })).map((problem) => problem.seen)
      expect(await seen({ emails, examId: 'another' })).toEqual([])
      expect(await seen({ emails, examId: exam.id })).toEqual([`40 sessions of theirs in exam ${exam.id}`])
      // Closed sessions of others are of earlier days; one that is open and over its time is closed by the sweeper soon.
      expect(await seen({ emails: emails.slice(1) })).toEqual([])
      const stranger = (expiresIn: string) => `
        INSERT INTO test_sessions (id, user_id, mode, year, blocks, total_questions, duration_seconds, started_at, expires_at,
          exam_mode_at_start)
        SELECT gen_random_uuid(), id, 'TUTOR', 2026, '{}', 1, 7200, now() + '${expiresIn}' - interval '2 hours',
          now() + '${expiresIn}', false
        FROM users WHERE email = '${emails[0]}'`
      await sql(stack.databaseUrl(), stranger('-1 second'))
      expect(await seen({ emails: emails.slice(1) })).toEqual([])
      await sql(stack.databaseUrl(), stranger('1 hour'))
      expect(await seen({ emails: emails.slice(1) })).toEqual(['1 sessions of others go on'])
      expect(await seen({ emails: emails.slice(1), others: 'tolerated' })).toEqual([])
      await sql(stack.databaseUrl(), 'REVOKE pg_read_all_stats FROM rehearsal_reader')
      expect(await seen({ emails, others: 'tolerated' })).toEqual(['it does not see what other roles do'])
      expect(await seen({ emails, databaseUrl: stack.databaseUrl() })).toEqual([
        expect.stringMatching(/^it may write \d+ tables$/),
      ])
    },
    RUN_TIMEOUT_MS,
  )

  test(
    'without its database: what cannot be seen is not judged, and never a pass',
    async (undo) => {
      const stack = await platform(undo)
      const exam = await registered(stack, 'b', 2)
      const rehearsed = await rehearseOutside(undo, { url: stack.directUrl(), exam })
      const verdict = await rehearsed.verdict()
      expect(checks(verdict), rehearsed.output).toMatchObject({
        'phase-completed': true,
        'read-your-writes': true,
        'seen-again': true,
        'told-the-same': true,
        'no-lost-answer': 'not-judged',
        score: 'not-judged',
      })
      expect(gates(verdict)).toMatchObject({
        'zero-data-loss': 'not-judged',
        'no-corrupted-sessions': 'not-judged',
        'evidence-complete': 'not-judged',
      })
      expect(verdict.gates.find(({ id }) => id === 'zero-data-loss')?.reason).toMatch(
        /as far as it was seen it holds \[2-load\/read-your-writes, 2-load\/seen-again\]; .*without its database/,
      )
      expect(verdict.headline).toMatch(
        /from outside without its database, not a release decision\), \d+ gates not judged$/,
      )
      expect((await rehearsed.again()).output).toContain('verified:')
    },
    RUN_TIMEOUT_MS,
  )

  test(
    'that loses answers is a NO-GO, also for who sees no row',
    async (undo) => {
      const stack = await platform(undo, { defect: 'submit-leaves-out-the-last-answer' })
      const exam = await registered(stack, 'd', 3)
      const { code, output, verdict } = await rehearseOutside(undo, { url: stack.directUrl(), exam })
      expect(code, output).toBe(1)
      expect(gates(await verdict())['zero-data-loss']).toBe(false)
      expect(checks(await verdict())['read-your-writes']).toBe(false)
    },
    RUN_TIMEOUT_MS,
  )

  test(
    'is broken by commands of one’s own, and mended',
    async (undo) => {
      const stack = await platform(undo)
      // The day with faults is longer, and the first forty are those of phase 2.
      const exam = await registered(stack, 'f', 5, 2 * PROFILE.candidates, 300)
      const pids = (await stack.services.redis.descendants()).map(String)
      const { hostname, port } = new URL(stack.redisUrl())
      const silent = `const s = require('net').connect(${port}, '${hostname}'); s.on('data', () => process.exit(1));
      s.write('PING\\r\\n'); setTimeout(() => process.exit(0), 700)`
      const faults: readonly ExternalFault[] = [
        {
          ...{ name: 'redis-frozen', part: 'redis', candidatesNotice: 'nothing' },
          ...{ inject: ['kill', '-STOP', ...pids], felt: ['node', '-e', silent], heal: ['kill', '-CONT', ...pids] },
        },
      ]
      const databaseUrl = await readerOf(stack)
      const rehearsed = await rehearseOutside(undo, {
        url: stack.directUrl(),
        exam,
        databaseUrl,
        faults,
        only: '4-integrity',
      })
      const verdict = await rehearsed.verdict()
      expect(checks(verdict), rehearsed.output).toMatchObject({
        'phase-completed': true,
        'faults-felt': true,
        'no-lost-answer': true,
        'exactly-once-submit': true,
      })
      expect(verdict.phases[0]?.faults).toMatchObject([{ name: 'redis-frozen', felt: true }])
      expect(verdict.phases[0]?.faults[0]?.healedAt).not.toBeNull()
      expect((await rehearsed.again()).output).toContain('verified:')
    },
    RUN_TIMEOUT_MS,
  )

  test(
    'that fails is left alone, long before the day is over',
    async (undo) => {
      let requests = 0
      const server = createServer((request, response) => {
        requests += 1
        const isReady = request.url === '/v1/ready'
        response.writeHead(isReady ? 200 : 503, { 'content-type': 'application/json' })
        response.end(isReady ? '{"status":"ok"}' : '{"error_code":"DOWN","message":"","details":null,"request_id":"x"}')
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      undo.onTestFinished(() => void server.close())
      const { port } = server.address() as AddressInfo
      const exam = examFor({ seed: 4, candidates: 40, questions: 12, durationSeconds: 600, opensAt: new Date() })
      const { code, output } = await rehearseOutside(undo, { url: `http://127.0.0.1:${port}`, exam })
      expect(code, output).toBe(2)
      expect(output).toMatch(/the day was ended by its stop condition: 20 of 20 requests within 10 s failed/)
      // Ten probes before and ten after, twenty that failed, and what was under way.
      expect(requests).toBeLessThan(100)
    },
    RUN_TIMEOUT_MS,
  )
})
