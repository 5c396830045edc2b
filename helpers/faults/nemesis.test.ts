import { describe, expect, test } from 'vitest'
import { composeVerdict } from '../compose-verdict.ts'
import { RehearsalError } from '../errors.ts'
import type { OperationName } from '../history/operation.ts'
import { windowOf } from '../load/testing/load-result-of.ts'
import type { PhaseResult } from '../phase-result.ts'
import { allPhases, factsOf } from '../testing/run-facts-of.ts'
import { DATABASE_AWAY, UNREACHABLE } from './budget.ts'
import type { Bite, Fault, FaultKind, FaultPart, FaultTarget } from './fault.ts'
import { faultResults, faultSpans, judgeFaults } from './judge-faults.ts'
import type { Attempt } from './load-tap.ts'
import { createNemesis, type Nemesis } from './nemesis.ts'
import type { RecoveryRule } from './recovery.ts'
import type { FaultSchedule, Trigger } from './schedule.ts'
import { answers } from './testing/attempts.ts'

const RULE: RecoveryRule = { rtoMs: 5_000, windowMs: 1_000, minOperations: 50 }
const LIMITS = { errorRate: 0.01, p95Ms: 500 }
/** A generator that was never in trouble. */
const WATCHED = { windows: [windowOf(0), windowOf(1), windowOf(2), windowOf(3)] }
const LOAD_ENDS_MS = 40_000
const AT_ONCE: Trigger = { kind: 'step', step: 'steady', thenMs: 2_000 }
const AFTERWARDS: Trigger = { kind: 'recovered', thenMs: 500 }
const EPOCH = { monotonicNs: '0', wall: '2026-06-01T09:00:00.000Z' }
/** What a backend that is well says of itself. */
const WELL = { live: { status: 200, said: '200 ok' }, ready: { status: 200, said: '200 ok' } }
/** None of these faults touches it. */
const NO_TARGET = {} as FaultTarget

/** A fault that keeps a diary instead of breaking anything. */
function diaryFault(
  diary: string[],
  name: string,
  options: Partial<Fault> & { part?: FaultPart; felt?: boolean; kind?: Partial<FaultKind> } = {},
): FaultKind {
  const { part = 'redis', felt = true, kind, ...verbs } = options
  return {
    name,
    part,
    contract: 'nothing happens',
    candidatesNotice: 'interruption',
    budget: UNREACHABLE,
    ...kind,
    on: () => ({
      inject: async () => void diary.push(`inject ${name}`),
      wasFelt: async (): Promise<Bite> => ({ felt, proof: felt ? 'it hurts' : 'nothing hurts' }),
      heal: async () => void diary.push(`heal ${name}`),
      ...verbs,
    }),
  }
}

interface Play {
  /** `pass` lets time go by inside a verb. */
  readonly schedule: FaultSchedule | ((pass: (ms: number) => void) => FaultSchedule)
  /** All attempts of the day; those in the future are not seen yet. */
  readonly attempts?: readonly Attempt[]
  readonly endsMs?: number
  /** When the steady step begins. Default: at once. */
  readonly steadyMs?: number
  /** Timers wake so much before their time. Default: 0. */
  readonly earlyMs?: number
  /** Acknowledged operations so far, by time. */
  readonly acknowledged?: (f: OperationName, nowMs: number) => number
  readonly onTick?: (nemesis: Nemesis, nowMs: number) => void
}

/** Play a schedule in no time at all: whoever sleeps moves the clock. */
async function play({
  schedule,
  attempts = answers(0, LOAD_ENDS_MS),
  endsMs = LOAD_ENDS_MS,
  steadyMs = 0,
  earlyMs = 0,
  acknowledged,
  onTick,
}: Play) {
  let nowMs = 0
  const over = new AbortController()
  const pass = (ms: number): void => {
    nowMs += ms
  }
  const nemesis = createNemesis({
    schedule: typeof schedule === 'function' ? schedule(pass) : schedule,
    target: NO_TARGET,
    clock: { nowUs: () => nowMs * 1_000 },
    load: {
      onto: (recorder) => recorder,
      acknowledged: (f) => acknowledged?.(f, nowMs) ?? 0,
      get attempts() {
        return attempts.filter(({ sentUs }) => sentUs <= nowMs * 1_000)
      },
    },
    rule: RULE,
    calmP95Ms: 0,
    health: async () => WELL,
    sleep: async (ms) => {
      nowMs = Math.min(endsMs, nowMs + (earlyMs === 0 ? ms : Math.max(0.5, ms - earlyMs)))
      if (nowMs >= steadyMs) nemesis.stepBegan('steady', steadyMs * 1_000)
      onTick?.(nemesis, nowMs)
      if (nowMs >= endsMs) over.abort()
      return !over.signal.aborted
    },
  })
  nemesis.stepBegan('arrivals', 0)
  if (steadyMs === 0) nemesis.stepBegan('steady', 0)
  await nemesis.play(over.signal)
  const checks = judgeFaults(nemesis.played, attempts, RULE, LIMITS, WATCHED)
  return { nemesis, played: nemesis.played, check: (id: string) => checks.find((check) => check.id === id) }
}

