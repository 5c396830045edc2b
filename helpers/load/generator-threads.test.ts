import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { referenceApi } from '../candidate/reference-api.ts'
import { wellFormedHistory } from '../checkers/well-formed-history.ts'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { historyOf } from '../history/history-of.ts'
import { openJournal } from '../history/journal.ts'
import type { Operation } from '../history/operation.ts'
import { copyOperation } from '../history/operation-columns.ts'
import { type HistoryFile, readHistory } from '../history/read-history.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Progress } from '../progress.ts'
import { type LoadResult, runExamDay } from './exam-day.ts'
import { runExamDayOnThreads, type ThreadedDayOptions, threadsFor } from './generator-threads.ts'
import { samplesNeeded } from './histogram.ts'
import type { StepName } from './meter.ts'
import { type ExamDayPlan, planExamDay } from './plan.ts'
import type { Profile } from './profile.ts'
import { PROFILES } from './profiles.ts'
import { type ExamStub, startExamStub } from './testing/exam-stub.ts'
import { memoryRecorder } from './testing/memory-recorder.ts'
import { BRISK, CANDIDATES, EXAM, QUESTIONS } from './testing/sit-day.ts'
import { validateProfile } from './validate-profile.ts'

const THREADS = 3
const LOST_THREAD_PLATFORM = fileURLToPath(new URL('./testing/lost-thread-platform.ts', import.meta.url))

/** A day that waits for nobody, and has far more room than what is done in it takes. */
const ROOMY: Profile = {
  ...BRISK,
  barrierAfterMs: 800,
  startWithinMs: 1_500,
  steadyMs: 3_000,
  thresholds: { ...BRISK.thresholds, p95Ms: 150 },
}

/** So few fit however busy the machine is. */
const ACTIONS = 4

/**
 * A day in which everybody does the first few things of their plan and no more: how many fit depends on how fast answers
 * come, and then no two days are the same.
 */
function planOf(seed: number): ExamDayPlan {
  const plan = planExamDay(ROOMY, seed, EXAM)
  const candidates = plan.candidates.map((drawn) => {
    const actions = drawn.actions.slice(0, Math.min(ACTIONS, drawn.dueActions))
    return { ...drawn, actions, dueActions: actions.length }
  })
  return { ...plan, candidates }
}

/** Everything but the recorder of a day on three threads, and what was missed. */
function threaded(stub: Pick<ExamStub, 'url'>, over: Partial<ThreadedDayOptions> = {}) {
  const epoch = takeEpoch()
  const missed: number[] = []
  const options = {
    ...{ plan: planOf(7), exam: EXAM, baseUrl: () => stub.url, epoch, clock: monotonicClock(epoch), threads: THREADS },
    ...{ signal: new AbortController().signal, missed: (events: number) => void missed.push(events) },
    ...over,
  }
  return { options, missed }
}

async function sitOnThreads(over: Partial<ThreadedDayOptions> = {}, latencyMs?: number) {
  await using stub = await startExamStub({ questions: QUESTIONS, ...(latencyMs === undefined ? {} : { latencyMs }) })
  const { events, ...recorder } = memoryRecorder()
  const { options, missed } = threaded(stub, over)
  const result = await runExamDayOnThreads({ recorder, ...options })
  return { result, missed, events, operations: [...historyOf(events).operations()], stub }
}

async function sitOnOne(plan: ExamDayPlan) {
  await using stub = await startExamStub({ questions: QUESTIONS })
  const { events, ...recorder } = memoryRecorder()
  const { exam, baseUrl, clock, signal } = threaded(stub).options
  const result = await runExamDay({ plan, exam, baseUrl, clock, signal, recorder, api: referenceApi })
  return { result, operations: [...historyOf(events).operations()] }
}

