import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { takeEpoch } from './clock.ts'
import { readHistory } from './history/read-history.ts'
import { planExamDay } from './load/plan.ts'
import type { Profile } from './load/profile.ts'
import { startExamStub } from './load/testing/exam-stub.ts'
import { BRISK, EXAM, QUESTIONS } from './load/testing/sit-day.ts'
import type { PhaseResult } from './phase-result.ts'
import reference from './platform/reference-platform.ts'
import { runScenario, type Scenario } from './run-scenario.ts'
import type { Stage } from './stage.ts'
import { runOf } from './testing/run-facts-of.ts'

/** The second of two threads is lost with this account's first answer. */
const LOST_THREAD_PLATFORM = fileURLToPath(new URL('./load/testing/lost-thread-platform.ts', import.meta.url))

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

async function played(profile: Partial<Profile>, over: Partial<Scenario> = {}, platformFile?: string) {
  const dir = await mkdtemp(join(tmpdir(), 'run-scenario-'))
  onTestFinished(() => rm(dir, { recursive: true }))
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
  const result = await runScenario(scenario, stageAt(stub.url), run, new AbortController().signal, () => undefined)
  return { result, history: await readHistory(join(dir, scenario.id, 'history.ndjson')) }
}

const completedOf = ({ checks }: PhaseResult) => checks.find(({ id }) => id === 'phase-completed')

test.each([1, 2])(
  'a day of %i threads is played to its end, with one whole history',
  { timeout: 60_000 },
  async (threads) => {
    const { result, history } = await played({ generatorThreads: threads })
    expect(completedOf(result)).toMatchObject({ valid: true })
    expect(history).toMatchObject({ complete: true, missingEvents: 0 })
    expect(new Set([...history.operations()].map(({ candidate }) => candidate)).size).toBe(EXAM.candidates.length)
  },
)

test('a thread that is lost makes the phase unknown, says why, and leaves a history that says it is incomplete', {
  timeout: 60_000,
}, async () => {
  // Two threads need two processors.
  if (availableParallelism() < 2) return
  const candidates = EXAM.candidates.map((account, index) => (index === 1 ? { ...account, email: 'fails@e' } : account))
  const exam = { ...EXAM, candidates }
  const { result, history } = await played({ generatorThreads: 2 }, { exam }, LOST_THREAD_PLATFORM)
  expect(completedOf(result)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringMatching(/GENERATOR_LOST[\s\S]*thread 2 of 2[\s\S]*the adapter is broken/),
  })
  expect(history).toMatchObject({ complete: false, closed: true })
  expect(history.missingEvents).toBeGreaterThan(0)
})
