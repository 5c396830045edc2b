import { describe, expect, test } from 'vitest'
import type { Verdict } from '../verdict.ts'
import type { LoadWindow } from './exam-day.ts'
import type { LogicalSample, Sample } from './meter.ts'
import type { Profile } from './profile.ts'
import { PROFILES } from './profiles.ts'
import { type DayOptions, loadResultOf, sampleOf, windowOf } from './testing/load-result-of.ts'
import { judgeLoad, type Outside } from './thresholds.ts'

const PROFILE: Profile = PROFILES.smoke

/** `count` attempts, of which the slowest `slow` take `slowMs`. */
function samples(count: number, over: Parameters<typeof sampleOf>[0] = {}, slow = 0, slowMs = 800): Sample[] {
  return Array.from({ length: count }, (_, index) => sampleOf(index < slow ? { ...over, latencyMs: slowMs } : over))
}

function burst(count: number, errors = 0): Sample[] {
  return Array.from({ length: count }, (_, index) =>
    sampleOf({ step: 'start-burst', f: 'create-session', error: index < errors }),
  )
}

function verdict(id: string, options: Partial<DayOptions>, outside?: readonly Outside[]): Verdict {
  const result = loadResultOf({ profile: PROFILE, ...options })
  const found = judgeLoad(options.profile ?? PROFILE, result, outside === undefined ? {} : { outside }).find(
    (one) => one.id === id,
  )
  if (found === undefined) throw new Error(`no verdict ${id}`)
  return found
}