/** What was done, by whom; sessions and times are of that day only. */
function deedsOf(operations: readonly Operation[]): readonly string[] {
  return operations
    .map(
      ({ candidate, connection, f, step, question, version, value, nonce, idempotencyKey, attempt, outcome, reason }) =>
        JSON.stringify([
          candidate,
          connection,
          step,
          f,
          question,
          version,
          value,
          nonce,
          idempotencyKey,
          attempt,
          outcome,
          reason,
        ]),
    )
    .toSorted()
}

const countsOf = ({ planned, started, finished, dropped, aborted, offered }: LoadResult): unknown => ({
  ...{ planned, started, finished, dropped, aborted },
  offered,
})

describe('a day on three threads', { timeout: 60_000 }, () => {
  test.concurrent.for([7, 8])(
    'is the day that one thread plays: the same deeds of everybody, the same counts (seed %i)',
    async (seed) => {
      const plan = planOf(seed)
      const one = await sitOnOne(plan)
      const three = await sitOnThreads({ plan })
      expect(deedsOf(three.operations)).toEqual(deedsOf(one.operations))
      expect(new Set(three.operations.map(({ candidate }) => candidate)).size).toBe(CANDIDATES)
      expect(countsOf(three.result)).toEqual(countsOf(one.result))
      const everybody = { planned: CANDIDATES, started: CANDIDATES, finished: CANDIDATES }
      expect(three.result).toMatchObject({ ...everybody, threads: THREADS })
      expect(one.result.threads).toBe(1)
      expect(three.missed).toEqual([])
      const names = ({ steps }: LoadResult) => steps.map(({ name, latency }) => [name, Object.keys(latency).toSorted()])
      expect(names(three.result)).toEqual(names(one.result))
      expect(three.result.candidates.map(({ candidate }) => candidate)).toEqual(EXAM.candidates.map(({ id }) => id))
      expect(three.result.measurements.attempts).toBe(three.operations.length)
    },
  )

  test.concurrent('asks nobody for what the platform does not have, under the ids that it was told', async () => {
    const lacks = new Set(['logout'] as const)
    const { operations, result } = await sitOnThreads({ lacks, requestIdPrefix: 'theirs', plan: planOf(7) })
    const asked = new Set(operations.map(({ f }) => f))
    expect(asked).toContain('submit')
    expect(asked).not.toContain('logout')
    expect(operations.filter(({ requestId }) => !requestId.startsWith('theirs-c-'))).toEqual([])
    expect(result.started).toBe(CANDIDATES)
  })

  describe('that was written down', () => {
    let dir: string
    let result: LoadResult
    let history: HistoryFile
    let operations: readonly Operation[]
    const heard: number[] = []
    const progress: Progress[] = []
    const steps: StepName[] = []

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'generator-threads-'))
      await using stub = await startExamStub({ questions: QUESTIONS, latencyMs: 20 })
      const { options } = threaded(stub, { plan: planOf(7) })
      const path = join(dir, 'history.ndjson')
      const header = { runId: 'r', epoch: options.epoch, seed: 7, planHash: options.plan.planHash }
      await using journal = await openJournal(path, { header })
      const recorder: Recorder = {
        invoke(invocation) {
          heard.push(invocation.timeUs)
          return journal.invoke(invocation)
        },
        complete(completion) {
          heard.push(completion.timeUs)
          journal.complete(completion)
        },
      }
      const onProgress = (now: Progress): void => void progress.push(now)
      const onStep = (step: StepName): void => void steps.push(step)
      result = await runExamDayOnThreads({ ...options, recorder, onProgress, onStep })
      await journal.close()
      history = await readHistory(path)
      operations = [...history.operations()].map(copyOperation)
    }, 60_000)

    afterAll(async () => {
      await rm(dir, { recursive: true })
    })

    test('has one barrier, whose skew is from the first to the last request of all threads', () => {
      // What the barrier releases is the first request of everybody in that step.
      const first = new Map<string, number>()
      for (const { candidate, step, f, timeUs } of operations) {
        if (step === 'start-burst' && f === 'create-session' && !first.has(candidate)) first.set(candidate, timeUs)
      }
      const times = [...first.values()].toSorted((one, other) => one - other)
      expect(times).toHaveLength(CANDIDATES)
      const skewMs = ((times.at(-1) as number) - (times[0] as number)) / 1_000
      // Who was late on a machine that is too busy does not widen it.
      if (result.lateAtBarrier === 0) expect(result.barrierSkewMs).toBeCloseTo(skewMs, 6)
      else expect(result.barrierSkewMs).toBeLessThanOrEqual(skewMs)
      expect(times[0]).toBeGreaterThanOrEqual(result.originUs + result.plan.timeline.barrierMs * 1_000)
    })

    test('has one history: complete, in order, well formed, and what taps on the recorder heard', () => {
      const events = [...history.events()]
      expect(history).toMatchObject({ complete: true, missingEvents: 0, eventCount: 2 * operations.length })
      expect(history.eventCount).toBe(2 * result.measurements.attempts)
      expect(events.map(({ index }) => index)).toEqual(events.map((_, index) => index))
      expect(events.map(({ timeUs }) => timeUs)).toEqual(heard)
      expect(heard).toEqual(heard.toSorted((one, other) => one - other))
      const evidence = {} as Parameters<typeof wellFormedHistory.check>[1]
      const expectations = { candidates: [], minimumOk: {}, graceSeconds: 0 }
      expect(wellFormedHistory.check(history, evidence, expectations)).toMatchObject({ valid: true, violations: 0 })
    })

    test('has percentiles that equal an exact sort of what all threads sent', () => {
      const answers = operations.filter(({ f, step }) => f === 'save-answer' && step === 'steady')
      const sorted = answers
        .map(({ timeUs, completedUs }) => (completedUs as number) - timeUs)
        .toSorted((one, other) => one - other)
      expect(sorted.length).toBeGreaterThan(samplesNeeded(0.5))
      const exactMs = (sorted[Math.ceil(sorted.length / 2) - 1] as number) / 1_000
      const seen = result.steps.find(({ name }) => name === 'steady')?.serviceTime['save-answer']
      expect(seen?.count).toBe(sorted.length)
      expect(Math.abs((seen?.p50Ms as number) - exactMs) / exactMs).toBeLessThanOrEqual(0.001)
      expect(seen?.maxMs).toBeCloseTo((sorted.at(-1) as number) / 1_000, 2)
    })

    test('is watched in every thread, and says where it stands and which step it is', () => {
      expect(steps.slice(0, 5)).toEqual(['warm-up', 'arrivals', 'start-burst', 'steady', 'submit-spike'])
      expect(progress.length).toBeGreaterThanOrEqual(2)
      const submitted = result.candidates.filter((candidate) => candidate.submitted).length
      expect(progress.at(-1)).toMatchObject({ candidates: { planned: CANDIDATES, in: CANDIDATES, submitted } })
      expect(progress.at(-1)?.operationsPerSecond).toBeGreaterThan(0)
      // Also while it goes on, and not only in the end.
      expect(progress.slice(0, -1).some(({ candidates }) => candidates.in === CANDIDATES)).toBe(true)
      expect(result.windows).toHaveLength(1)
      expect(result.generator.cpu).toBeGreaterThan(0)
      expect(result.dispatchLag.count).toBeGreaterThan(CANDIDATES)
      expect(result.connections.count).toBeGreaterThanOrEqual(CANDIDATES)
    })
  })
})

