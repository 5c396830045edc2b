import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { historyOf } from '../history/history-of.ts'
import { memoryRecorder } from '../load/testing/memory-recorder.ts'
import { judgeFreeze } from './judge-freeze.ts'
import { playProber } from './prober.ts'
import type { FreezeRecord } from './record.ts'
import { FAST_CONTRACT, type FrozenPlatform, startFrozenPlatform } from './testing/frozen-platform.ts'

const COMPARE_MS = 200
const JOB_ENDS_WITHIN_MS = 400
const { slowJob: _, ...CONTRACT } = FAST_CONTRACT

let platform: FrozenPlatform
beforeEach(async () => {
  platform = await startFrozenPlatform()
})
afterEach(() => platform[Symbol.asyncDispose]())

/** A prober at work on the platform; `over` ends its day. */
function play() {
  const clock = monotonicClock(takeEpoch())
  const over = new AbortController()
  const records: FreezeRecord[] = []
  const ready = Promise.withResolvers<number>()
  const recorder = memoryRecorder()
  const played = playProber({
    contract: CONTRACT,
    target: { baseUrl: platform.baseUrl, workers: async () => 1, processes: async () => 1, runJob: platform.runJob },
    api: platform.api,
    admin: { email: 'admin@example.org', password: 'secret' },
    examId: 'exam',
    faults: [],
    compareMs: COMPARE_MS,
    jobEndsWithinMs: JOB_ENDS_WITHIN_MS,
    state: platform.state,
    write: (record) => records.push(record),
    context: {
      clock,
      recorder,
      stepBegan: async () => true,
      readyForFaults: () => ready.resolve(clock.nowUs()),
      activeFaults: () => [],
      signal: over.signal,
    },
  })
  const of = <Kind extends FreezeRecord['kind']>(kind: Kind) =>
    records.filter((record): record is Extract<FreezeRecord, { kind: Kind }> => record.kind === kind)
  return { played, over, of, ready: ready.promise, recorder, records }
}

describe('the prober', () => {
  test('is ready for faults when the last comparison is over, and not when it begins', async () => {
    const { played, over, of, ready } = play()
    const readyUs = await ready
    over.abort()
    await played
    const last = of('toggle').at(-1)
    expect(last).toMatchObject({ enabled: true, status: 200 })
    expect(of('toggle')).toHaveLength(6)
    expect((readyUs - (last?.completeUs ?? Number.NaN)) / 1_000).toBeGreaterThan(COMPARE_MS - 5)
  })

  test('renews its log-in in time, and outlives that it cannot', async () => {
    platform.instead.tokenLifeS = 1.5
    const { played, over, of, ready } = play()
    await ready
    platform.instead.logIns = 'refused'
    await sleep(2_500)
    platform.instead.logIns = 'given'
    await sleep(1_300)
    over.abort()
    await played
    const probes = of('probe').filter(({ operation }) => operation === 'rank')
    expect(platform.asked.filter((one) => one.endsWith(' 401'))).toEqual([])
    // Not asked while there was no token, and said so; refused by the freeze before and afterwards.
    expect(probes).toContainEqual(
      expect.objectContaining({ status: null, problem: 'the administrator could not log in again' }),
    )
    expect(probes.at(-1)).toMatchObject({ status: 403, errorCode: 'EXAM_MODE_ACTIVE' })
  })

  test.each([
    ['control', 1],
    ['skip', 2],
  ] as const)(
    'waits for no job for ever: a %s that does not end is undecided, and the day goes on',
    async (purpose, nth) => {
      let started = 0
      platform.instead.hangs = () => {
        started += 1
        return started === nth
      }
      const { played, over, of, ready, records } = play()
      await ready
      over.abort()
      await played
      const jobs = of('job')
      expect(jobs.map((job) => job.purpose)).toEqual(['control', 'skip'])
      const hanging = jobs.find((job) => job.purpose === purpose)
      expect(hanging).toMatchObject({ exitCode: null, run: null, problem: 'it had not ended within 0.4 s' })
      const tookMs = ((hanging?.completeUs ?? Number.NaN) - (hanging?.invokeUs ?? Number.NaN)) / 1_000
      expect(tookMs).toBeGreaterThan(JOB_ENDS_WITHIN_MS - 5)
      // What it may still put on record must not pass for the run of another start.
      if (purpose === 'control') expect(jobs[1]).toMatchObject({ exitCode: 0, run: null, unclear: true })
      expect(of('toggle')).toHaveLength(6)
      const verdicts = judgeFreeze({
        contract: CONTRACT,
        records: { complete: true, records },
        history: historyOf([]),
        log: '',
      })
      expect(verdicts.find(({ id }) => id === 'jobs-skip')).toMatchObject({ valid: 'unknown', violations: 0 })
    },
  )

  test('is known by the headers of the adapter, and says of a token that is no JWT that it names nobody', async () => {
    await platform[Symbol.asyncDispose]()
    platform = await startFrozenPlatform('cookie')
    const { played, over, of, ready, recorder } = play()
    await ready
    over.abort()
    await played
    expect(platform.asked.slice(0, 2)).toEqual(['GET /login 200', 'POST /login 200'])
    const asked = recorder.events.filter((event) => event.type === 'invoke')
    expect(asked.map(({ f, candidate }) => `${candidate} ${f}`)).toEqual([
      'exam-administrator open-login',
      'exam-administrator login',
    ])
    expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(2)
    expect(platform.asked.filter((one) => one.endsWith(' 401'))).toEqual([])
    expect(of('header')).toMatchObject([{ actor: null }])
    expect(of('probe').some(({ errorCode }) => errorCode === 'EXAM_MODE_ACTIVE')).toBe(true)
  })

  test.each(['bearer', 'cookie'] as const)('cannot begin without a log-in (%s)', async (by) => {
    await platform[Symbol.asyncDispose]()
    platform = await startFrozenPlatform(by)
    platform.instead.logIns = 'refused'
    await expect(play().played).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      seen: 'the log-in ended with refused',
    })
    expect(platform.asked).toEqual([by === 'bearer' ? 'POST /login 503' : 'GET /login 503'])
  })
})