describe('response-time', () => {
  const judge = (options: Partial<DayOptions>, outside?: readonly Outside[]) =>
    verdict('response-time', options, outside)

  test('holds when p95 is below the threshold, however slow the slowest twentieth', () => {
    const seen = judge({ samples: samples(1_000, {}, 49, 30_000) })
    expect(seen).toMatchObject({ valid: true, counts: { judged: 1_000, leftOut: 0 } })
    expect(seen.reason).toBeUndefined()
    expect(seen.figures).toContainEqual({
      label: 'steady save-answer p95',
      measured: expect.closeTo(10, 0),
      limit: 500,
      unit: 'ms',
      bad: 'above',
    })
  })

  test('is false when more than a twentieth is slower, and names where', () => {
    const seen = judge({ samples: samples(1_000, {}, 60) })
    expect(seen).toMatchObject({ valid: false, gate: 'response-time' })
    expect(seen.reason).toMatch(/steady save-answer p95 80\d ms/)
  })

  test('a p95 just past the limit is not called the limit', () => {
    const seen = judge({ samples: samples(1_000, { latencyMs: 500.4 }) })
    expect(seen.valid).toBe(false)
    expect(seen.reason).toMatch(/steady save-answer p95 500\.\d+ ms/)
  })

  test('is false for one slow operation among many fast ones', () => {
    const seen = judge({
      samples: [...samples(5_000), ...samples(200, { f: 'submit', step: 'submit-spike' }, 20)],
    })
    expect(seen.valid).toBe(false)
    expect(seen.reason).toContain('submit-spike submit p95')
    expect(seen.reason).not.toContain('all operations')
  })

  test('an operation with too few samples is judged in the pool', () => {
    const slowButFew = samples(150, { f: 'submit', step: 'submit-spike', latencyMs: 800 })
    expect(judge({ samples: [...samples(5_000), ...slowButFew] }).valid).toBe(true)
    expect(judge({ samples: [...samples(500), ...slowButFew] })).toMatchObject({ valid: false })
  })

  test('counts from the intended time, so a request that left late is slow', () => {
    const late = samples(300, {}).map((sample) => ({
      ...sample,
      sentUs: sample.completedUs - 1,
      completedUs: sample.intendedUs + 900_000,
    }))
    expect(judge({ samples: late }).valid).toBe(false)
  })

  test('leaves warm-up and barrier to their own rules', () => {
    const slow = [
      ...samples(300, { step: 'warm-up', latencyMs: 9_000 }),
      ...samples(300, { step: 'start-burst', latencyMs: 9_000 }),
    ]
    expect(judge({ samples: [...samples(300), ...slow] })).toMatchObject({ valid: true, counts: { judged: 300 } })
  })

  test('is false when three windows in a row are slow, although the whole day is not', () => {
    const windows = Array.from({ length: 10 }, (_, index) => windowOf(index))
    const day = (slowWindows: readonly number[]) =>
      windows.flatMap((_, index) =>
        samples(slowWindows.includes(index) ? 200 : 3_000, {
          atMs: index * 10_000 + 1_000,
          latencyMs: slowWindows.includes(index) ? 800 : 10,
        }),
      )
    expect(judge({ windows, samples: day([3, 4, 5]) })).toMatchObject({
      valid: false,
      counts: { windowsInARowAbove: 3 },
    })
    expect(judge({ windows, samples: day([3, 4, 6]) })).toMatchObject({
      valid: true,
      counts: { windowsInARowAbove: 2 },
    })
    // What lies between them is a fault: they are no 30 s in a row.
    const around = { fromUs: 45_000_000, toUs: 70_000_000 }
    expect(judge({ windows, samples: day([3, 4, 7]) }, [around])).toMatchObject({ counts: { windowsInARowAbove: 2 } })
  })

  test('a stall that began in an invalid window is judged, or the window would hide it', () => {
    const windows = [windowOf(0, 'dispatch lag p99 23.0 ms, allowed 20.0 ms'), windowOf(1), windowOf(2)]
    const stalled = samples(60, { atMs: 9_000, latencyMs: 5_000 })
    expect(judge({ windows, samples: [...samples(500, { atMs: 15_000 }), ...stalled] })).toMatchObject({
      valid: false,
      counts: { judged: 560, leftOut: 0 },
    })
  })

  test('what lies in an invalid window, or touches a span that others judge, is left out', () => {
    const windows = [windowOf(0), windowOf(1, 'CPU 95 %, allowed 80 %'), windowOf(2)]
    const slowInOne = [...samples(500, { atMs: 1_000 }), ...samples(500, { atMs: 12_000, latencyMs: 3_000 })]
    expect(judge({ windows, samples: slowInOne })).toMatchObject({ valid: true, counts: { judged: 500, leftOut: 500 } })
    const fault = [{ fromUs: 11_000_000, toUs: 16_000_000 }]
    expect(judge({ samples: slowInOne }, fault)).toMatchObject({ valid: true, counts: { judged: 500 } })
    expect(judge({ samples: slowInOne }).valid).toBe(false)
  })

  test('a step that lies in an invalid window is not judged without it: too slow is unknown, and fast enough holds', () => {
    const windows = [windowOf(0), windowOf(1), windowOf(2, 'event-loop delay max 101 ms')]
    const spike = (latencyMs: number) => samples(300, { f: 'submit', step: 'submit-spike', atMs: 21_000, latencyMs })
    expect(judge({ windows, samples: [...samples(5_000), ...spike(3_000)] })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringMatching(
        /^submit-spike p95 300\d ms; submit-spike submit p95 .* in trouble then: event-loop/,
      ),
    })
    expect(judge({ windows, samples: [...samples(5_000), ...spike(400)] }).valid).toBe(true)
    // What others judge is not looked at here either.
    const fault = [{ fromUs: 20_000_000, toUs: 25_000_000 }]
    expect(judge({ windows, samples: [...samples(5_000), ...spike(3_000)] }, fault).valid).toBe(true)
  })

  test('is unknown when too many windows cannot be believed, however bad or good the figures are', () => {
    const windows = [windowOf(0, 'CPU 95 %'), windowOf(1, 'CPU 95 %'), windowOf(2)]
    for (const latencyMs of [10, 3_000]) {
      const seen = judge({ windows, samples: samples(500, { atMs: 25_000, latencyMs }) })
      expect(seen).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('2 of 3 windows: CPU 95 %') })
    }
    expect(judge({ windows: [windowOf(0, 'CPU 95 %')], samples: samples(500) }).valid).toBe('unknown')
  })

  test('is unknown without measurements or without a watched generator', () => {
    expect(judge({ samples: [] })).toMatchObject({
      valid: 'unknown',
      reason: 'n too small: 0 operations, p95 needs 200',
    })
    expect(judge({ samples: samples(199) }).valid).toBe('unknown')
    expect(judge({ windows: [], samples: samples(500) })).toMatchObject({
      valid: 'unknown',
      reason: 'the generator was not watched',
    })
  })
})

