import { describe, expect, test } from 'vitest'
import { wellFormedHistory } from '../checkers/well-formed-history.ts'
import { historyOf } from '../history/history-of.ts'
import type { Operation } from '../history/operation.ts'
import { type Behaviours, BROWSER_TIMEOUT_MS, cohortProblems, describeCohort, FRANTIC_CLICKS } from './behaviours.ts'
import { planExamDay, plannedQuirksOf, type QUIRKS } from './plan.ts'
import type { Profile } from './profile.ts'
import { PROFILES } from './profiles.ts'
import type { Interference, StubRequest } from './testing/exam-stub.ts'
import { BRISK, CANDIDATES, type Day, EXAM, sitDay } from './testing/sit-day.ts'
import { validateProfile } from './validate-profile.ts'

/** A day on which everybody has these behaviours, and nothing else out of the ordinary. */
function sitDayOf(
  behaviours: Behaviours,
  options: {
    readonly profile?: Partial<Profile>
    readonly latencyMs?: number | ((request: StubRequest) => number)
    readonly interfere?: (request: StubRequest) => Interference | undefined
  } = {},
): Promise<Day> {
  const cohorts = [{ name: 'everybody', weight: 1, behaviours }]
  return sitDay({
    ...options,
    profile: {
      ...{
        doubleSubmits: 0,
        vanish: 0,
        answersAfterSubmit: 0,
        answersTogether: 0,
        answersBesideSubmit: 0,
        doubleStarts: 0,
      },
      ...options.profile,
      cohorts,
    },
  })
}

const submitsOf = ({ operations }: Day, candidate: string): readonly Operation[] =>
  operations.filter((operation) => operation.f === 'submit' && operation.candidate === candidate)

const sum = ({ result }: Day, quirk: (typeof QUIRKS)[number]): number =>
  result.candidates.reduce((total, candidate) => total + candidate[quirk], 0)

/** Nothing went wrong, and the history is one that the checkers can work with. */
function expectWell({ result, events }: Day): void {
  expect(result).toMatchObject({ planned: CANDIDATES, finished: CANDIDATES })
  expect([...result.measurements.logicals()].filter(({ error }) => error)).toEqual([])
  const evidence = {} as Parameters<typeof wellFormedHistory.check>[1]
  const expectations = { candidates: [], minimumOk: {}, graceSeconds: 0 }
  expect(wellFormedHistory.check(historyOf(events), evidence, expectations)).toMatchObject({ valid: true })
}

