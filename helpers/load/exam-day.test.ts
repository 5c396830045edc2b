import { describe, expect, test } from 'vitest'
import type { Hindrance } from '../candidate/candidate.ts'
import type { ExamApi } from '../candidate/exam-api.ts'
import { toldOk } from '../candidate/read-reply.ts'
import { referenceApi } from '../candidate/reference-api.ts'
import { nonVacuity } from '../checkers/non-vacuity.ts'
import { wellFormedHistory } from '../checkers/well-formed-history.ts'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { attemptsOf } from '../faults/load-tap.ts'
import { historyOf } from '../history/history-of.ts'
import type { Operation, Told } from '../history/operation.ts'
import type { Progress } from '../progress.ts'
import { runExamDay } from './exam-day.ts'
import type { StepName } from './meter.ts'
import { minimumOkOf, planExamDay } from './plan.ts'
import type { Interference, StubRequest } from './testing/exam-stub.ts'
import { windowOf } from './testing/load-result-of.ts'
import { memoryRecorder } from './testing/memory-recorder.ts'
import { BRISK, CANDIDATES, type Day, EXAM, sitDay } from './testing/sit-day.ts'
import { twoStepApi } from './testing/two-step-api.ts'
import { judgeLoad } from './thresholds.ts'

/** Every n-th answer that reaches the backend gets `interference`. */
const everyNthAnswer = (n: number, interference: Interference) => (request: StubRequest) =>
  request.path.endsWith('/answer') && request.nth % n === 0 ? interference : undefined

/** For each candidate and question the newest version that was acknowledged, beside the one that is stored. */
function acknowledgedBesideStored({ operations, stub }: Day): { acknowledged: unknown[]; stored: unknown[] } {
  const newest = new Map<string, Operation>()
  for (const operation of operations) {
    if (operation.f !== 'save-answer' || operation.outcome !== 'ok') continue
    const key = `${operation.session} ${operation.question}`
    const before = newest.get(key)
    if (before === undefined || (operation.version as number) > (before.version as number)) newest.set(key, operation)
  }
  const acknowledged: unknown[] = []
  const stored: unknown[] = []
  for (const { session, question, version, value } of newest.values()) {
    acknowledged.push({ question, version, value })
    const row = stub.answersOf(session as string).get(question as string)
    stored.push({ question, version: row?.version, value: row?.value })
  }
  return { acknowledged, stored }
}

type Paper = Extract<Told, { readonly kind: 'paper' }>

/** The reference, whose paper says something else. */
function paperAs(change: (paper: Paper) => Paper): ExamApi {
  return {
    ...referenceApi,
    readSession: (tokens, session) => {
      const call = referenceApi.readSession(tokens, session)
      return {
        ...call,
        read: (response) => {
          const reading = call.read(response)
          return reading.reply === undefined ? reading : toldOk(change(reading.reply))
        },
      }
    },
  }
}