describe('start-burst', () => {
  const judge = (options: Partial<DayOptions>) => verdict('start-burst', options)

  test('holds when everybody is in within time', () => {
    expect(judge({ samples: burst(200, 1) })).toMatchObject({ valid: true, counts: { planned: 40, inTime: 40 } })
  })

  test('is false when a single candidate is late or never gets in, and says who', () => {
    const late = judge({ samples: burst(200), candidate: (index) => (index === 3 ? { inAfterMs: 5_001 } : {}) })
    expect(late).toMatchObject({ valid: false, violations: 1, affected: ['c-3'] })
    expect(late.examples[0]?.summary).toBe('c-3 was in after 5.0 s')
    const never = judge({ samples: burst(200), candidate: (index) => (index === 3 ? { inAfterMs: null } : {}) })
    expect(never.examples[0]?.summary).toBe('c-3 never got in')
  })

  test('shows three of many and names all', () => {
    const seen = judge({ samples: burst(200), candidate: () => ({ inAfterMs: null }) })
    expect(seen).toMatchObject({ valid: false, violations: 40 })
    expect(seen.examples).toHaveLength(3)
    expect(seen.affected).toHaveLength(40)
  })

  test('is false when one first attempt in a hundred fails, but retries do not count twice', () => {
    expect(judge({ samples: burst(200, 2) })).toMatchObject({ valid: false, reason: '2 of 200 first attempts failed' })
    const retries = samples(50, { step: 'start-burst', attempt: 2, error: true })
    expect(judge({ samples: [...burst(200), ...retries] }).valid).toBe(true)
  })

  test('is unknown, not false, when the generator was in trouble at that time, and is judged when it was at another', () => {
    const slow = { samples: burst(200, 2), windows: [windowOf(0, 'dispatch lag'), windowOf(1), windowOf(2)] }
    expect(judge(slow)).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('dispatch lag') })
    expect(judge({ ...slow, windows: [windowOf(0), windowOf(1), windowOf(9, 'dispatch lag')] }).valid).toBe(false)
    expect(judge({ ...slow, samples: burst(200) }).valid).toBe(true)
  })

  test('is unknown when the doors opened while something was broken on purpose that was to be over by then', () => {
    const { originUs, plan } = loadResultOf({ profile: PROFILE })
    const barrierUs = originUs + plan.timeline.barrierMs * 1_000
    const slow = { samples: burst(200, 2) }
    const around = (fromUs: number, toUs: number) => verdict('start-burst', slow, [{ fromUs, toUs }])
    expect(around(barrierUs - 1e6, barrierUs + 1e6)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('while something was broken on purpose'),
    })
    expect(around(barrierUs - 2e6, barrierUs - 1e6).valid).toBe(false)
    expect(around(barrierUs + 1e6, barrierUs + 2e6).valid).toBe(false)
  })

  test('is unknown when the barrier never fell, when nobody waited, or when the day was aborted', () => {
    expect(judge({ samples: [] })).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('never fell') })
    const nobody = { ...PROFILE, startsAtBarrier: 0, steadyMs: 60_000 }
    expect(verdict('start-burst', { profile: nobody, samples: burst(10) }).valid).toBe('unknown')
    const aborted = judge({ samples: burst(200), candidate: () => ({ inAfterMs: null }), over: { aborted: true } })
    expect(aborted.valid).toBe('unknown')
  })
})