describe.concurrent('an address that changes', { timeout: 60_000 }, () => {
  test('is followed by every thread', async () => {
    await using before = await startExamStub({ questions: QUESTIONS })
    await using after = await startExamStub({ questions: QUESTIONS })
    const { ...recorder } = memoryRecorder()
    let url = before.url
    const { options } = threaded(before, { baseUrl: () => url })
    const onStep = (step: StepName): void => {
      if (step !== 'start-burst') return
      url = after.url
      // Whoever is connected stays where they are until they are cut off.
      void before[Symbol.asyncDispose]()
    }
    await runExamDayOnThreads({ ...options, recorder, onStep })
    const asked = new Set(after.requests.map(({ requestId }) => requestId.replace(/^.*-(c-\d+)-\d+$/, '$1')))
    expect(asked.size).toBe(CANDIDATES)
  })

  test('that nobody knows is no answer for the candidates, and no end of the day', async () => {
    const memory = memoryRecorder()
    const { options } = threaded({ url: 'http://127.0.0.1:1' })
    const abort = new AbortController()
    const baseUrl = (): string => {
      // What is asked after the day is whether it was this machine.
      if (abort.signal.aborted) return 'http://127.0.0.1:1'
      throw new Error('the backend is not on stage')
    }
    // Ended when everybody has tried, and not at some time: a busy machine leaves a thread without a turn for seconds.
    const tried = new Set<string>()
    const recorder: Recorder = {
      invoke(invocation) {
        if (tried.add(invocation.candidate).size === CANDIDATES) abort.abort()
        return memory.invoke(invocation)
      },
      complete: (completion) => memory.complete(completion),
    }
    const result = await runExamDayOnThreads({ ...options, recorder, baseUrl, signal: abort.signal })
    expect(result).toMatchObject({ started: CANDIDATES, finished: 0, aborted: true })
    expect(memory.events.filter(({ type }) => type === 'ok')).toEqual([])
  })
})