const oneFault = (fault: FaultKind, at: Trigger = AT_ONCE): FaultSchedule => [{ at, faults: [fault], holdMs: 3_000 }]

describe('a fault that goes as planned', () => {
  test('is injected on time, held, healed, and got over', async () => {
    const diary: string[] = []
    const { played, check, nemesis } = await play({ schedule: oneFault(diaryFault(diary, 'redis-away')) })
    expect(diary).toEqual(['inject redis-away', 'heal redis-away'])
    expect(played[0]).toMatchObject({ injectedUs: 2_000_000, healStartedUs: 5_000_000, healedUs: 5_000_000 })
    expect(check('faults-felt')).toMatchObject({ valid: true, counts: { planned: 1, injected: 1, felt: 1, healed: 1 } })
    expect(check('recovery')).toMatchObject({ valid: true, counts: { recovered: 1 } })
    expect(faultResults(played, EPOCH)).toEqual([
      {
        name: 'redis-away',
        injectedAt: '2026-06-01T09:00:02.000Z',
        felt: true,
        healedAt: '2026-06-01T09:00:05.000Z',
        recoveryMs: 0,
      },
    ])
    expect(faultSpans(played, 40_000_000, [])).toEqual([{ fromUs: 2_000_000, toUs: 5_000_000 }])
    expect(nemesis.windows()).toEqual([{ name: 'redis-away', fromUs: 2_000_000, toUs: 5_000_000 }])
    expect(nemesis.active()).toEqual([])
  })

  test('asks the backend meanwhile how it is, where that is owed, and at least once however short it is held', async () => {
    const owed = { kind: { budget: DATABASE_AWAY } }
    const { played } = await play({ schedule: oneFault(diaryFault([], 'database-away', owed)) })
    expect(played[0]?.looks.map(({ fromUs }) => fromUs)).toEqual([2_000_000, 2_250_000, 2_500_000, 2_750_000])
    const short = await play({
      schedule: [{ at: AT_ONCE, faults: [diaryFault([], 'database-away', owed)], holdMs: 10 }],
    })
    expect(short.played[0]).toMatchObject({ looks: [{ ready: { status: 200 } }], healStartedUs: 2_010_000 })
    const nothingOwed = await play({ schedule: oneFault(diaryFault([], 'backend-away')) })
    expect(nothingOwed.played[0]?.looks).toEqual([])
  })

  test('takes as long to get over as its heal takes', async () => {
    const { played } = await play({
      schedule: (pass) => oneFault(diaryFault([], 'backend-away', { heal: async () => pass(1_200) })),
    })
    expect(faultResults(played, EPOCH)[0]?.recoveryMs).toBe(1_200)
  })

  test('comes on time although a timer wakes a moment early', async () => {
    const at: Trigger = { kind: 'step', step: 'steady', thenMs: 13_500 }
    const { played } = await play({ schedule: oneFault(diaryFault([], 'redis-away'), at), earlyMs: 0.4 })
    expect(played[0]?.injectedUs).toBeLessThan(13_502_000)
  })

  test('waits for whoever is beside the load, where it has to fall into what they do', async () => {
    const at: Trigger = { kind: 'step', step: 'steady', thenMs: 2_000, awaitsCompanion: true }
    const readyAt = (readyMs: number) => ({
      schedule: oneFault(diaryFault([], 'redis-away'), at),
      onTick: (nemesis: Nemesis, nowMs: number) => {
        if (nowMs >= readyMs) nemesis.companionReady()
      },
    })
    expect((await play(readyAt(7_000))).played[0]?.injectedUs).toBe(7_000_000)
    expect((await play(readyAt(1_000))).played[0]?.injectedUs).toBe(2_000_000)
    const never = await play(readyAt(Infinity))
    expect(never.played[0]?.injectedUs).toBeNull()
    expect(never.check('faults-felt')?.valid).toBe('unknown')
  })

  test('waits for the state of the exam', async () => {
    const at: Trigger = { kind: 'acknowledged', f: 'submit', count: 50, thenMs: 200 }
    const { played } = await play({
      schedule: oneFault(diaryFault([], 'answers-lost'), at),
      acknowledged: (f, nowMs) => (f === 'submit' ? nowMs / 100 : 0),
    })
    expect(played[0]?.injectedUs).toBe(5_200_000)
  })

  test('is not held when it is over as soon as it has happened', async () => {
    const fault = diaryFault([], 'connections-cut', { kind: { momentary: true } })
    const { played } = await play({ schedule: oneFault(fault) })
    expect(played[0]).toMatchObject({ injectedUs: 2_000_000, healedUs: 2_000_000 })
  })

  test('says meanwhile that it is active, and which part it has stopped', async () => {
    const seen = new Map<number, string>()
    await play({
      schedule: oneFault(diaryFault([], 'redis-away', { kind: { stops: ['redis'] } })),
      onTick: (nemesis, nowMs) => seen.set(nowMs, `${nemesis.active()} ${nemesis.hasStopped('redis')}`),
    })
    expect(seen.get(2_000)).toBe(' false')
    expect(seen.get(5_000)).toBe('redis-away true')
    expect([...seen].at(-1)?.[1]).toBe(' false')
  })
})