describe('response-time of the whole wish', () => {
  const judge = (options: Partial<DayOptions>, outside?: readonly Outside[]) =>
    verdict('response-time', options, outside)
  /** 300 wishes that took three quick attempts with pauses, 2 s in all. */
  const patient = (over: Partial<LogicalSample> = {}) =>
    Array.from({ length: 300 }, () => ({ intendedUs: 1_000_000, completedUs: 3_000_000, attempts: 3, ...over }))

  test('is false when every attempt is fast and the retries are what takes so long', () => {
    const seen = judge({ samples: samples(900), logicals: patient() })
    expect(seen).toMatchObject({ valid: false })
    expect(seen.reason).toMatch(/steady save-answer with retries p95 200\d ms/)
    expect(seen.reason).not.toMatch(/save-answer p95/)
  })

  test('waiting for a door to open, or for a socket of our own, is not held against the backend', () => {
    expect(judge({ samples: samples(900), logicals: patient({ waitingSinceUs: 2_900_000 }) }).valid).toBe(true)
    expect(judge({ samples: samples(900), logicals: patient({ exhausted: true }) }).valid).toBe(true)
  })

  test('warm-up, burst, faults and invalid windows are left out here, too', () => {
    for (const step of ['warm-up', 'start-burst'] as const)
      expect(judge({ samples: samples(900), logicals: patient({ step }) }).valid).toBe(true)
    const fault = [{ fromUs: 2_000_000, toUs: 2_500_000 }]
    expect(judge({ samples: samples(900), logicals: patient() }, fault).valid).toBe(true)
    const windows = [windowOf(0, 'CPU 95 %'), windowOf(1), windowOf(2)]
    const day = { windows, samples: samples(900, { atMs: 12_000 }) }
    const elsewhere = patient({ intendedUs: 12_000_000, completedUs: 12_010_000 })
    expect(judge({ ...day, logicals: [...patient(), ...elsewhere] }).valid).toBe(true)
    // With nothing else nobody knows.
    expect(judge({ ...day, logicals: patient() }).valid).toBe('unknown')
  })
})

describe('error-rate of first attempts and single operations', () => {
  const judge = (options: Partial<DayOptions>, outside?: readonly Outside[]) => verdict('error-rate', options, outside)
  const wishes = (count: number, bad: number, over: Partial<LogicalSample>) =>
    Array.from({ length: count }, (_, index) => (index < bad ? over : { ...over, error: false, firstError: false }))

  test('is false when retries hide that every second request is refused', () => {
    const seen = judge({ logicals: wishes(1_000, 500, { firstError: true, attempts: 2 }) })
    expect(seen).toMatchObject({
      valid: false,
      counts: { attempted: 1_000, failed: 0, firstAttempts: 1_000, firstAttemptsFailed: 500 },
      reason: expect.stringContaining('500 of 1000 first attempts failed'),
    })
    expect(judge({ logicals: wishes(1_000, 9, { firstError: true }) }).valid).toBe(true)
  })

  test('first attempts of the burst have a rule of their own, and those in a fault are judged elsewhere', () => {
    const hidden = (over: Partial<LogicalSample>) => wishes(500, 500, { firstError: true, ...over })
    expect(judge({ logicals: hidden({ step: 'start-burst' }) })).toMatchObject({
      valid: true,
      counts: { firstAttempts: 0 },
    })
    const fault = [{ fromUs: 0, toUs: 5_000 }]
    expect(
      judge({ logicals: [...hidden({}), ...wishes(500, 0, { intendedUs: 8_000, completedUs: 9_000 })] }, fault).valid,
    ).toBe(true)
  })

  test('is false for an operation that few candidates do and that never works', () => {
    const seen = judge({
      logicals: [...wishes(3_000, 0, {}), ...wishes(8, 8, { f: 'review', step: 'drain', error: true })],
    })
    expect(seen).toMatchObject({ valid: false, reason: 'review: 8 of 8 failed; most often: review time-out (8)' })
    // Of all together it is 0.3 %, which would look as if nothing were wrong.
    expect(seen.figures?.slice(2)).toEqual([
      { label: 'failed review', measured: 1, limit: 0.01, unit: 'share', bad: 'above' },
    ])
  })

  test('says what failed most often, and why: an adapter that is told 401 everywhere is seen at once', () => {
    const refused = { f: 'create-session', error: true, firstError: true, reason: 'unauthorized' } as const
    const seen = judge({
      logicals: [...wishes(600, 0, {}), ...wishes(17, 17, refused), ...wishes(5, 5, { error: true })],
    })
    expect(seen.reason).toMatch(/create-session: 17 of 17 failed; most often: create-session unauthorized \(17\)$/)
    expect(judge({ logicals: wishes(600, 0, {}) }).reason).toBeUndefined()
  })

  test('is false for an operation of which half fails at the first attempt, and true for a single mishap', () => {
    const some = (bad: number) =>
      judge({
        logicals: [...wishes(3_000, 0, {}), ...wishes(40, bad, { f: 'review', step: 'drain', firstError: true })],
      })
    expect(some(20)).toMatchObject({
      valid: false,
      reason: 'review: 20 of 40 first attempts failed; most often: review time-out (20)',
    })
    expect(some(20).figures?.at(-1)).toMatchObject({ label: 'failed first attempts of review', measured: 0.5 })
    expect(some(1).figures).toHaveLength(2)
    expect(some(1).valid).toBe(true)
  })
})