describe.concurrent('an exam day', () => {
  test('everybody sits it as planned, and what they were told is what is stored', async () => {
    const day = await sitDay()
    const { result, operations } = day
    expect(result).toMatchObject({ planned: CANDIDATES, started: CANDIDATES, finished: CANDIDATES, dropped: 0 })
    expect(result.aborted).toBe(false)
    expect(result.offered['start-burst']).toMatchObject({ planned: CANDIDATES, finished: CANDIDATES })
    expect(result.offered.steady.dropped).toBe(0)
    expect(result.steps.map(({ name }) => name)).toEqual([
      'warm-up',
      'arrivals',
      'start-burst',
      'steady',
      'submit-spike',
      'drain',
    ])
    const { acknowledged, stored } = acknowledgedBesideStored(day)
    expect(acknowledged.length).toBeGreaterThan(CANDIDATES)
    expect(stored).toEqual(acknowledged)
    const kinds = new Set(operations.map(({ f }) => f))
    expect(kinds).toEqual(
      new Set([
        'login',
        'logout',
        'create-session',
        'current-session',
        'read-session',
        'read-questions',
        'save-answer',
        'submit',
        'review',
      ]),
    )
  })

  test('the history is well formed: every operation ends once, request ids are unique, times run forward', async () => {
    const { operations, events } = await sitDay()
    const completions = events.filter(({ type }) => type !== 'invoke')
    expect(completions).toHaveLength(operations.length)
    expect(new Set(operations.map(({ requestId }) => requestId)).size).toBe(operations.length)
    for (const { timeUs, intendedUs, completedUs } of operations) {
      expect(timeUs).toBeGreaterThanOrEqual(intendedUs - 1)
      expect(completedUs).toBeGreaterThanOrEqual(timeUs)
    }
    const wrong: string[] = []
    for (const [key, version] of versionsInOrder(operations)) {
      version.forEach((seen, index) => {
        if (seen !== index + 1) wrong.push(`${key}: ${version.join(' ')}`)
      })
    }
    expect(wrong).toEqual([])
  })

  test('one candidate does one thing at a time on each of its connections', async () => {
    const { operations } = await sitDay()
    const overlapping: unknown[] = []
    const last = new Map<string, number>()
    for (const { candidate, connection, timeUs, completedUs } of operations) {
      const key = `${candidate} ${connection}`
      if (timeUs < (last.get(key) ?? 0)) overlapping.push(key)
      last.set(key, completedUs as number)
    }
    expect(overlapping).toEqual([])
  })

  test('the same seed asks for the same things in the same order; only how many fit differs', async () => {
    const asked = ({ operations }: Day, candidate: string) =>
      operations
        .filter(
          (operation) =>
            operation.candidate === candidate && operation.f === 'save-answer' && operation.step === 'steady',
        )
        .map(({ question, version, value, nonce, attempt }) =>
          JSON.stringify({ question, version, value, nonce, attempt }),
        )
    const [one, again, other] = await Promise.all([sitDay(), sitDay(), sitDay({ seed: 8 })])
    expect(one.plan.planHash).toBe(again.plan.planHash)
    for (const { id } of EXAM.candidates) {
      const [first, second] = [asked(one, id), asked(again, id)]
      const shared = Math.min(first.length, second.length)
      expect(shared).toBeGreaterThan(0)
      expect(first.slice(0, shared)).toEqual(second.slice(0, shared))
      expect(asked(other, id)[0]).not.toBe(first[0])
    }
  })

  test('a submit that is sent twice is really under way twice, on two connections and two workers', async () => {
    const { operations, result, plan } = await sitDay({ latencyMs: 5 })
    const doubles = plan.candidates.filter(({ doubleSubmit }) => doubleSubmit !== 'no')
    expect(doubles.length).toBeGreaterThan(0)
    const workers = new Set<string | undefined>()
    for (const { candidate, doubleSubmit } of doubles) {
      const submits = operations.filter((operation) => operation.candidate === candidate && operation.f === 'submit')
      const [one, other] = submits as [Operation, Operation]
      expect(submits.map(({ connection }) => connection).toSorted()).toEqual(['double-submit', 'main'])
      expect(Math.max(one.timeUs, other.timeUs)).toBeLessThan(Math.min(one.completedUs ?? 0, other.completedUs ?? 0))
      expect(one.idempotencyKey === other.idempotencyKey).toBe(doubleSubmit === 'same-key')
      expect(one.told).toEqual(other.told)
      for (const { worker } of submits) workers.add(worker)
    }
    expect(workers.size).toBe(2)
    expect(result.candidates.filter(({ doubleSubmit }) => doubleSubmit?.overlapped)).toHaveLength(doubles.length)
  })

  test('a start that is sent twice is under way twice, with one key or two, and comes to one session', async () => {
    const day = await sitDay({ latencyMs: 5, profile: { doubleStarts: 1, answersTogether: 0, answersBesideSubmit: 0 } })
    for (const { id } of EXAM.candidates) {
      const starts = day.operations.filter(({ candidate, f }) => candidate === id && f === 'create-session')
      const [one, other] = starts as [Operation, Operation]
      expect(starts.map(({ connection }) => connection).toSorted()).toEqual(['aside', 'main'])
      expect(Math.max(one.timeUs, other.timeUs)).toBeLessThan(Math.min(one.completedUs ?? 0, other.completedUs ?? 0))
      expect(new Set(starts.map(({ told }) => (told?.kind === 'session' ? told.session : undefined))).size).toBe(1)
    }
    const keys = day.plan.candidates.map(({ doubleStart }) => doubleStart)
    expect(keys.filter((key) => key === 'same-key')).toHaveLength(CANDIDATES / 2)
    for (const { candidate, doubleStart } of day.plan.candidates) {
      const starts = day.operations.filter(
        (operation) => operation.candidate === candidate && operation.f === 'create-session',
      )
      expect(new Set(starts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(doubleStart === 'same-key' ? 1 : 2)
    }
    expect(day.result.candidates.every(({ doubleStarts }) => doubleStarts === 1)).toBe(true)
  })

  test('of two starts at once one may be sent away, and that is no error', async () => {
    const seen = new Set<string>()
    const isSecond = ({ requestId }: StubRequest): boolean => {
      const candidate = requestId.slice(0, requestId.lastIndexOf('-'))
      return seen.size === seen.add(candidate).size
    }
    const day = await sitDay({
      profile: { doubleStarts: 1 },
      interfere: (request) =>
        request.method === 'POST' && request.path === '/v1/sessions' && isSecond(request)
          ? { status: 409, errorCode: 'BUSY' }
          : undefined,
    })
    expect(day.result).toMatchObject({ finished: CANDIDATES })
    const sentAway = day.operations.filter(({ f, reason }) => f === 'create-session' && reason === 'conflict')
    expect(sentAway).toHaveLength(CANDIDATES)
    expect([...day.result.measurements.logicals()].filter(({ error }) => error)).toEqual([])
    expect(attemptsOf(historyOf(day.events)).filter(({ failed }) => failed)).toEqual([])
  })

  test('of two starts at once both are sent away: that is an error, and the candidate looks whether there is a session', async () => {
    const seen = new Map<string, number>()
    const day = await sitDay({
      profile: { doubleStarts: 1 },
      interfere: ({ method, path, requestId }) => {
        if (method !== 'POST' || path !== '/v1/sessions') return undefined
        const candidate = requestId.slice(0, requestId.lastIndexOf('-'))
        seen.set(candidate, (seen.get(candidate) ?? 0) + 1)
        return (seen.get(candidate) as number) <= 2 ? { status: 409, errorCode: 'BUSY' } : undefined
      },
    })
    expect(day.result).toMatchObject({ finished: CANDIDATES })
    const wishes = [...day.result.measurements.logicals()].filter(({ f }) => f === 'create-session')
    expect(wishes).toHaveLength(3 * CANDIDATES)
    expect(wishes.filter(({ error, reason }) => error && reason === 'conflict')).toHaveLength(CANDIDATES)
    for (const { id } of EXAM.candidates) {
      const asked = day.operations.filter(({ candidate, step }) => candidate === id && step === 'start-burst')
      expect(asked.slice(0, 4).map(({ f }) => f)).toEqual([
        'create-session',
        'create-session',
        'current-session',
        'create-session',
      ])
    }
  })

  test('who is sent away because there is a session, and heard of none, finds it', async () => {
    const starts = new Map<string, number>()
    const day = await sitDay({
      profile: { doubleStarts: 0 },
      interfere: ({ method, path, requestId }) => {
        const candidate = requestId.slice(0, requestId.lastIndexOf('-'))
        const before = starts.get(candidate) ?? 0
        if (method === 'GET' && path.startsWith('/v1/sessions/current') && before < 3) {
          return { status: 500, errorCode: 'BROKEN' }
        }
        if (method !== 'POST' || path !== '/v1/sessions') return undefined
        starts.set(candidate, before + 1)
        return before === 0 ? 'drop-after' : { status: 409, errorCode: 'ALREADY_STARTED' }
      },
    })
    expect(day.result).toMatchObject({ finished: CANDIDATES })
  })

  test('two answers that leave together are under way at the same time, on two connections, and both are stored', async () => {
    const day = await sitDay({
      latencyMs: 5,
      profile: { answersTogether: 0.5, answersBesideSubmit: 0, doubleStarts: 0 },
    })
    const pairs = day.operations.filter(
      ({ connection, f, attempt }) => connection === 'aside' && f === 'save-answer' && attempt === 1,
    )
    expect(pairs.length).toBeGreaterThan(CANDIDATES / 2)
    for (const pair of pairs) {
      const beside = day.operations.filter(
        ({ candidate, connection, f, timeUs, completedUs }) =>
          candidate === pair.candidate &&
          connection === 'main' &&
          f === 'save-answer' &&
          timeUs < (pair.completedUs as number) &&
          (completedUs as number) > pair.timeUs,
      )
      expect(beside).toHaveLength(1)
      expect(beside[0]?.question).not.toBe(pair.question)
      expect(beside[0]?.intendedUs).toBe(pair.intendedUs)
    }
    expect(day.result.candidates.reduce((sum, { answersTogether }) => sum + answersTogether, 0)).toBe(pairs.length)
    const { acknowledged, stored } = acknowledgedBesideStored(day)
    expect(stored).toEqual(acknowledged)
  })

  test('an answer that leaves together with the submit is stored or refused, and a refusal is no error', async () => {
    const day = await sitDay({
      // Every other submit is there before the answer.
      latencyMs: ({ path, requestId }) => {
        const isEven = Number(requestId.split('-').at(-2)) % 2 === 0
        return path.endsWith('/submit') === isEven ? 2 : 30
      },
      profile: { answersBesideSubmit: 1, answersTogether: 0, doubleStarts: 0, doubleSubmits: 0, vanish: 0 },
    })
    const beside = day.operations.filter(({ connection, f }) => connection === 'last-answer' && f === 'save-answer')
    expect(beside).toHaveLength(CANDIDATES)
    expect(new Set(beside.map(({ reason }) => reason))).toEqual(new Set(['success', 'session-closed']))
    expect(
      day.result.candidates.filter(({ answersBesideSubmit, submitted }) => answersBesideSubmit === 1 && submitted),
    ).toHaveLength(CANDIDATES)
    expect([...day.result.measurements.logicals()].filter(({ error }) => error)).toEqual([])
    const { acknowledged, stored } = acknowledgedBesideStored(day)
    expect(stored).toEqual(acknowledged)
  })

  test('an older event that comes late never replaces the newer answer', async () => {
    const day = await sitDay({ profile: { lateRetries: 1 } })
    const late = day.result.candidates.reduce((sum, { lateRetries }) => sum + lateRetries, 0)
    expect(late).toBeGreaterThan(CANDIDATES / 2)
    const superseded = day.operations.filter(({ reason }) => reason === 'superseded')
    const resent = day.operations.filter(
      ({ f, attempt, outcome }) => f === 'save-answer' && attempt === 2 && outcome === 'ok',
    )
    expect(superseded.length).toBeGreaterThan(0)
    expect(resent.length).toBeGreaterThan(0)
    for (const { outcome } of superseded) expect(outcome).toBe('fail')
    const { acknowledged, stored } = acknowledgedBesideStored(day)
    expect(stored).toEqual(acknowledged)
  })

  test('an answer after the submit is tried, and that it is refused is no error', async () => {
    const { operations, plan, result } = await sitDay({ profile: { answersAfterSubmit: 1 } })
    const submits = plan.candidates.filter(({ submitMs }) => submitMs !== null).length
    const after = operations.filter(({ f, step }) => f === 'save-answer' && step === 'drain')
    expect(after).toHaveLength(submits)
    for (const { outcome, reason } of after)
      expect({ outcome, reason }).toEqual({ outcome: 'fail', reason: 'session-closed' })
    expect([...result.measurements.logicals()].filter(({ error }) => error)).toEqual([])
    expect(result.candidates.filter(({ interrupted }) => interrupted)).toEqual([])
  })

  test('a mark alone keeps the answer, and a reload finds what was acknowledged', async () => {
    const { stub, operations } = await sitDay({ profile: { marks: 0.5, resumeReads: 1 } })
    const marks = stub.requests.filter(({ body }) => body.marked_for_review === true)
    expect(marks.length).toBeGreaterThan(0)
    for (const { body } of marks) expect(body).not.toHaveProperty('selected_index')
    expect(operations.filter(({ f, step }) => f === 'read-session' && step === 'steady').length).toBe(CANDIDATES)
  })
})

describe.concurrent('a backend that misbehaves', () => {
  test('answers lost after the work was done are sent again with the same nonce and end as acknowledged', async () => {
    const day = await sitDay({ interfere: everyNthAnswer(10, 'drop-after') })
    const lost = day.operations.filter(({ reason }) => reason === 'connection-reset')
    expect(lost.length).toBeGreaterThan(5)
    for (const { nonce, version, attempt } of lost) {
      const again = day.operations.find((operation) => operation.nonce === nonce && operation.attempt === attempt + 1)
      expect(again).toMatchObject({ version })
    }
    expect(day.result.candidates.reduce((sum, { unresolved }) => sum + unresolved, 0)).toBe(0)
    const { acknowledged, stored } = acknowledgedBesideStored(day)
    expect(stored).toEqual(acknowledged)
    expect(day.result.candidates.some(({ interrupted }) => interrupted)).toBe(true)
  })

  test('that is slow at first has been offered all the same, and the wait counts from when it was wanted', async () => {
    const { plan, result, operations } = await sitDay({
      profile: { arrivalsMs: 600, startWithinMs: 1_000, steadyMs: 1_600 },
      latencyMs: ({ path, nth }) => (path === '/v1/auth/login' && nth <= 2 ? 700 : 1),
    })
    const kept = operations.filter(({ f, step, timeUs, intendedUs }) => {
      return f === 'login' && step === 'arrivals' && timeUs - intendedUs > 100_000
    })
    // Those who were still busy with the warm-up.
    expect(kept.map(({ candidate }) => candidate).toSorted()).toEqual(['c-0001', 'c-0002'])
    for (const { intendedUs, candidate } of kept) {
      const { arriveMs = 0 } = plan.candidates.find((one) => one.candidate === candidate) ?? {}
      expect(intendedUs).toBeCloseTo(result.originUs + arriveMs * 1_000, 0)
      const outcome = result.candidates.find((one) => one.candidate === candidate)
      expect(outcome?.arrivalLagMs).toBeLessThan(100)
    }
  })

  test('a time-out is recorded at its time-out and the candidate goes on', async () => {
    const clientTimeoutMs = 300
    const { operations, result } = await sitDay({
      profile: { clientTimeoutMs },
      interfere: everyNthAnswer(40, 'never-answer'),
    })
    const timedOut = operations.filter(({ reason }) => reason === 'time-out')
    expect(timedOut.length).toBeGreaterThan(0)
    for (const { timeUs, completedUs, outcome } of timedOut) {
      expect(outcome).toBe('info')
      expect((completedUs as number) - timeUs).toBeGreaterThanOrEqual(clientTimeoutMs * 1_000 - 1_000)
    }
    expect(result.finished).toBe(CANDIDATES)
    expect(result.candidates.some(({ slowed }) => slowed)).toBe(true)
  })

  test('expired tokens are renewed in the middle of the exam, and that is no interruption', async () => {
    const { operations, result } = await sitDay({
      interfere: everyNthAnswer(15, { status: 401, errorCode: 'TOKEN_EXPIRED' }),
    })
    expect(operations.filter(({ f, outcome }) => f === 'refresh-token' && outcome === 'ok').length).toBeGreaterThan(3)
    expect(result.finished).toBe(CANDIDATES)
    expect(result.candidates.filter(({ interrupted }) => interrupted)).toEqual([])
    expect(result.measurements.errors).toBe(0)
  })

  test('who is refused a refresh logs in again and goes on', async () => {
    const answers = everyNthAnswer(30, { status: 401, errorCode: 'TOKEN_EXPIRED' })
    const { operations, result } = await sitDay({
      interfere: (request) =>
        request.path === '/v1/auth/refresh' ? { status: 401, errorCode: 'REFRESH_TOKEN_REUSE' } : answers(request),
    })
    expect(operations.filter(({ f, step }) => f === 'login' && step === 'steady').length).toBeGreaterThan(0)
    expect(result.measurements.errors).toBeGreaterThan(0)
    expect(result.finished).toBe(CANDIDATES)
    expect(result.candidates.some(({ interrupted }) => interrupted)).toBe(true)
  })

  test('who is told to come back later does not come earlier', async () => {
    const { operations } = await sitDay({
      profile: { drainMs: 5_000 },
      interfere: ({ path, nth }) =>
        path.endsWith('/submit') && nth === 1
          ? { status: 429, errorCode: 'RATE_LIMITED', retryAfterSeconds: 1 }
          : undefined,
    })
    const refused = operations.find(({ reason }) => reason === 'rate-limited') as Operation
    expect(refused.outcome).toBe('fail')
    const again = operations.find(
      ({ candidate, connection, f, attempt }) =>
        f === 'submit' && candidate === refused.candidate && connection === refused.connection && attempt === 2,
    ) as Operation
    expect(again.timeUs - (refused.completedUs as number)).toBeGreaterThanOrEqual(1_000_000)
    expect(again.idempotencyKey).toBe(refused.idempotencyKey)
  })

  test('a door that is not open yet is knocked at until it is', async () => {
    const { operations, result } = await sitDay({
      interfere: ({ method, path, nth }) =>
        method === 'POST' && path === '/v1/sessions' && nth <= CANDIDATES
          ? { status: 403, errorCode: 'EXAM_NOT_OPEN', retryAfterSeconds: 0 }
          : undefined,
    })
    expect(operations.filter(({ reason }) => reason === 'exam-not-open')).toHaveLength(CANDIDATES)
    expect(result).toMatchObject({ finished: CANDIDATES })
    expect([...result.measurements.logicals()].filter(({ error }) => error)).toEqual([])
  })

  test('sessions that nobody gets leave no candidate in, and no exam finished', async () => {
    const { result } = await sitDay({
      interfere: ({ method, path }) =>
        method === 'POST' && path === '/v1/sessions' ? { status: 500, errorCode: 'INTERNAL_ERROR' } : undefined,
    })
    expect(result.candidates.every(({ entered, inAfterMs }) => !entered && inAfterMs === null)).toBe(true)
    expect(result).toMatchObject({ started: CANDIDATES, finished: 0 })
    const burst = judgeLoad(BRISK, result).find(({ id }) => id === 'start-burst')
    expect(burst).toMatchObject({ violations: CANDIDATES, counts: { inTime: 0 } })
    expect(burst?.valid).not.toBe(true)
  })

  test('what kept a candidate from getting in and from handing in is known, and whether it was a refusal', async () => {
    const { result } = await sitDay({
      profile: { doubleSubmits: 0, vanish: 0 },
      interfere: ({ method, path, nth }) => {
        if (method === 'POST' && path === '/v1/sessions' && nth === 1) return { status: 403, errorCode: 'FORBIDDEN' }
        if (method === 'POST' && path === '/v1/sessions' && nth === 2) return { status: 503, errorCode: 'BUSY' }
        return path.endsWith('/submit') && nth <= 3 ? { status: 409, errorCode: 'CONFLICT' } : undefined
      },
    })
    const refusals = (hindrances: readonly (Hindrance | null)[]) =>
      hindrances.flatMap((hindrance) => (hindrance === null ? [] : [hindrance.refused]))
    expect(refusals(result.candidates.map(({ entryHindered }) => entryHindered))).toEqual([true])
    expect(refusals(result.candidates.map(({ submitHindered }) => submitHindered))).toEqual([true, true, true])
    const barrierUs = result.originUs + result.plan.timeline.barrierMs * 1_000
    const [at] = result.candidates.flatMap(({ entryHindered }) => entryHindered ?? [])
    expect(at?.fromUs).toBe(barrierUs)
    expect(at?.toUs).toBeGreaterThan(barrierUs)
    const never = await sitDay({
      interfere: ({ method, path }) =>
        method === 'POST' && path === '/v1/sessions' ? { status: 500, errorCode: 'INTERNAL_ERROR' } : undefined,
    })
    const ways = never.result.candidates.map(({ entryHindered }) => entryHindered)
    expect(refusals(ways)).toEqual(Array.from({ length: CANDIDATES }, () => false))
  })

  test('a second device that is still getting ready is replaced by one with a name of its own', async () => {
    const { events, operations } = await sitDay({
      profile: { steadyMs: 1_800, resumeReads: 0, clientTimeoutMs: 1_500, drainMs: 1_000 },
      interfere: ({ path }) => (path.startsWith('/v1/sessions/current') ? 'never-answer' : undefined),
    })
    expect(operations.filter(({ connection }) => connection === 'double-submit-2').length).toBeGreaterThan(0)
    const evidence = {} as Parameters<typeof wellFormedHistory.check>[1]
    const expectations = { candidates: [], minimumOk: {}, graceSeconds: 0 }
    expect(wellFormedHistory.check(historyOf(events), evidence, expectations)).toMatchObject({
      valid: true,
      violations: 0,
    })
  })

  test('retries that hide refused requests are measured: the first attempt, and the wait for it all', async () => {
    const { result } = await sitDay({
      profile: { retries: { attempts: 30, firstBackoffMs: 10, maxBackoffMs: 20 } },
      interfere: everyNthAnswer(2, { status: 503, errorCode: 'BUSY' }),
    })
    const answers = [...result.measurements.logicals()].filter(
      ({ f, step }) => f === 'save-answer' && step === 'steady',
    )
    const refused = answers.filter(({ firstError }) => firstError)
    expect(refused.length).toBeGreaterThan(answers.length / 4)
    for (const { attempts, error, intendedUs, waitingSinceUs } of refused) {
      expect(attempts).toBeGreaterThan(1)
      expect(error).toBe(false)
      expect(waitingSinceUs).toBe(intendedUs)
    }
    const seen = judgeLoad(BRISK, { ...result, windows: [{ ...windowOf(0), toUs: 1e12 }] })
    expect(seen.find(({ id }) => id === 'error-rate')).toMatchObject({
      valid: false,
      reason: expect.stringContaining('first attempts failed'),
    })
  })

  test('who is told of a session only what was answered works from the questions that were read', async () => {
    const onlyAnswered = paperAs((paper) => ({
      ...paper,
      answers: paper.answers.filter(({ value }) => value !== null),
    }))
    const { operations, result } = await sitDay({ api: onlyAnswered, profile: { resumeReads: 1 } })
    const answered = new Set(operations.filter(({ f }) => f === 'save-answer').map(({ candidate }) => candidate))
    expect(answered.size).toBe(CANDIDATES)
    const resumed = operations.filter(({ f, step }) => f === 'read-session' && step === 'steady')
    expect(resumed.length).toBeGreaterThan(0)
    expect([...result.measurements.logicals()].filter(({ error }) => error)).toEqual([])
  })

  test.each([
    ['goes on for long', undefined, true],
    ['was over at once', 0, false],
  ])(
    'a paper that says that the exam %s decides whether a submit is refused or late',
    async (_what, seconds, isRefusal) => {
      const toldThat = paperAs((paper) => (seconds === undefined ? paper : { ...paper, remainingSeconds: seconds }))
      const { result } = await sitDay({
        api: toldThat,
        profile: { doubleSubmits: 0, vanish: 0 },
        interfere: ({ path }) => (path.endsWith('/submit') ? { status: 403, errorCode: 'FORBIDDEN' } : undefined),
      })
      const ways = result.candidates.flatMap(({ submitHindered }) => submitHindered ?? [])
      expect(ways.map(({ refused }) => refused)).toEqual(Array.from({ length: CANDIDATES }, () => isRefusal))
    },
  )

  test('a token that runs out is no failed first attempt', async () => {
    const { result } = await sitDay({ interfere: everyNthAnswer(15, { status: 401, errorCode: 'TOKEN_EXPIRED' }) })
    expect([...result.measurements.logicals()].filter(({ firstError }) => firstError)).toEqual([])
  })

  test('an operation that few do and that never works is seen, by its share and by its absence', async () => {
    const { result, plan, events } = await sitDay({
      interfere: ({ path }) => (path.endsWith('/review') ? { status: 404, errorCode: 'SESSION_NOT_FOUND' } : undefined),
    })
    const seen = judgeLoad(BRISK, { ...result, windows: [{ ...windowOf(0), toUs: 1e12 }] })
    expect(seen.find(({ id }) => id === 'error-rate')).toMatchObject({
      valid: false,
      reason: expect.stringMatching(/review: (\d+) of \1 failed/),
    })
    const reviews = [...result.measurements.logicals()].filter(({ f }) => f === 'review')
    expect(new Set(reviews.map(({ reason, refused }) => `${reason} ${refused}`))).toEqual(new Set(['not-found true']))
    const evidence = {} as Parameters<typeof nonVacuity.check>[1]
    const candidates = plan.candidates.map(({ candidate }) => candidate)
    const expectations = { candidates, minimumOk: minimumOkOf(plan), graceSeconds: 0 }
    expect(nonVacuity.check(historyOf(events), evidence, expectations)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('drain/review: 0 of at least'),
      counts: { 'candidates/create-session': CANDIDATES },
    })
  })

  test('a submit that is never answered stays unresolved, and the day ends all the same', async () => {
    const { result, events, operations } = await sitDay({
      profile: { drainMs: 1_000 },
      interfere: ({ path }) => (path.endsWith('/submit') ? 'drop-before' : undefined),
    })
    const submitting = result.plan.candidates.filter(({ submitMs }) => submitMs !== null).length
    expect(result.candidates.filter(({ unresolved }) => unresolved === 1)).toHaveLength(submitting)
    expect(result.candidates.filter(({ cutOff }) => cutOff)).toHaveLength(submitting)
    expect(result.aborted).toBe(false)
    expect(events.filter(({ type }) => type !== 'invoke')).toHaveLength(operations.length)
  })
})

describe.concurrent('an aborted day', () => {
  test('starts nothing more, gives what is in flight a short grace and returns what there is', async () => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 900)
    const startedAt = performance.now()
    const { result, events, operations } = await sitDay({ signal: abort.signal, latencyMs: 20 })
    expect(performance.now() - startedAt).toBeLessThan(3_500)
    expect(result.aborted).toBe(true)
    expect(operations.length).toBeGreaterThan(CANDIDATES)
    expect(events.filter(({ type }) => type !== 'invoke')).toHaveLength(operations.length)
    expect(result.offered['submit-spike']).toMatchObject({ started: 0 })
    expect(judgeLoad(BRISK, result).find(({ id }) => id === 'plan-fidelity')).toMatchObject({ valid: 'unknown' })
  })

  test('before it began is nothing at all', async () => {
    const { result, operations } = await sitDay({ signal: AbortSignal.abort() })
    expect(operations).toEqual([])
    expect(result).toMatchObject({ planned: CANDIDATES, started: 0, finished: 0, dropped: CANDIDATES, aborted: true })
    for (const { valid } of judgeLoad(BRISK, result)) expect(valid).toBe('unknown')
  })
})