describe.concurrent('candidates who behave differently', () => {
  test('click submit 13 times within five seconds, over as many connections as a browser opens', async () => {
    const day = await sitDayOf(
      { submitClicks: FRANTIC_CLICKS },
      { latencyMs: 30, profile: { expiryMarginMs: 20_000, drainMs: 10_000 } },
    )
    expectWell(day)
    for (const { id } of EXAM.candidates) {
      const submits = submitsOf(day, id)
      expect(submits).toHaveLength(FRANTIC_CLICKS)
      expect(new Set(submits.map(({ connection }) => connection)).size).toBe(6)
      expect(new Set(submits.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
      expect(new Set(submits.map(({ told }) => JSON.stringify(told))).size).toBe(1)
      const times = submits.map(({ intendedUs }) => intendedUs).toSorted((a, b) => a - b)
      expect((times.at(-1) as number) - (times[0] as number)).toBe(5_000_000)
    }
    expect(sum(day, 'submitRepeats')).toBe((FRANTIC_CLICKS - 1) * CANDIDATES)
  })

  test('a click that finds the token run out is sent again with a fresh one, and that is no error', async () => {
    let submits = 0
    const day = await sitDayOf(
      { submitClicks: FRANTIC_CLICKS },
      {
        profile: { expiryMarginMs: 20_000, drainMs: 10_000 },
        interfere: ({ path }) => {
          if (!path.endsWith('/submit')) return undefined
          submits += 1
          return submits % 5 === 0 ? { status: 401, errorCode: 'TOKEN_EXPIRED' } : undefined
        },
      },
    )
    expectWell(day)
    const refused = day.operations.filter(({ f, reason }) => f === 'submit' && reason === 'unauthorized')
    expect(refused.some(({ connection }) => connection.startsWith('click-'))).toBe(true)
    expect(
      [...day.result.measurements.logicals()].filter(
        ({ f, error, firstError }) => f === 'submit' && (error || firstError),
      ),
    ).toEqual([])
  })

  test('clicks that were due while the platform kept their candidate waiting are no lateness of the generator', async () => {
    const day = await sitDayOf(
      { submitClicks: FRANTIC_CLICKS },
      {
        // Whoever wants to hand in is still told that an answer was saved: several clicks are due by then.
        latencyMs: ({ path }) => (path.endsWith('/answer') ? 2_500 : 0),
        profile: { expiryMarginMs: 20_000, drainMs: 10_000 },
      },
    )
    expectWell(day)
    const late = day.operations.filter(({ f, timeUs, intendedUs }) => f === 'submit' && timeUs - intendedUs > 1_000_000)
    expect(late.length).toBeGreaterThan(CANDIDATES)
    expect(Math.max(...[...day.result.measurements.lags()].map(({ lagUs }) => lagUs))).toBeLessThan(400_000)
  })

  test('clicks that find every connection busy wait for one, as in a browser', { timeout: 20_000 }, async () => {
    const day = await sitDayOf(
      // A click every 128 ms on five connections, each busy for 800 ms.
      { submitClicks: 40 },
      { latencyMs: ({ path }) => (path.endsWith('/submit') ? 800 : 0), profile: { drainMs: 15_000 } },
    )
    expectWell(day)
    const [one] = EXAM.candidates
    const spans = submitsOf(day, one?.id as string)
    const atOnce = spans.map(
      ({ timeUs }) => spans.filter((other) => other.timeUs <= timeUs && (other.completedUs as number) > timeUs).length,
    )
    expect(Math.max(...atOnce)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(6)
    const waited = spans.filter(({ timeUs, intendedUs }) => timeUs - intendedUs > 100_000)
    expect(waited.length).toBeGreaterThan(20)
  })

  test.for(['same-key', 'other-key'] as const)('hand in once more after the first was acknowledged: %s', async (as) => {
    const day = await sitDayOf({ submitsAgain: as })
    expectWell(day)
    for (const { id } of EXAM.candidates) {
      const [first, again, ...others] = submitsOf(day, id) as [Operation, Operation]
      expect(others).toEqual([])
      expect(again.timeUs).toBeGreaterThanOrEqual(first.completedUs as number)
      expect(again.idempotencyKey === first.idempotencyKey).toBe(as === 'same-key')
      expect(again.told).toEqual(first.told)
    }
    expect(sum(day, 'submitRepeats')).toBe(CANDIDATES)
  })

  test('ask again and again before the doors open, and stop when they are in', async () => {
    const day = await sitDayOf({ refreshEveryMs: 40 }, { profile: { arrivalsMs: 1_000 } })
    expectWell(day)
    const { operations, plan, result } = day
    const reloads = operations.filter(({ connection }) => connection === 'reload')
    expect(reloads.length).toBe(sum(day, 'refreshes'))
    expect(reloads.length).toBeGreaterThan(CANDIDATES)
    const barrierUs = result.originUs + plan.timeline.barrierMs * 1_000
    for (const { f, step, intendedUs, completedUs, reason } of reloads) {
      expect(f).toBe('current-session')
      expect(step).toBe(intendedUs < barrierUs ? 'arrivals' : 'start-burst')
      if ((completedUs as number) < barrierUs) expect(reason).toBe('not-found')
    }
    for (const { id } of EXAM.candidates) {
      const own = reloads.filter(({ candidate }) => candidate === id).map(({ intendedUs }) => intendedUs)
      for (const [index, us] of own.entries())
        if (index > 0) expect(us - (own[index - 1] as number)).toBeGreaterThan(39_000)
      const inUs =
        barrierUs + (result.candidates.find(({ candidate }) => candidate === id)?.inAfterMs as number) * 1_000
      expect(Math.max(...own)).toBeLessThanOrEqual(inUs)
    }
  })

  test('never retry, and what failed stays failed until they ask anew', async () => {
    const { operations } = await sitDayOf(
      { retries: 'none' },
      {
        interfere: ({ path, nth }) =>
          path.endsWith('/answer') && nth % 5 === 0 ? { status: 503, errorCode: 'BUSY' } : undefined,
      },
    )
    const failed = operations.filter(({ f, status }) => f === 'save-answer' && status === 503)
    expect(failed.length).toBeGreaterThan(5)
    const next = (one: Operation) =>
      operations.find(({ nonce, attempt }) => nonce === one.nonce && attempt === one.attempt + 1)
    // Whatever may have had an effect is sent once more from the outbox, later, and not by a retry.
    for (const one of failed) expect(next(one)?.step).not.toBe('steady')
  })

  test('retry without jitter: who failed together comes back together', async () => {
    const pauses = async (behaviours: Behaviours) => {
      const { operations } = await sitDayOf(behaviours, {
        profile: { retries: { attempts: 6, firstBackoffMs: 80, maxBackoffMs: 400 } },
        interfere: ({ path, nth }) =>
          path.endsWith('/answer') && nth % 5 === 0 ? { status: 503, errorCode: 'BUSY' } : undefined,
      })
      return operations.flatMap((one) => {
        if (one.f !== 'save-answer' || one.status !== 503 || one.attempt !== 1) return []
        const again = operations.find(({ nonce, attempt }) => nonce === one.nonce && attempt === 2)
        return again === undefined ? [] : [Math.round((again.intendedUs - (one.completedUs as number)) / 1_000)]
      })
    }
    const synchronised = await pauses({ retries: 'synchronised' })
    expect(synchronised.length).toBeGreaterThan(5)
    expect([...new Set(synchronised)]).toEqual([80])
    expect(new Set(await pauses({})).size).toBeGreaterThan(5)
  })

  test('come back before Retry-After when their client does not listen', async () => {
    const { operations } = await sitDayOf(
      { ignoresRetryAfter: true },
      {
        interfere: ({ path, nth }) =>
          path.endsWith('/submit') && nth === 1
            ? { status: 429, errorCode: 'RATE_LIMITED', retryAfterSeconds: 2 }
            : undefined,
      },
    )
    const refused = operations.find(({ reason }) => reason === 'rate-limited') as Operation
    const again = operations.find(
      ({ candidate, f, attempt }) => f === 'submit' && candidate === refused.candidate && attempt === 2,
    ) as Operation
    expect(again.timeUs - (refused.completedUs as number)).toBeLessThan(1_000_000)
  })

  test('wait as long for an answer as their own client does, and not as long as the profile says', async () => {
    const { operations } = await sitDayOf(
      { timeoutMs: 250 },
      { interfere: ({ path, nth }) => (path.endsWith('/answer') && nth % 20 === 0 ? 'never-answer' : undefined) },
    )
    const timedOut = operations.filter(({ reason }) => reason === 'time-out')
    expect(timedOut.length).toBeGreaterThan(0)
    for (const { timeUs, completedUs } of timedOut) {
      expect((completedUs as number) - timeUs).toBeGreaterThanOrEqual(249_000)
      expect((completedUs as number) - timeUs).toBeLessThan(BRISK.clientTimeoutMs * 1_000)
    }
  })

  test('have a network that takes its time in each direction', async () => {
    const day = await sitDayOf({ networkDelayMs: 40 }, { profile: { steadyMs: 2_000, startWithinMs: 1_000 } })
    expectWell(day)
    for (const { timeUs, completedUs } of day.operations) {
      expect((completedUs as number) - timeUs).toBeGreaterThanOrEqual(79_000)
    }
  })

  test('have a clock that is ten minutes fast, and say so in every request', async () => {
    const day = await sitDayOf({ clockOffMs: 600_000 })
    expectWell(day)
    for (const { headers } of day.stub.requests) {
      const aheadMs = Date.parse(String(headers['x-client-time'])) - Date.now()
      // The day has taken some seconds since.
      expect(aheadMs).toBeGreaterThan(570_000)
      expect(aheadMs).toBeLessThanOrEqual(600_000)
    }
  })

  test('save over a connection of their own while they read the next question', async () => {
    const day = await sitDayOf({ autosaves: true }, { latencyMs: 10, profile: { steadyMs: 2_500 } })
    expectWell(day)
    expect(sum(day, 'autosaves')).toBeGreaterThan(CANDIDATES)
    const saves = day.operations.filter(({ connection }) => connection === 'autosave')
    expect(saves.length).toBeGreaterThan(CANDIDATES)
    const reads = day.operations.filter(({ f, step }) => f === 'read-questions' && step === 'steady')
    const isBeside = (save: Operation) =>
      reads.some(
        (read) =>
          read.candidate === save.candidate &&
          read.timeUs < (save.completedUs as number) &&
          save.timeUs < (read.completedUs as number),
      )
    expect(saves.filter((save) => save.attempt === 1 && !isBeside(save))).toEqual([])
  })

  test('go on with another device, and find there what they had answered', async () => {
    const day = await sitDayOf({ secondDevice: true }, { profile: { resumeReads: 0, steadyMs: 2_500 } })
    expectWell(day)
    // On a machine that is busy not everybody comes so far.
    expect(sum(day, 'deviceChanges')).toBeGreaterThan(CANDIDATES / 4)
    for (const { id } of EXAM.candidates) {
      const own = day.operations.filter(({ candidate, step }) => candidate === id && step === 'steady')
      const at = own.findIndex(({ connection }) => connection === 'second-device')
      if (at < 0) continue
      expect(at).toBeGreaterThan(0)
      expect(own.slice(at, at + 3).map(({ f }) => f)).toEqual(['login', 'current-session', 'read-session'])
      expect(new Set(own.slice(at).map(({ connection }) => connection))).toEqual(new Set(['second-device']))
      expect(new Set(own.flatMap(({ session }) => session ?? [])).size).toBe(1)
    }
  })

  test('use the extra time that they are granted, in a session that is so much longer', async () => {
    const cohorts = [{ name: 'extra time', weight: 0.5, behaviours: { extraTimeMs: 2_000 } }]
    const day = await sitDay({ profile: { cohorts, vanish: 0, doubleSubmits: 0 } })
    expectWell(day)
    const { deadlineMs } = day.plan.timeline
    const sessions = day.stub.requests.filter(({ method, path }) => method === 'POST' && path === '/v1/sessions')
    const seconds = new Set(sessions.map(({ body }) => body.duration_seconds as number))
    expect([...seconds].toSorted()).toEqual([EXAM.paper.durationSeconds - 2, EXAM.paper.durationSeconds])
    for (const { candidate, cohort, submitMs } of day.plan.candidates) {
      const [submit] = submitsOf(day, candidate) as [Operation]
      const isLate = submit.intendedUs > day.result.originUs + deadlineMs * 1_000
      expect(isLate).toBe(cohort === 'extra time')
      expect((submitMs as number) > deadlineMs).toBe(cohort === 'extra time')
    }
  })

  test('have several behaviours at once', async () => {
    const behaviours: Behaviours = {
      ...{ autosaves: true, secondDevice: true, submitsAgain: 'other-key', clockOffMs: -600_000, refreshEveryMs: 50 },
      timeoutMs: BROWSER_TIMEOUT_MS,
      thinkTime: { minMs: 20, maxMs: 60, distribution: { kind: 'log-normal', medianMs: 30, sigma: 0.3 } },
    }
    const day = await sitDayOf(behaviours, { profile: { steadyMs: 2_500 } })
    expectWell(day)
    expectWell(day)
    for (const quirk of ['autosaves', 'deviceChanges', 'submitRepeats', 'refreshes'] as const) {
      expect(sum(day, quirk)).toBeGreaterThan(CANDIDATES / 4)
    }
  })
})

describe('cohorts', () => {
  const people = { candidates: Array.from({ length: 400 }, (_, index) => ({ id: `c-${index}` })) }
  const cohorts = [
    { name: 'frantic', weight: 0.1, behaviours: { submitClicks: 13 } },
    { name: 'slow', weight: 0.25, behaviours: { networkDelayMs: 200, retries: 'synchronised' as const } },
    { name: 'rare', weight: 0.0001, behaviours: { secondDevice: true } },
  ]
  const plan = planExamDay({ ...PROFILES.dev, cohorts }, 7, people)

  test('are dealt out exactly by their weights, from the seed, and nobody is in two', () => {
    const sizes = Map.groupBy(plan.candidates, ({ cohort }) => cohort ?? 'none')
    expect(Object.fromEntries([...sizes].map(([name, members]) => [name, members.length]))).toEqual({
      frantic: 40,
      slow: 100,
      rare: 1,
      none: 259,
    })
    expect(planExamDay({ ...PROFILES.dev, cohorts }, 7, people).planHash).toBe(plan.planHash)
    expect(planExamDay({ ...PROFILES.dev, cohorts: [] }, 7, people).planHash).not.toBe(plan.planHash)
  })

  test('change nothing for those who are in none', () => {
    const without = planExamDay({ ...PROFILES.dev, cohorts: [] }, 7, people)
    const actionsOf = ({ actions }: (typeof plan.candidates)[number]) => actions
    const outside = plan.candidates.flatMap(({ cohort }, index) => (cohort === undefined ? [index] : []))
    expect(outside.map((index) => actionsOf(plan.candidates[index] as never))).toEqual(
      outside.map((index) => actionsOf(without.candidates[index] as never)),
    )
  })

  test('who clicks 13 times does not also hand in twice at the same moment', () => {
    const both = plan.candidates.filter(({ cohort, doubleSubmit }) => cohort === 'frantic' && doubleSubmit !== 'no')
    expect(both).toEqual([])
    expect(plan.candidates.filter(({ doubleSubmit }) => doubleSubmit !== 'no')).toHaveLength(40)
  })

  test('are told in words, and what they do on purpose is counted as planned', () => {
    expect(plan.words).toEqual(
      expect.arrayContaining([
        'cohort frantic (40): clicks submit 13 times',
        'cohort slow (100): retries without jitter, has a network that takes 200 ms in each direction',
        'cohort rare (1): changes the device',
      ]),
    )
    const submitting = plan.candidates.filter(({ cohort, submitMs }) => cohort === 'frantic' && submitMs !== null)
    expect(plannedQuirksOf(plan)).toMatchObject({ submitRepeats: 12 * submitting.length, deviceChanges: 1 })
    expect(describeCohort({ name: 'x', weight: 1, behaviours: {} }, 3)).toBe('x (3): like everybody')
  })

  test('that make no sense are refused with everything that is wrong with them', () => {
    const wrong = [
      { name: 'x', weight: 0.7, behaviours: { submitClicks: 1, timeoutMs: 0, clockOffMs: Number.NaN } },
      { name: 'x', weight: 2, behaviours: { thinkTime: { minMs: 0, maxMs: 5 } } },
    ]
    expect(cohortProblems(wrong)).toEqual([
      'cohorts[0] (x).submitClicks should be a whole number from 2 to 100, instead got 1',
      'cohorts[0] (x).timeoutMs should be milliseconds above 0, instead got 0',
      'cohorts[0] (x).clockOffMs should be milliseconds, instead got null',
      'cohorts[1] (x).name should be a name of its own, instead got "x"',
      'cohorts[1] (x).weight should be a share above 0, at most 1, instead got 2',
      'cohorts[1] (x).thinkTime.minMs should be milliseconds above 0, instead got 0',
      'cohorts should have weights of at most 1 in all, instead got 2.7',
    ])
    expect(validateProfile({ ...PROFILES.dev, cohorts: wrong })).toHaveLength(7)
    expect(validateProfile({ ...PROFILES.dev, cohorts })).toEqual([])
  })
})