describe('a generator in trouble is never held against the backend', () => {
  const trouble = '37 requests found no socket, port or file handle'
  const failing = Array.from({ length: 1_000 }, (_, index) => ({
    intendedUs: index * 29_000,
    completedUs: index * 29_000 + 1_000,
    error: index % 20 === 0,
  }))

  test('error-rate: too many invalid windows and not clean is unknown, however the failures lie', () => {
    const all = [windowOf(0, trouble), windowOf(1, trouble), windowOf(2, trouble)]
    expect(verdict('error-rate', { windows: all, logicals: failing })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining(trouble),
    })
    const most = [windowOf(0, trouble), windowOf(1, trouble), windowOf(2)]
    expect(verdict('error-rate', { windows: most, logicals: failing }).valid).toBe('unknown')
    expect(verdict('error-rate', { windows: [], logicals: failing }).valid).toBe('unknown')
    expect(verdict('error-rate', { logicals: failing }).valid).toBe(false)
  })

  describe('error-rate: in the one bad window', () => {
    const windows = [windowOf(0), windowOf(1, trouble), windowOf(2)]
    const inIt = (share: number, over: Partial<LogicalSample> = {}) =>
      failing.map((wish, index) => {
        const error = index % share === 0 && wish.intendedUs > 1e7 && wish.completedUs < 2e7
        return { ...wish, error, firstError: error, ...(error ? over : {}) }
      })

    test('what fails too seldom to matter is left out, and so is what never left for want of a socket', () => {
      const logicals = inIt(50)
      expect(verdict('error-rate', { windows, logicals })).toMatchObject({ valid: true, counts: { failed: 0 } })
      const unsent = failing.map((wish) => ({ ...wish, exhausted: wish.error }))
      expect(verdict('error-rate', { logicals: unsent })).toMatchObject({ valid: true, counts: { leftOut: 50 } })
    })

    test('what would break the rate is unknown: a platform that breaks is why its generator is late', () => {
      const logicals = inIt(1)
      expect(verdict('error-rate', { windows, logicals })).toMatchObject({
        valid: 'unknown',
        counts: { failed: 0 },
        reason: expect.stringMatching(/^3\d\d of 1000 operations failed; .*time-out.*; but part of it .*no socket/),
      })
      expect(verdict('error-rate', { logicals }).valid).toBe(false)
      const first = logicals.map((wish) => ({ ...wish, error: false }))
      expect(verdict('error-rate', { windows, logicals: first }).valid).toBe('unknown')
    })

    test('one operation that breaks is unknown, too', () => {
      const reviews = Array.from({ length: 8 }, () => ({
        ...({ f: 'review', step: 'drain', error: true, firstError: true } as const),
        ...{ intendedUs: 12_000_000, completedUs: 12_100_000 },
      }))
      const logicals = [...inIt(1_000), ...reviews]
      expect(verdict('error-rate', { windows, logicals })).toMatchObject({
        valid: 'unknown',
        reason: expect.stringContaining('review: 8 of 8 failed'),
      })
    })

    test('what is refused is false: no generator makes a platform say no', () => {
      const logicals = inIt(1, { reason: 'unauthorized', refused: true })
      expect(verdict('error-rate', { windows, logicals })).toMatchObject({
        valid: false,
        reason: expect.stringMatching(/^3\d\d of 1000 operations failed; .*save-answer unauthorized/),
      })
      // Of what else fails there nobody knows: it makes refusals that are few enough no more than few.
      const few = inIt(1).map((wish, index) => ({ ...wish, refused: wish.error && index % 100 === 0 }))
      expect(verdict('error-rate', { windows, logicals: few }).valid).toBe('unknown')
    })
  })

  test('error-rate: actions that were not sent are unknown as soon as one window cannot be believed', () => {
    const steady = { planned: 1_000, started: 980, finished: 980, dropped: 20 }
    const over = { offered: { ...loadResultOf({ profile: PROFILE }).offered, steady } }
    const logicals = failing.map((wish) => ({ ...wish, error: false }))
    expect(verdict('error-rate', { logicals, over }).valid).toBe(false)
    const windows = [windowOf(0), windowOf(1, 'event-loop delay max 9000 ms'), windowOf(2)]
    expect(verdict('error-rate', { windows, logicals, over })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('20 more could not be sent; but the generator was in trouble'),
    })
  })

  test('plan-fidelity: who could not finish in such a day, or for want of a socket, is no finding', () => {
    const candidate = (index: number) => ({ finished: index !== 3 })
    const windows = [windowOf(0, trouble), windowOf(1, trouble), windowOf(2)]
    expect(verdict('plan-fidelity', { candidate, windows })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining(trouble),
    })
    const starved = (index: number) => ({ finished: index > 1, starved: index === 0 })
    expect(verdict('plan-fidelity', { candidate: (index) => ({ ...candidate(index), starved: true }) }).valid).toBe(
      'unknown',
    )
    expect(verdict('plan-fidelity', { candidate: starved })).toMatchObject({ valid: false, counts: { starved: 1 } })
    expect(verdict('plan-fidelity', { windows }).valid).toBe(true)
  })
})