describe.concurrent('a day in progress', () => {
  test('says where it stands, step by step', async () => {
    const progress: Progress[] = []
    const steps: StepName[] = []
    // So slow that somebody is still looking at the review when the deadline has passed.
    await sitDay({ latencyMs: 100, onProgress: (now) => progress.push(now), onStep: (step) => steps.push(step) })
    expect(steps).toEqual(['warm-up', 'arrivals', 'start-burst', 'steady', 'submit-spike', 'drain'])
    expect(progress.length).toBeGreaterThanOrEqual(2)
    expect(progress.at(-1)).toMatchObject({
      errors: 0,
      activeFaults: [],
      candidates: { planned: CANDIDATES, in: CANDIDATES },
    })
    expect(progress.at(-1)?.operationsPerSecond).toBeGreaterThan(0)
  })
})

test('an exam with fewer candidates than the plan is refused', async () => {
  const plan = planExamDay(BRISK, 7, EXAM)
  const run = runExamDay({
    plan,
    exam: { ...EXAM, candidates: EXAM.candidates.slice(1) },
    api: referenceApi,
    baseUrl: () => 'http://127.0.0.1:1',
    recorder: memoryRecorder(),
    clock: monotonicClock(takeEpoch()),
    signal: new AbortController().signal,
  })
  await expect(run).rejects.toThrow(/CONFIG_INVALID[\s\S]*19 candidates/)
})