describe('several faults', () => {
  test('come one after the other, each when the one before is got over', async () => {
    const diary: string[] = []
    const attempts = [...answers(0, 5_000), ...answers(5_000, 7_000, { failed: true }), ...answers(7_000, LOAD_ENDS_MS)]
    const { played, check } = await play({
      schedule: [
        { at: AT_ONCE, faults: [diaryFault(diary, 'first')], holdMs: 3_000 },
        { at: AFTERWARDS, faults: [diaryFault(diary, 'second')], holdMs: 3_000 },
      ],
      attempts,
    })
    expect(diary).toEqual(['inject first', 'heal first', 'inject second', 'heal second'])
    expect(faultResults(played, EPOCH)[0]?.recoveryMs).toBe(2_000)
    expect(played[1]?.injectedUs).toBeGreaterThanOrEqual(8_000_000)
    expect(check('recovery')?.valid).toBe(true)
  })

  test('are healed in the order in which parts need each other when they come together', async () => {
    const diary: string[] = []
    await play({
      schedule: [
        {
          at: AT_ONCE,
          faults: [
            diaryFault(diary, 'backend', { part: 'backend' }),
            diaryFault(diary, 'database', { part: 'postgres' }),
          ],
          holdMs: 10,
        },
      ],
    })
    expect(diary).toEqual(['inject backend', 'inject database', 'heal database', 'heal backend'])
  })

  test('of one part at once are refused', async () => {
    const both = [diaryFault([], 'one'), diaryFault([], 'other')]
    await expect(play({ schedule: [{ at: AT_ONCE, faults: both, holdMs: 10 }] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})

describe('a fault that is over before the start burst', () => {
  const COLD = { momentary: true, overBefore: 'start-burst' } as const
  const burst = answers(4_000, 6_000, { tookMs: 400 }).map((attempt) => ({ ...attempt, step: 'start-burst' }))
  const working = answers(6_000, LOAD_ENDS_MS)
  const before: Trigger = { kind: 'step', step: 'arrivals', thenMs: 2_000 }
  const later: Trigger = { kind: 'step', step: 'steady', thenMs: 4_000 }
  const cold = (diary: string[], verbs: Partial<Fault> = {}) => diaryFault(diary, 'cold', { kind: COLD, ...verbs })

  test('is compared with the work that follows, and nothing that it is there for is left out of the limits', async () => {
    const diary: string[] = []
    const { played, check } = await play({
      schedule: [
        { at: before, faults: [cold(diary)], holdMs: 3_000 },
        { at: later, faults: [diaryFault(diary, 'second')], holdMs: 3_000 },
      ],
      attempts: [...burst, ...working],
      steadyMs: 6_000,
    })
    expect(diary).toEqual(['inject cold', 'heal cold', 'inject second', 'heal second'])
    expect(played[0]).toMatchObject({ injectedUs: 2_000_000, healedUs: 2_000_000, recovery: { kind: 'recovered' } })
    expect(played[1]?.injectedUs).toBe(10_000_000)
    expect(faultSpans(played, 40_000_000, [...burst, ...working])[0]).toEqual({ fromUs: 2_000_000, toUs: 2_000_000 })
    expect(check('faults-felt')?.valid).toBe(true)
    expect(check('recovery')).toMatchObject({ valid: true, counts: { recovered: 2 } })
  })

  test('has not recovered where the work that follows never gets as good as it is later', async () => {
    const slow = answers(6_000, 7_500, { tookMs: 400 })
    const { check } = await play({
      schedule: [{ at: before, faults: [cold([])], holdMs: 3_000 }],
      attempts: [...burst, ...slow, ...answers(7_500, LOAD_ENDS_MS)],
      steadyMs: 6_000,
    })
    expect(check('recovery')?.valid).toBe(false)
  })

  test('has tested nothing when the burst did not wait for it', async () => {
    const { check, played } = await play({
      schedule: (pass) => [{ at: before, faults: [cold([], { heal: async () => pass(3_000) })], holdMs: 3_000 }],
      attempts: [...burst, ...working],
      steadyMs: 6_000,
    })
    expect(check('faults-felt')).toMatchObject({
      valid: 'unknown',
      reason: 'cold was not over when the start-burst began',
    })
    expect(check('during-cold')?.valid).toBe('unknown')
    // What the burst met is then the restart itself, and held against nobody.
    expect(faultSpans(played, 40_000_000, [...burst, ...working])[0]?.toUs).toBeGreaterThan(4_000_000)
  })
})

describe('what proves nothing is unknown', () => {
  test('a fault that nobody felt', async () => {
    const { check, played } = await play({ schedule: oneFault(diaryFault([], 'redis-away', { felt: false })) })
    expect(check('faults-felt')).toMatchObject({ valid: 'unknown', reason: 'redis-away was not felt (nothing hurts)' })
    expect(check('recovery')?.valid).toBe('unknown')
    expect(faultResults(played, EPOCH)).toMatchObject([{ felt: false }])
  })

  test('a fault that could not be healed; the others are healed all the same', async () => {
    const diary: string[] = []
    const broken = diaryFault(diary, 'redis-away', { heal: () => Promise.reject(new Error('it is gone')) })
    const { check, played } = await play({
      schedule: [{ at: AT_ONCE, faults: [diaryFault(diary, 'other', { part: 'network' }), broken], holdMs: 10 }],
    })
    expect(diary).toContain('heal other')
    expect(check('faults-felt')).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('heal: it is gone'),
    })
    expect(faultResults(played, EPOCH)).toMatchObject([{ healedAt: expect.any(String) }, { healedAt: null }])
  })

  test('what the platform does not put right by itself is its doing: not recovered, and not unknown', async () => {
    const seen = '2 of 3 processes when the time for it was up'
    const notMended = new RehearsalError('NOT_MENDED', { expected: 'the backend replaces it', seen, next: 'Look.' })
    const fault = diaryFault([], 'backend-worker-killed', { heal: () => Promise.reject(notMended) })
    const { check, played } = await play({ schedule: oneFault(fault) })
    expect(check('recovery')).toMatchObject({
      valid: false,
      violations: 1,
      reason: expect.stringContaining(
        'backend-worker-killed was not put right by the platform (expected: the backend replaces it; seen: 2 of 3',
      ),
    })
    expect(check('faults-felt')?.valid).toBe('unknown')
    expect(faultResults(played, EPOCH)).toMatchObject([{ healedAt: null }])
  })

  test('also where it is seen with the injection: a backend that does not start while a part is away', async () => {
    const notMended = new RehearsalError('NOT_MENDED', { expected: 'it starts', seen: 'it ended', next: 'Look.' })
    const inject = () => Promise.reject(notMended)
    const wasFelt = () => Promise.reject(new Error('nobody is asked any more'))
    const fault = diaryFault([], 'restarted-without-redis', { inject, wasFelt })
    const { check, played } = await play({ schedule: oneFault(fault) })
    expect(check('recovery')).toMatchObject({ valid: false, reason: expect.stringContaining('seen: it ended') })
    expect(played[0]).toMatchObject({ troubles: [], healedUs: expect.any(Number) })
  })

  test('but nothing is held against it where the fault was not felt, or had trouble as well', async () => {
    const notMended = new RehearsalError('NOT_MENDED', { expected: 'that', seen: 'this', next: 'Look.' })
    const heal = () => Promise.reject(notMended)
    const inject = () => Promise.reject(new Error('no such thing'))
    for (const verbs of [
      { heal, felt: false },
      { heal, inject },
    ]) {
      const { check } = await play({ schedule: oneFault(diaryFault([], 'backend-worker-killed', verbs)) })
      expect(check('recovery')?.valid).toBe('unknown')
    }
  })

  test('a fault that could not be injected is healed, and unknown', async () => {
    const diary: string[] = []
    const fault = diaryFault(diary, 'redis-away', { inject: () => Promise.reject(new Error('no such thing')) })
    const { check } = await play({ schedule: oneFault(fault) })
    expect(diary).toEqual(['heal redis-away'])
    expect(check('faults-felt')).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('no such thing') })
  })

  test('a fault whose time never came', async () => {
    const at: Trigger = { kind: 'acknowledged', f: 'submit', count: 50, thenMs: 0 }
    const { check, played } = await play({ schedule: oneFault(diaryFault([], 'redis-away'), at) })
    expect(check('faults-felt')).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('was not injected'),
    })
    expect(check('recovery')?.valid).toBe('unknown')
    expect(faultResults(played, EPOCH)).toEqual([])
  })

  test('a recovery that the load did not last for, and a fault that was cut short, is healed', async () => {
    const diary: string[] = []
    const { check, played } = await play({ schedule: oneFault(diaryFault(diary, 'redis-away')), endsMs: 4_000 })
    expect(diary).toEqual(['inject redis-away', 'heal redis-away'])
    expect(check('recovery')).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('not seen to its end'),
    })
    expect(faultSpans(played, 4_000_000, [])).toEqual([{ fromUs: 2_000_000, toUs: 4_000_000 }])
  })

  test('a recovery that has no baseline to be compared with', async () => {
    const { check } = await play({
      schedule: oneFault(diaryFault([], 'redis-away')),
      attempts: answers(12_000, LOAD_ENDS_MS),
    })
    expect(check('recovery')).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('nothing to compare') })
  })

  test('no baseline is taken from the time of a fault: the first waits a little for it, and no longer', async () => {
    // One answer every 10 ms from then on; the rule wants so many before the first fault.
    const from = (ms: number) => ({
      schedule: oneFault(diaryFault([], 'redis-away')),
      attempts: answers(ms, LOAD_ENDS_MS),
    })
    const late = await play(from(3_000))
    const { injectedUs } = late.played[0] ?? { injectedUs: null }
    expect(injectedUs).toBeGreaterThan(3_000_000)
    expect(late.check('recovery')?.valid).toBe(true)
    const tooLate = await play(from(12_000))
    expect(tooLate.played[0]?.injectedUs).toBe(7_000_000)
    expect(tooLate.check('recovery')?.valid).toBe('unknown')
  })

  test('no fault at all', async () => {
    const { check } = await play({ schedule: [] })
    expect(check('faults-felt')?.valid).toBe('unknown')
    expect(check('recovery')?.valid).toBe('unknown')
  })
})