describe('fast-rejection', () => {
  const rejected = (count: number, latencyMs: number, over: Partial<Sample> = {}) =>
    Array.from({ length: count }, (_, index) =>
      sampleOf({ latencyMs, atMs: 1_000 + index, outcome: 'fail', reason: 'rate-limited', error: true, ...over }),
    )
  const judge = (samples: readonly Sample[], windows?: readonly LoadWindow[], outside: readonly Outside[] = []) =>
    judgeLoad(PROFILE, loadResultOf({ profile: PROFILE, samples, ...(windows === undefined ? {} : { windows }) }), {
      outside,
    }).find(({ id }) => id === 'fast-rejection')

  test('holds when whoever is turned away knows it within a second', () => {
    expect(judge(rejected(300, 40))).toMatchObject({ valid: true, counts: { rejections: 300, slow: 0 } })
  })

  test.each(['rate-limited', 'turned-away', 'unavailable'])('is false when it takes longer: %s', (reason) => {
    expect(judge([...rejected(200, 40), ...rejected(100, 1_500, { reason })])).toMatchObject({
      valid: false,
      violations: 100,
      reason: '100 of 300 rejections took longer than 1000 ms',
    })
    expect(judge(rejected(3, 1_500, { reason }))?.valid).toBe(false)
  })

  test('holds with one in twenty that takes longer, and is false with more', () => {
    expect(judge([...rejected(190, 40), ...rejected(10, 1_500)])?.valid).toBe(true)
    expect(judge([...rejected(189, 40), ...rejected(11, 1_500)])?.valid).toBe(false)
  })

  test('is not there when nobody was turned away, or only in a fault or in a window that cannot be believed', () => {
    expect(judge([sampleOf()])).toBeUndefined()
    expect(judge(rejected(50, 1_500), undefined, [{ fromUs: 0, toUs: 10e6 }])).toBeUndefined()
  })

  test('is unknown when the generator was in trouble', () => {
    const bad = [windowOf(0), windowOf(1, 'CPU'), windowOf(2, 'CPU')]
    expect(judge(rejected(300, 1_500), bad)).toMatchObject({ valid: 'unknown' })
  })
})

describe('a machine that generator and platform share', () => {
  test('is marked on every verdict about latency', () => {
    const titles = judgeLoad(PROFILE, loadResultOf({ profile: PROFILE, over: { coLocated: true } }))
      .filter(({ gate }) => gate === 'response-time')
      .map(({ title }) => title)
    expect(titles).toHaveLength(2)
    for (const title of titles) expect(title).toMatch(/ \(co-located\)$/)
  })
})

describe('quirks-happened', () => {
  const judge = (options: Partial<DayOptions>) => verdict('quirks-happened', options)

  test('holds when what was planned happened', () => {
    expect(judge({})).toMatchObject({ valid: true, gate: 'load-offered', counts: { answersAfterSubmit: 4 } })
  })

  test.each([
    ...(['lateRetries', 'marks', 'clears', 'doubleStarts', 'answersTogether'] as const),
    ...(['answersBesideSubmit', 'answersAfterSubmit', 'submitRepeats'] as const),
  ])('is unknown, never false, when there were no %s', (quirk) => {
    const seen = judge({ candidate: () => ({ [quirk]: 0 }) })
    expect(seen).toMatchObject({ valid: 'unknown', reason: expect.stringContaining(`${quirk} 0 of`) })
  })

  test('is not judged when nothing of the kind was planned', () => {
    const none = {
      ...{ lateRetries: 0, marks: 0, clearedAnswers: 0, answersAfterSubmit: 0 },
      ...{ doubleStarts: 0, answersTogether: 0, answersBesideSubmit: 0 },
    }
    const plain = { ...PROFILE, ...none, cohorts: [] }
    expect(judgeLoad(plain, loadResultOf({ profile: plain })).map(({ id }) => id)).not.toContain('quirks-happened')
  })
})