/** Versions of each answer that was sent first, in the order in which candidates chose them. */
function versionsInOrder(operations: readonly Operation[]): ReadonlyMap<string, readonly number[]> {
  const versions = new Map<string, Set<number>>()
  for (const { session, question, version } of operations) {
    if (version === undefined) continue
    const key = `${session} ${question}`
    versions.set(key, (versions.get(key) ?? new Set()).add(version))
  }
  return new Map([...versions].map(([key, seen]) => [key, [...seen].toSorted((a, b) => a - b)]))
}

test('nobody asks a platform for what it does not have, and everybody sits the exam all the same', async () => {
  const lacks = ['logout', 'tokenRefresh', 'review', 'markForReview'] as const
  const profile = { reviews: 1, marks: 0.3 }
  let expired = false
  const day = await sitDay({
    lacks,
    profile,
    // One token runs out in the middle of the exam.
    interfere: ({ path }) => {
      if (expired || !path.endsWith('/answer')) return undefined
      expired = true
      return { status: 401, errorCode: 'TOKEN_EXPIRED' }
    },
  })
  expect(day.result.candidates.every(({ finished }) => finished)).toBe(true)
  const asked = new Set(day.operations.map(({ f }) => f))
  for (const f of ['logout', 'refresh-token', 'review'] as const) expect(asked).not.toContain(f)
  expect(day.stub.requests.some(({ body }) => 'marked_for_review' in body)).toBe(false)
  // Whoever's token ran out logged in again.
  const logIns = day.operations.filter(({ f, step }) => f === 'login' && step !== 'warm-up')
  expect(logIns).toHaveLength(day.plan.candidates.length + 1)
  expect(acknowledgedBesideStored(day).acknowledged).toEqual(acknowledgedBesideStored(day).stored)
})

