import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest'
import { takeEpoch } from './clock.ts'
import { readHistory } from './history/read-history.ts'
import { planExamDay } from './load/plan.ts'
import type { Profile } from './load/profile.ts'
import { startExamStub } from './load/testing/exam-stub.ts'
import { BRISK, EXAM, QUESTIONS } from './load/testing/sit-day.ts'
import { loadPhaseRecord } from './phase-folder.ts'
import type { PhaseResult } from './phase-result.ts'
import reference from './platform/reference-platform.ts'
import { runScenario, type Scenario } from './run-scenario.ts'
import type { Stage } from './stage.ts'
import { runOf } from './testing/run-facts-of.ts'

/** The second of two threads is lost with this account's first answer. */
const LOST_THREAD_PLATFORM = fileURLToPath(new URL('./load/testing/lost-thread-platform.ts', import.meta.url))

const SQL_DIR = fileURLToPath(new URL('../sql/', import.meta.url))

/** A platform outside of which nothing can be seen but its answers. */
function stageAt(url: string): Stage {
  const unseen = () => Promise.reject(new Error('nobody looks'))
  const nowhere = (): string => {
    throw new TypeError('nobody reads it')
  }
  return {
    facts: { images: {}, versions: {}, startupMs: null, notes: [] },
    outside: { database: false },
    baseUrl: () => url,
    databaseUrl: nowhere,
    directUrl: nowhere,
    redisUrl: nowhere,
    usage: async () => ({}),
    machine: unseen,
    backendLog: unseen,
    durability: async () => ({ known: false, reason: 'nobody asks' }),
    lost: async () => null,
    describeFailure: async () => '',
  }
}

/** `onEnd` of the test's own context: tests run side by side. */
async function played(
  onEnd: TestContext['onTestFinished'],
  profile: Partial<Profile>,
  over: Partial<Scenario> = {},
  platformFile?: string,
  seen: Partial<Stage> = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'run-scenario-'))
  onEnd(() => rm(dir, { recursive: true }))
  await using stub = await startExamStub({ questions: QUESTIONS })
  const plan = planExamDay({ ...BRISK, steadyMs: 1_500, ...profile }, 7, EXAM)
  const scenario: Scenario = {
    ...{ id: '2-load', title: 'load', plan, exam: EXAM, checkers: [], sqlDir: '', graceSeconds: 0 },
    // The stub is ready as soon as it answers anything.
    platform: { ...reference, health: { ready: '/v1/auth/logout', live: '/v1/auth/logout' } },
    ...over,
  }
  const hash = { name: 'reference', hash: '', lacks: [] }
  const run = {
    ...runOf({ dir, epoch: takeEpoch() }),
    ...(platformFile === undefined ? {} : { platform: { ...hash, file: platformFile } }),
  }
  const { signal } = new AbortController()
  const result = await runScenario(scenario, { ...stageAt(stub.url), ...seen }, run, signal, () => undefined)
  const record = await loadPhaseRecord(join(dir, scenario.id))
  return { result, record, history: await readHistory(join(dir, scenario.id, 'history.ndjson')) }
}

const completedOf = ({ checks }: PhaseResult) => checks.find(({ id }) => id === 'phase-completed')

test.concurrent.for([1, 2])(
  'a day of %i threads is played to its end, with one whole history',
  { timeout: 60_000 },
  async (threads, { onTestFinished }) => {
    const { result, history } = await played(onTestFinished, { generatorThreads: threads })
    expect(completedOf(result)).toMatchObject({ valid: true })
    expect(history).toMatchObject({ complete: true, missingEvents: 0 })
    expect(new Set([...history.operations()].map(({ candidate }) => candidate)).size).toBe(EXAM.candidates.length)
  },
)

test.concurrent('a thread that is lost makes the phase unknown, says why, and leaves a history that says it is incomplete', {
  timeout: 60_000,
}, async ({ onTestFinished }) => {
  // Two threads need two processors.
  if (availableParallelism() < 2) return
  const candidates = EXAM.candidates.map((account, index) => (index === 1 ? { ...account, email: 'fails@e' } : account))
  const exam = { ...EXAM, candidates }
  const { result, history } = await played(onTestFinished, { generatorThreads: 2 }, { exam }, LOST_THREAD_PLATFORM)
  expect(completedOf(result)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringMatching(/GENERATOR_LOST[\s\S]*thread 2 of 2[\s\S]*the adapter is broken/),
  })
  expect(history).toMatchObject({ complete: false, closed: true })
  expect(history.missingEvents).toBeGreaterThan(0)
})

/** A database with a session of this exam and one of last week's, and nothing else. */
function databaseOfTwoExams(): void {
  const sessions = [
    { id: 's-now', email: 'c-1@e', exam_id: EXAM.id },
    { id: 's-then', email: 'c-1@e', exam_id: 'last-week' },
  ]
  const answer = (sql: string) => {
    if (sql.includes('left_ms')) return [{ left_ms: null }]
    if (sql.includes('AS transactions')) return [{ transactions: 0, overdue: 0, sees_others: true }]
    return /\bu\.email, s\.exam_id\b/.test(sql) ? sessions : []
  }
  const none = async () => undefined
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(none)
  vi.spyOn(pg.Client.prototype, 'end').mockImplementation(none)
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation((async (asked: string | { text: string }) => ({
    rows: answer(typeof asked === 'string' ? asked : asked.text),
    fields: [],
  })) as never)
}

describe('with a database', () => {
  beforeAll(databaseOfTwoExams)
  afterAll(() => void vi.restoreAllMocks())

  test.concurrent.for([
    ['outside', { outside: { database: true } }, ['s-now']],
    // There a session of another exam is a finding.
    ['on a stage of our own', {}, ['s-now', 's-then']],
  ] as const)(
    '%s, of the sessions in the database these are stored and judged, and the rest is told',
    { timeout: 60_000 },
    async ([_, where, stored], { onTestFinished }) => {
      const seen = { ...where, databaseUrl: () => 'postgres://127.0.0.1:1/none' }
      const { result, record } = await played(onTestFinished, {}, { sqlDir: SQL_DIR }, undefined, {
        outside: undefined,
        ...seen,
      } as never)
      const { sessions } = record.evidence
      expect(sessions.known && sessions.rows.map(({ id }) => id)).toEqual(stored)
      const note = 'Sessions of other exams in the database, left out and not judged: 1.'
      expect(result.stage.notes).toEqual('outside' in where ? [note] : [])
      expect(record.facts.stage.notes).toEqual(result.stage.notes)
    },
  )
})