describe('error-rate', () => {
  const wishes = (count: number, failed: number) =>
    Array.from({ length: count }, (_, index) => ({ error: index < failed }))
  const judge = (options: Partial<DayOptions>, outside?: readonly Outside[]) => verdict('error-rate', options, outside)

  test('names the generator where it has left nothing to judge', () => {
    const troubled = Array.from({ length: 12 }, (_, index) => windowOf(index, 'dispatch lag'))
    expect(judge({ logicals: wishes(20, 0), windows: troubled })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringMatching(/^n too small: \d+ operations.*the generator was in trouble.*dispatch lag/),
    })
  })

  test('holds below one in a hundred, and says what no error at all still leaves open', () => {
    expect(judge({ logicals: wishes(1_000, 9) })).toMatchObject({
      valid: true,
      counts: { attempted: 1_000, failed: 9 },
    })
    expect(judge({ logicals: wishes(1_000, 0) }).counts.errorRateUpperBound95).toBeCloseTo(0.003)
    expect(judge({ logicals: wishes(1_000, 1) }).counts).not.toHaveProperty('errorRateUpperBound95')
  })

  test('is false from one in a hundred on', () => {
    expect(judge({ logicals: wishes(1_000, 10) })).toMatchObject({ valid: false, violations: 10 })
  })

  test('what a stuck candidate could not send counts as failed', () => {
    const steady = { planned: 1_000, started: 980, finished: 980, dropped: 20 }
    const base = loadResultOf({ profile: PROFILE })
    const seen = judge({ logicals: wishes(980, 0), over: { offered: { ...base.offered, steady } } })
    expect(seen).toMatchObject({ valid: false, counts: { unsent: 20 } })
  })

  test('a wish that needed three attempts is one operation, and the amplification is told', () => {
    const seen = judge({ logicals: wishes(200, 0).map((wish) => ({ ...wish, attempts: 3 })) })
    expect(seen).toMatchObject({ valid: true, counts: { attempted: 200, retried: 200, attemptsPerOperation: 3 } })
  })

  test('goodput stands beside what was sent', () => {
    // 100 wishes in ten seconds, two attempts each, 20 of them in vain.
    const logicals = Array.from({ length: 100 }, (_, index) => ({
      intendedUs: 1_000_000 + index * 100_000,
      completedUs: 1_100_000 + index * 100_000,
      attempts: 2,
      error: index < 20,
      firstError: true,
    }))
    expect(judge({ logicals }).counts).toMatchObject({
      attemptsPerOperation: 2,
      attemptsPerSecond: 20,
      goodputPerSecond: 8,
      succeededShare: 0.8,
      firstAttemptsSucceededShare: 0,
    })
  })

  test('warm-up and spans that others judge are left out', () => {
    const failedEarly = Array.from({ length: 50 }, () => ({ step: 'warm-up' as const, error: true }))
    const failedInFault = Array.from({ length: 50 }, () => ({
      intendedUs: 5_000_000,
      completedUs: 6_000_000,
      error: true,
    }))
    const logicals = [...wishes(500, 0), ...failedEarly, ...failedInFault]
    expect(judge({ logicals }).valid).toBe(false)
    expect(judge({ logicals }, [{ fromUs: 4_000_000, toUs: 7_000_000 }])).toMatchObject({
      valid: true,
      counts: { attempted: 500, leftOut: 50 },
    })
  })

  test('is unknown with too few operations to tell such a rate', () => {
    expect(judge({ logicals: [] })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('n too small: 0'),
    })
    expect(judge({ logicals: wishes(99, 0) }).valid).toBe('unknown')
    expect(judge({ logicals: wishes(100, 0) }).valid).toBe(true)
  })

  test('a threshold of zero forgives nothing', () => {
    const strict = { ...PROFILE, thresholds: { ...PROFILE.thresholds, errorRate: 0 } }
    expect(judge({ profile: strict, logicals: wishes(400, 0) }).valid).toBe(true)
    expect(judge({ profile: strict, logicals: wishes(400, 1) }).valid).toBe(false)
    expect(judge({ profile: strict, logicals: wishes(299, 0) }).valid).toBe('unknown')
  })
})