test.concurrent('events that nobody writes down wait up to a bound, and that some were dropped is told', {
  timeout: 60_000,
}, async () => {
  await using stub = await startExamStub({ questions: QUESTIONS })
  // One event is more than this.
  const { options, missed } = threaded(stub, { maxPendingBytes: 1 })
  const { events, ...recorder } = memoryRecorder()
  await expect(runExamDayOnThreads({ ...options, recorder })).rejects.toThrow(
    /HISTORY_UNWRITABLE[\s\S]*events were dropped: more than 1 bytes waited in a thread/,
  )
  // What was sent is as much as what was written down and what is counted as missed.
  expect(events.length + (missed[0] as number)).toBe(2 * stub.requests.length)
  expect(missed).toHaveLength(1)
})

/** To threads that are still there. */
const openPorts = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort').length

/** The exam of the stub, with an account on which the adapter of that platform loses its thread: the second of three. */
const examLosing = (how: string): typeof EXAM => ({
  ...EXAM,
  candidates: EXAM.candidates.map((account, index) => (index === 1 ? { ...account, email: `${how}@e` } : account)),
})

describe('a day that ends early', { timeout: 60_000 }, () => {
  test('on an abort every thread starts nothing more, and what there is is returned', async () => {
    const ports: number[] = [openPorts()]
    const abort = new AbortController()
    const onStep = (step: StepName): void => {
      if (step !== 'steady') return
      ports.push(openPorts())
      abort.abort()
    }
    const { result, events, operations } = await sitOnThreads({ signal: abort.signal, onStep }, 20)
    ports.push(openPorts())
    expect(ports).toEqual([0, THREADS, 0])
    expect(result.aborted).toBe(true)
    expect(operations.length).toBeGreaterThan(CANDIDATES)
    expect(events).toHaveLength(2 * operations.length)
    expect(result.offered['submit-spike']).toMatchObject({ started: 0 })
  })

  test('before it began it is nothing at all', async () => {
    const { result, operations } = await sitOnThreads({ signal: AbortSignal.abort() })
    expect(operations).toEqual([])
    expect(result).toMatchObject({ planned: CANDIDATES, started: 0, finished: 0, dropped: CANDIDATES, aborted: true })
  })

  test.each([
    ['exits', /GENERATOR_LOST[\s\S]*thread 2 of 3, which played 7 candidates, ended with code 3/],
    ['fails', /GENERATOR_LOST[\s\S]*thread 2 of 3, which played 7 candidates, failed: the adapter is broken/],
  ])(
    'a thread that %s is told, the history is incomplete, and what the others were told is in it',
    async (how, told) => {
      const exam = examLosing(how)
      await using stub = await startExamStub({ questions: QUESTIONS })
      const { events, ...recorder } = memoryRecorder()
      const { options, missed } = threaded(stub, { exam, platformFile: LOST_THREAD_PLATFORM })
      await expect(runExamDayOnThreads({ ...options, recorder })).rejects.toThrow(told)
      expect(missed).toEqual([1])
      const operations = [...historyOf(events).operations()]
      const open = operations.filter(({ completedUs }) => completedUs === null).map(({ candidate }) => candidate)
      // Those of the thread that is gone; everybody else was heard to the end.
      expect(
        open.filter((id) => EXAM.candidates.findIndex((candidate) => candidate.id === id) % THREADS !== 1),
      ).toEqual([])
      expect(operations.some(({ step }) => step === 'start-burst')).toBe(true)
      expect(openPorts()).toBe(0)
    },
  )

  test('a thread that hangs is given up after the end of the day, and ended', async () => {
    const exam = examLosing('hangs')
    await using stub = await startExamStub({ questions: QUESTIONS })
    const over = { exam, platformFile: LOST_THREAD_PLATFORM, answersWithinMs: 100 }
    const { options, missed } = threaded(stub, over)
    const { events, ...recorder } = memoryRecorder()
    const abort = new AbortController()
    const onStep = (step: StepName): void => {
      if (step === 'submit-spike') abort.abort()
    }
    const run = runExamDayOnThreads({ ...options, recorder, onStep, signal: abort.signal })
    await expect(run).rejects.toThrow(/GENERATOR_LOST[\s\S]*thread 2 of 3[\s\S]*still at work long after the end/)
    expect(missed).toEqual([1])
    expect(openPorts()).toBe(0)
    expect(events.length).toBeGreaterThan(CANDIDATES)
  })

  test('an exam with fewer candidates than the plan is refused before any thread is started', async () => {
    const { options } = threaded(
      { url: 'http://127.0.0.1:1' },
      { exam: { ...EXAM, candidates: EXAM.candidates.slice(1) } },
    )
    await expect(runExamDayOnThreads({ ...options, recorder: memoryRecorder() })).rejects.toThrow(
      /CONFIG_INVALID[\s\S]*19 candidates/,
    )
  })
})