describe('a run in which a fault had no effect is INCONCLUSIVE, never GO', () => {
  const misspelt = async (): Promise<void> => {
    throw new RehearsalError('FAULT_NOT_SET', { expected: '"latency":200', seen: '"latency":0', next: 'Compare.' })
  }
  test.each([
    ['a proxy that is on nobody’s way', diaryFault([], 'redis-slow', { felt: false })],
    ['an attribute that Toxiproxy does not know', diaryFault([], 'redis-slow', { inject: misspelt })],
  ])('%s', async (_what, fault) => {
    const { nemesis } = await play({ schedule: oneFault(fault) })
    const checks = judgeFaults(nemesis.played, answers(0, LOAD_ENDS_MS), RULE, LIMITS, WATCHED)
    const results = allPhases()
    const whole = composeVerdict(factsOf({ results }))
    expect(whole.verdict).toBe('GO')
    const suite = '3-faults/redis'
    const phase = results[suite] as PhaseResult
    const played = { ...phase, faults: faultResults(nemesis.played, EPOCH), checks: [...phase.checks, ...checks] }
    expect(composeVerdict(factsOf({ results: { ...results, [suite]: played } })).verdict).toBe('INCONCLUSIVE')
  })
})

describe('what is proven false', () => {
  test('a platform that does not get well within its time', async () => {
    const attempts = [...answers(0, 4_990), ...answers(4_990, LOAD_ENDS_MS, { failed: true })]
    const { check } = await play({ schedule: oneFault(diaryFault([], 'redis-away')), attempts })
    expect(check('recovery')).toMatchObject({
      valid: false,
      violations: 1,
      reason: expect.stringMatching(/^redis-away: not well again within 5 s after its heal; last window: \d+ of \d+/),
    })
  })

  test('candidates who notice a fault that they must not notice', async () => {
    const silent = { kind: { candidatesNotice: 'nothing' as const } }
    const attempts = [...answers(0, 3_000), ...answers(3_000, 3_100, { failed: true }), ...answers(3_100, LOAD_ENDS_MS)]
    const noticed = await play({ schedule: oneFault(diaryFault([], 'redis-away', silent)), attempts })
    expect(noticed.check('unnoticed-faults')).toMatchObject({
      valid: false,
      reason: 'redis-away: 10 of 300 attempts failed (unavailable 10)',
    })
    const unnoticed = await play({ schedule: oneFault(diaryFault([], 'redis-away', silent)) })
    expect(unnoticed.check('unnoticed-faults')?.valid).toBe(true)
    const quiet = await play({
      schedule: oneFault(diaryFault([], 'redis-away', silent)),
      attempts: [...answers(0, 2_000), ...answers(4_800, LOAD_ENDS_MS)],
    })
    expect(quiet.check('unnoticed-faults')).toMatchObject({ valid: 'unknown' })
  })

  test('candidates who notice it only after the heal, or after a fault that was over at once', async () => {
    const silent = { candidatesNotice: 'nothing' as const }
    const brokenFor = (fromMs: number, toMs: number) => [
      ...answers(0, fromMs),
      ...answers(fromMs, toMs, { failed: true }),
      ...answers(toMs, LOAD_ENDS_MS),
    ]
    const aftermath = await play({
      schedule: oneFault(diaryFault([], 'redis-away', { kind: silent })),
      attempts: brokenFor(5_000, 5_600),
    })
    expect(aftermath.check('recovery')?.valid).toBe(true)
    expect(aftermath.check('unnoticed-faults')?.valid).toBe(false)
    const momentary = oneFault(diaryFault([], 'worker-killed', { kind: { ...silent, momentary: true } }))
    const cut = await play({ schedule: momentary, attempts: brokenFor(2_000, 2_600) })
    expect(cut.check('recovery')?.valid).toBe(true)
    expect(cut.check('unnoticed-faults')?.valid).toBe(false)
    expect((await play({ schedule: momentary })).check('unnoticed-faults')?.valid).toBe(true)
    const nobodyThere = await play({ schedule: momentary, attempts: answers(0, 1_900) })
    expect(nobodyThere.check('unnoticed-faults')?.valid).toBe('unknown')
  })

  test('candidates who wait for a part that they do not need have noticed, too', async () => {
    const silent = { kind: { candidatesNotice: 'nothing' as const } }
    const slowed = (fromMs: number) =>
      answers(0, LOAD_ENDS_MS).map((attempt) =>
        attempt.sentUs >= fromMs * 1_000 && attempt.sentUs < 5_000_000
          ? { ...attempt, completedUs: attempt.sentUs + 800_000 }
          : attempt,
      )
    const waited = await play({ schedule: oneFault(diaryFault([], 'redis-away', silent)), attempts: slowed(2_000) })
    expect(waited.check('unnoticed-faults')).toMatchObject({
      valid: false,
      reason: expect.stringMatching(/^redis-away: p95 80\d ms while it lasted, 500 ms are allowed \(before: \d+ ms\)$/),
    })
    const slowBefore = await play({ schedule: oneFault(diaryFault([], 'redis-away', silent)), attempts: slowed(0) })
    expect(slowBefore.check('unnoticed-faults')?.valid).toBe('unknown')
  })

  test('but not of one that came together with another: whose fault it was could not be told', async () => {
    const silent = { kind: { candidatesNotice: 'nothing' as const } }
    const attempts = [...answers(0, 3_000), ...answers(3_000, 3_100, { failed: true }), ...answers(3_100, LOAD_ENDS_MS)]
    const faults = [diaryFault([], 'redis-away', silent), diaryFault([], 'database-away', { part: 'postgres' })]
    const { check } = await play({ schedule: [{ at: AT_ONCE, faults, holdMs: 3_000 }], attempts })
    expect(check('unnoticed-faults')).toBeUndefined()
    expect(check('faults-felt')?.valid).toBe(true)
  })
})