describe('plan-fidelity', () => {
  const judge = (options: Partial<DayOptions>) => verdict('plan-fidelity', options)

  test('holds when everybody planned started and finished, on time', () => {
    expect(judge({})).toMatchObject({ valid: true, counts: { planned: 40, started: 40, finished: 40 } })
    expect(judge({ candidate: (index) => ({ arrivalLagMs: index === 0 ? 500 : 1 }) }).valid).toBe(true)
  })

  test('is false when candidates were offered their exam and could not finish it', () => {
    const seen = judge({ candidate: (index) => ({ finished: index > 1 }) })
    expect(seen).toMatchObject({ valid: false, affected: ['c-0', 'c-1'], violations: 2 })
  })

  test.each<[string, Partial<DayOptions>]>([
    ['aborted', { over: { aborted: true } }],
    ['3 candidates were never started', { over: { started: 37, dropped: 3 } }],
    ['arrivals were more than 20 ms off', { candidate: (index) => ({ arrivalLagMs: index < 5 ? 21 : 1 }) }],
    ['arrivals were more than 20 ms off', { candidate: (index) => ({ arrivalLagMs: index < 5 ? null : 1 }) }],
    ['not yet logged in at the barrier', { over: { lateAtBarrier: 5 } }],
    ['took 101 ms to fall', { over: { barrierSkewMs: 101 } }],
    ['barrier was not measured', { over: { barrierSkewMs: null } }],
  ])('is unknown when the load was not offered: %s', (reason, options) => {
    expect(judge(options)).toMatchObject({ valid: 'unknown', reason: expect.stringContaining(reason) })
  })

  test('what was not offered is never held against the backend, even when nobody finished', () => {
    expect(judge({ candidate: () => ({ finished: false }), over: { aborted: true } }).valid).toBe('unknown')
  })
})

describe('generator-health', () => {
  const judge = (windows: DayOptions['windows']) =>
    verdict('generator-health', windows === undefined ? {} : { windows })

  test('holds with one bad window in a short day and 5 % in a long one', () => {
    expect(judge([windowOf(0), windowOf(1, 'x'), windowOf(2)]).valid).toBe(true)
    const long = Array.from({ length: 60 }, (_, index) => (index < 3 ? windowOf(index, 'x') : windowOf(index)))
    expect(judge(long).valid).toBe(true)
    expect(judge([...long, windowOf(60, 'x')])).toMatchObject({ valid: 'unknown' })
  })

  test('is unknown, never false, when the generator was in trouble', () => {
    const seen = judge([windowOf(0, 'CPU 95 %, allowed 80 %'), windowOf(1, 'x'), windowOf(2)])
    expect(seen).toMatchObject({ valid: 'unknown', reason: '2 of 3 windows: CPU 95 %, allowed 80 %' })
    expect(judge([windowOf(0, 'x')]).valid).toBe('unknown')
  })

  test('is unknown when nobody watched', () => {
    expect(judge([]).valid).toBe('unknown')
  })
})

describe('double-submits-overlapped', () => {
  const judge = (options: Partial<DayOptions>) => verdict('double-submits-overlapped', options)
  const apart = { doubleSubmit: { overlapped: false, workers: ['w1'] } }

  test('holds when they overlapped', () => {
    expect(judge({})).toMatchObject({ valid: true, counts: { planned: 4, overlapped: 4, workersSeen: 2 } })
  })

  test('is unknown when they did not, because then nothing was tried', () => {
    expect(judge({ candidate: () => apart })).toMatchObject({ valid: 'unknown', counts: { overlapped: 0 } })
  })

  test('is not judged when none were planned', () => {
    const none = { ...PROFILE, doubleSubmits: 0 }
    expect(judgeLoad(none, loadResultOf({ profile: none })).map(({ id }) => id)).not.toContain(
      'double-submits-overlapped',
    )
  })
})