describe('how many threads', () => {
  test.each([
    [1, 1],
    [10_000, 1],
    [10_001, 2],
    [20_000, 2],
    [20_001, 3],
    [1_000_000, 8],
  ])('%i candidates are played by %i of up to 8', (candidates, threads) => {
    expect(threadsFor({ candidates }, 8)).toBe(threads)
  })

  test('is what was asked for, but never more than there are processors or candidates', () => {
    expect(threadsFor({ candidates: 400, generatorThreads: 3 }, 8)).toBe(3)
    expect(threadsFor({ candidates: 400, generatorThreads: 30 }, 8)).toBe(8)
    expect(threadsFor({ candidates: 2, generatorThreads: 3 }, 8)).toBe(2)
    expect(threadsFor({ candidates: 40_000, generatorThreads: 1 }, 8)).toBe(1)
  })

  test.each([0, -1, 1.5, Number.NaN, '2'])(
    '%o threads are refused with everything else that is wrong',
    (generatorThreads) => {
      const wrong = { ...PROFILES.dev, generatorThreads: generatorThreads as number, candidates: 0 }
      const problems = validateProfile(wrong)
      expect(problems).toContainEqual(
        expect.stringMatching(/^generatorThreads should be a whole number of at least 1, instead got/),
      )
      expect(problems).toContainEqual(expect.stringMatching(/^candidates should be/))
    },
  )
})