describe('a log-in in two steps', () => {
  const firstOf = (method: string, interference: Interference) => (request: StubRequest) =>
    request.method === method && request.path === '/v1/auth/login' && request.nth === 1 ? interference : undefined
  const ofLogIns = ({ operations }: Day) => operations.filter(({ f }) => f === 'open-login' || f === 'login')

  test('is two operations, each with a request of its own, and everybody gets in', async () => {
    const day = await sitDay({ demandsForm: true, api: twoStepApi })
    expect(day.result).toMatchObject({ planned: CANDIDATES, finished: CANDIDATES })
    const steps = ofLogIns(day)
    expect(steps.every(({ outcome }) => outcome === 'ok')).toBe(true)
    expect(new Set(steps.map(({ requestId }) => requestId)).size).toBe(steps.length)
    for (const { id } of EXAM.candidates) {
      const own = steps.filter(({ candidate, step }) => candidate === id && step === 'arrivals')
      expect(own.map(({ f }) => f)).toEqual(['open-login', 'login'])
      // The wait for the form is that of the form: the credentials were not due before.
      expect((own[1]?.intendedUs as number) >= (own[0]?.completedUs as number)).toBe(true)
    }
    const arrivals = day.result.steps.find(({ name }) => name === 'arrivals')
    expect(arrivals?.latency['open-login']?.count).toBe(CANDIDATES)
  })

  test('begins again with a fresh form where the answer to the second was lost', async () => {
    const day = await sitDay({ demandsForm: true, api: twoStepApi, interfere: firstOf('POST', 'drop-after') })
    expect(day.result).toMatchObject({ finished: CANDIDATES })
    const { candidate } = ofLogIns(day).find(({ f, outcome }) => f === 'login' && outcome === 'info') as Operation
    const own = ofLogIns(day).filter((one) => one.candidate === candidate)
    expect(own.slice(0, 4).map(({ f, attempt, outcome }) => `${f} ${attempt} ${outcome}`)).toEqual([
      'open-login 1 ok',
      'login 1 info',
      'open-login 1 ok',
      'login 2 ok',
    ])
  })

  test('is tried again where the first step fails, and the credentials are not sent without it', async () => {
    const away = { status: 503, errorCode: 'NOT_READY' }
    const day = await sitDay({ demandsForm: true, api: twoStepApi, interfere: firstOf('GET', away) })
    expect(day.result).toMatchObject({ finished: CANDIDATES })
    const { candidate } = ofLogIns(day).find(({ outcome }) => outcome !== 'ok') as Operation
    const own = ofLogIns(day).filter((one) => one.candidate === candidate)
    expect(own.slice(0, 3).map(({ f, attempt, outcome }) => `${f} ${attempt} ${outcome}`)).toEqual([
      'open-login 1 info',
      'open-login 2 ok',
      'login 1 ok',
    ])
  })

  test('lets nobody in who sends the credentials alone', async () => {
    const day = await sitDay({ demandsForm: true, profile: { drainMs: 100 } })
    expect(day.result.candidates.some(({ entered }) => entered)).toBe(false)
    expect(new Set(day.operations.map(({ f, errorCode }) => `${f} ${errorCode}`))).toEqual(
      new Set(['login CSRF_FAILED']),
    )
  })
})
