import { expect, test } from 'vitest'
import type { CandidateOutcome } from '../candidate/candidate.ts'
import type { MachinePulse } from '../observability/probe-machine.ts'
import type { Sample } from '../observability/sample.ts'
import { checkOf } from '../testing/phase-of.ts'
import type { Verdict } from '../verdict.ts'
import type { LoadResult } from './exam-day.ts'
import { excuseComparison, excuseCrowded, excuseWithin } from './excuse-crowded.ts'
import type { LogicalSample } from './meter.ts'
import { PROFILES } from './profiles.ts'
import { type DayOptions, loadResultOf, sampleOf, windowOf } from './testing/load-result-of.ts'
import { judgeLoad } from './thresholds.ts'

/** Processors of the machine. */
const PROCESSORS = 2
const { p95Ms } = PROFILES.smoke.thresholds

/** A look a second, each with what `share` says of that second, of all processors. */
function looks(share: (second: number) => { readonly own: number; readonly others: number } | string | null) {
  let [idleMs, busyMs, ownMs] = [50_000, 70_000, 0]
  const samples: Sample<MachinePulse>[] = []
  for (let second = 0; second <= 30; second++) {
    const seen = share(second)
    const common = { timeUs: second * 1e6, tookMs: 2 }
    if (seen === null) samples.push({ ...common, value: null, reason: 'refused' })
    else if (typeof seen === 'string') samples.push({ ...common, value: { unknown: seen } })
    else {
      busyMs += (seen.own + seen.others) * PROCESSORS * 1_000
      ownMs += seen.own * PROCESSORS * 1_000
      idleMs += (1 - seen.own - seen.others) * PROCESSORS * 1_000
      samples.push({ ...common, value: { capacityMs: busyMs + idleMs, idleMs, busyMs, ownMs } })
    }
  }
  return samples
}

/** Half a minute in which answers to 100 requests a second took as long as `latencyMs` says. */
function loadOf(latencyMs: (second: number) => number): LoadResult {
  const samples = Array.from({ length: 3_000 }, (_, index) =>
    sampleOf({ atMs: index * 10, latencyMs: latencyMs(index / 100) }),
  )
  return loadResultOf({ profile: PROFILES.smoke, samples, windows: [windowOf(0), windowOf(1), windowOf(2)] })
}

/** Slow in the second of the three windows, by enough for the whole; all of it has ended within that window. */
const SLOW = loadOf((second) => (second >= 10 && second < 18 ? p95Ms * 3 : 20))
const ALWAYS_SLOW = loadOf(() => p95Ms * 3)
const QUICK = loadOf(() => 20)

const ALONE = looks(() => ({ own: 0.98, others: 0.01 }))
/** Somebody's build while it was slow. */
const BUILD = looks((second) => ({ own: 0.6, others: second > 10 && second <= 20 ? 0.4 : 0 }))

function responseTime(load: LoadResult, samples: ReturnType<typeof looks>): Verdict | undefined {
  const judged = excuseCrowded(load, samples, (watched) => judgeLoad(PROFILES.smoke, watched, { outside: [] }))
  return judged.find(({ id }) => id === 'response-time')
}

test('a platform that is slow on a machine of its own is slow', () => {
  expect(responseTime(SLOW, ALONE)).toMatchObject({ valid: false })
})

test('one that was slow only while others had the machine is unknown, and it is said who had it', () => {
  expect(responseTime(SLOW, BUILD)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining(
      'the machine was crowded in 1 of 3 windows: others took 40 % of its processors, allowed 10 %, and 0 % were left',
    ),
  })
})

test('what others take between two looks on either side of the begin of a window is theirs in both', () => {
  const crowd = looks((second) => (second === 10 ? { own: 0, others: 1 } : { own: 0.5, others: 0 }))
  // The looks are 0.3 s off the windows, so that others had it from 9.3 s to 10.3 s.
  const offTheEdge = crowd.map((look) => ({ ...look, timeUs: look.timeUs + 300_000 }))
  const samples = Array.from({ length: 3_000 }, (_, index) =>
    sampleOf(index < 300 ? { atMs: 9_310, latencyMs: p95Ms + 100 } : { atMs: index * 9 }),
  )
  const load = loadResultOf({ profile: PROFILES.smoke, samples })
  expect(responseTime(load, offTheEdge)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining('in 1 of 3 windows: others had most of its processors for 7 % of it'),
  })
})

test('a machine so crowded that hardly anybody looked at it is crowded', () => {
  const rarely = BUILD.filter((_, second) => second % 8 === 0)
  expect(responseTime(SLOW, rarely)).toMatchObject({ valid: 'unknown' })
  // Two looks that lie further apart than a window is long may have anything between them.
  expect(
    responseTime(
      SLOW,
      BUILD.filter((_, second) => second % 12 === 9),
    ),
  ).toMatchObject({ valid: false })
})

test('one that was slow before and after, too, is slow whoever came by', () => {
  expect(responseTime(ALWAYS_SLOW, BUILD)).toMatchObject({ valid: false })
})

test('and also when most of the day was crowded: what quiet windows show is not excused by the others', () => {
  const mostly = looks((second) => ({ own: 0.6, others: second > 10 ? 0.4 : 0 }))
  expect(responseTime(ALWAYS_SLOW, mostly)).toMatchObject({ valid: false })
})

test('what the hypervisor gave to others excuses what was slow meanwhile, and spoils nothing that was quick', () => {
  const stolen = (load: LoadResult, steal: number | null): LoadResult => ({
    ...load,
    windows: load.windows.map((window, index) =>
      index === 1 ? { ...window, generator: { ...window.generator, steal } } : window,
    ),
  })
  expect(responseTime(stolen(SLOW, 0.066), ALONE)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining('the hypervisor took 6.6 % of its processors, allowed 5 %'),
  })
  for (const steal of [0.04, null]) expect(responseTime(stolen(SLOW, steal), ALONE)?.valid).toBe(false)
  expect(responseTime(stolen(QUICK, 0.5), ALONE)).toMatchObject({ valid: true })
})

test('what was slow while the disk of the machine stood still is unknown; a disk that is merely used excuses nothing', () => {
  const stalling = (ms: number) => {
    let diskStalledMs = 9_000
    return looks(() => ({ own: 0.3, others: 0 })).map((sample, second) => {
      if (second > 12 && second <= 14) diskStalledMs += ms / 2
      return sample.value === null || 'unknown' in sample.value
        ? sample
        : { ...sample, value: { ...sample.value, diskStalledMs } }
    })
  }
  expect(responseTime(SLOW, stalling(1_200))).toMatchObject({
    valid: 'unknown',
    reason: expect.stringMatching(/everybody waited for the disk for 1[23] % of it, allowed 5 %/),
  })
  expect(responseTime(SLOW, stalling(300))?.valid).toBe(false)
  expect(responseTime(ALWAYS_SLOW, stalling(1_200))?.valid).toBe(false)
  expect(responseTime(QUICK, stalling(1_200))?.valid).toBe(true)
})

test('a platform for which everybody waits for the disk all day is slow by itself', () => {
  const always = looks(() => ({ own: 0.3, others: 0 })).map((sample, second) =>
    sample.value === null || 'unknown' in sample.value
      ? sample
      : { ...sample, value: { ...sample.value, diskStalledMs: second * 400 } },
  )
  expect(responseTime(SLOW, always)?.valid).toBe(false)
})

test('a check that only some windows give does not lend its place to another', () => {
  const rejections = checkOf({ id: 'fast-rejection', valid: true })
  const recovery = checkOf({ id: 'recovery', valid: false, reason: 'never' })
  const other = checkOf({ id: 'other', valid: true })
  const judge = ({ windows }: LoadResult): Verdict[] =>
    windows.some(({ crowd }) => crowd !== undefined) ? [recovery, other] : [rejections, recovery, other]
  expect(excuseCrowded(SLOW, BUILD, judge).map(({ id, valid }) => [id, valid])).toEqual([
    ['fast-rejection', true],
    ['recovery', false],
    ['other', true],
  ])
})

test('one that was quick beside others is quick', () => {
  expect(
    responseTime(
      QUICK,
      looks(() => ({ own: 0.4, others: 0.6 })),
    ),
  ).toMatchObject({ valid: true })
})

/** Slow in one second, when more than one in twenty of all is asked. */
const SLOW_FOR_A_WHILE = loadOf((second) => (second >= 12 && second < 14 ? p95Ms * 3 : 20))

test('one that was slow in the seconds in which others had most of the machine and left nothing is unknown, however calm the rest', () => {
  const seized = looks((second) =>
    second > 12 && second <= 14 ? { own: 0.04, others: 0.95 } : { own: 0.3, others: 0.1 },
  )
  expect(responseTime(SLOW_FOR_A_WHILE, seized)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining('others had most of its processors for 20 % of it and left nothing, allowed 5 %'),
  })
  expect(responseTime(ALWAYS_SLOW, seized)).toMatchObject({ valid: false })
})

test.each([
  ['had half of it', { own: 0.5, others: 0.5 }],
  ['left something', { own: 0.2, others: 0.7 }],
] as const)('others that %s for a second excuse nothing', (_, share) => {
  const busy = looks((second) => (second > 12 && second <= 14 ? share : { own: 0.3, others: 0.1 }))
  expect(responseTime(SLOW_FOR_A_WHILE, busy)).toMatchObject({ valid: false })
})

test('who takes what nobody wants excuses nothing: a large machine with others on it', () => {
  expect(
    responseTime(
      SLOW,
      looks(() => ({ own: 0.1, others: 0.6 })),
    ),
  ).toMatchObject({ valid: false })
})

/** 1 000 wishes over half a minute, of which every fourth that is bad failed as `over` says. */
function failing(over: Partial<LogicalSample>, isBad = (second: number) => second >= 11 && second < 19): LoadResult {
  const logicals = Array.from({ length: 1_000 }, (_, index) => ({
    ...(index % 4 === 0 && isBad(index * 0.03) ? { error: true, ...over } : {}),
    ...{ intendedUs: index * 30_000, completedUs: index * 30_000 + 1_000 },
  }))
  return loadResultOf({ profile: PROFILES.smoke, logicals })
}

function errorRate(load: LoadResult, samples = BUILD): Verdict | undefined {
  const judged = excuseCrowded(load, samples, (watched) => judgeLoad(PROFILES.smoke, watched, { outside: [] }))
  return judged.find(({ id }) => id === 'error-rate')
}

test('what failed for want of time while others had the machine is unknown, and false on a machine of its own', () => {
  const late = failing({ reason: 'time-out' })
  expect(errorRate(late)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining('the machine was crowded'),
  })
  expect(errorRate(late, ALONE)?.valid).toBe(false)
  // Who got no answer is refused what follows from it, and that is no answer of a healthy platform that could be blamed.
  expect(errorRate(failing({ reason: 'not-found', refused: false }))?.valid).toBe('unknown')
})

test('what was refused, or answered with something else, is false however crowded the machine was', () => {
  const always = looks(() => ({ own: 0.1, others: 0.9 }))
  for (const samples of [BUILD, always]) {
    expect(errorRate(failing({ reason: 'unauthorized', refused: true }), samples)?.valid).toBe(false)
    expect(errorRate(failing({ error: false, firstError: true, refused: true }), samples)?.valid).toBe(false)
  }
})

test('a few refusals within the limit do not make what slowness explains count', () => {
  const few = failing({ reason: 'time-out' })
  const measured = [...few.measurements.logicals()]
  const seventh = measured.filter(({ error }) => error)[7]
  const logicals = measured.map((wish) => (wish === seventh ? { ...wish, refused: true } : wish))
  expect(errorRate(loadResultOf({ profile: PROFILES.smoke, logicals }))?.valid).toBe('unknown')
})

test('what could not be sent on a crowded machine is unknown, also beside a refusal within the limit', () => {
  const { offered } = QUICK
  const stuck = { ...failing({}), offered: { ...offered, steady: { ...offered.steady, dropped: 200 } } }
  expect(errorRate(stuck)?.valid).toBe('unknown')
})

test('what failed in a quiet window counts beside what others explain', () => {
  expect(errorRate(failing({ reason: 'time-out' }, () => true))?.valid).toBe(false)
})

test('that time is up comes later: it counts only where nobody had the machine before, and any other refusal counts', () => {
  const afterwards = (over: Partial<LogicalSample>) => failing(over, (second) => second >= 21)
  const closed = { reason: 'session-closed', refused: false }
  expect(errorRate(afterwards(closed))?.valid).toBe('unknown')
  expect(errorRate(afterwards(closed), ALONE)?.valid).toBe(false)
  expect(errorRate(failing(closed, (second) => second < 8))?.valid).toBe(false)
  // A candidate that was served all day is refused by the platform alone, and a time-out without others is its own.
  expect(errorRate(afterwards({ ...closed, refused: true }))?.valid).toBe(false)
  for (const reason of ['time-out', 'not-found', 'unauthorized'])
    expect(errorRate(afterwards({ reason, refused: false }))?.valid).toBe(false)
})

/** How the doors of a day opened, 11 s after its begin, and what became of each candidate. */
function doorsOf(options: Pick<DayOptions, 'candidate' | 'samples'> = {}): LoadResult {
  const day = loadResultOf({ profile: PROFILES.smoke, samples: attemptsAtDoors(), ...options })
  return { ...day, originUs: 11e6 - day.plan.timeline.barrierMs * 1_000 }
}

/** 200 requests of the burst, of which those that fail do so as `over` says. */
function attemptsAtDoors(failing = 0, over: Parameters<typeof sampleOf>[0] = {}) {
  return Array.from({ length: 200 }, (_, index) =>
    sampleOf({
      step: 'start-burst',
      f: 'create-session',
      atMs: 11_100,
      ...(index < failing ? { error: true, ...over } : {}),
    }),
  )
}

function verdictOn(id: string, load: LoadResult, samples = BUILD): Verdict | undefined {
  return excuseCrowded(load, samples, (watched) => judgeLoad(PROFILES.smoke, watched, { outside: [] })).find(
    (verdict) => verdict.id === id,
  )
}

const { startWithinMs } = PROFILES.smoke
/** Of the time behind the doors so much is the build's. */
const BUILD_MS = 9_000
const ALWAYS = looks(() => ({ own: 0.1, others: 0.9 }))

test('who was late at the doors only because others had the machine is unknown, and late on a machine of its own', () => {
  const late = doorsOf({ candidate: (index) => (index === 3 ? { inAfterMs: startWithinMs + BUILD_MS } : {}) })
  expect(verdictOn('start-burst', late)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining(
      '1 of 40 candidates were not in within time; but the machine was crowded in 1 of 3',
    ),
  })
  expect(verdictOn('start-burst', late, ALONE)?.valid).toBe(false)
  expect(verdictOn('start-burst', doorsOf())?.valid).toBe(true)
})

test('who would have been late without others, too, is late', () => {
  const late = doorsOf({ candidate: (index) => (index === 3 ? { inAfterMs: startWithinMs + BUILD_MS + 1 } : {}) })
  expect(verdictOn('start-burst', late)?.valid).toBe(false)
})

test('who never got in is excused only where all that time was that of others, and where it was tried', () => {
  const hindered = { refused: false, fromUs: 11e6, toUs: 29e6 }
  const never = doorsOf({ candidate: () => ({ inAfterMs: null, entered: false, entryHindered: hindered }) })
  expect(verdictOn('start-burst', never, ALWAYS)?.valid).toBe('unknown')
  const soon = looks((second) => ({ own: 0.1, others: second > 10 && second <= 12 ? 0.9 : 0 }))
  expect(verdictOn('start-burst', never, soon)?.valid).toBe(false)
  const untried = doorsOf({ candidate: () => ({ inAfterMs: null, entered: false, entryHindered: null }) })
  expect(verdictOn('start-burst', untried, ALWAYS)?.valid).toBe(false)
})

test('who was refused at the doors is not excused, nor who nobody knows of whether', () => {
  const late = { inAfterMs: startWithinMs + 1_000 }
  const refused = { refused: true, fromUs: 11e6, toUs: 12e6 }
  expect(verdictOn('start-burst', doorsOf({ candidate: () => ({ ...late, entryHindered: refused }) }))?.valid).toBe(
    false,
  )
  const stored = doorsOf({ candidate: () => ({ ...late, entryHindered: undefined as never }) })
  expect(verdictOn('start-burst', stored)?.valid).toBe(false)
})

test('first attempts at the doors are excused where they failed beside others for want of time, and only there', () => {
  const failing = (over: Parameters<typeof sampleOf>[0]) => doorsOf({ samples: attemptsAtDoors(20, over) })
  expect(verdictOn('start-burst', failing({ reason: 'time-out' }))?.valid).toBe('unknown')
  expect(verdictOn('start-burst', failing({ reason: 'time-out' }), ALONE)?.valid).toBe(false)
  expect(verdictOn('start-burst', failing({ reason: 'time-out', latencyMs: 12_000 }))?.valid).toBe(false)
  for (const reason of ['conflict', 'forbidden', 'other'])
    expect(verdictOn('start-burst', failing({ reason }))?.valid).toBe(false)
})

test('who could not finish is unknown where only a want of time beside others kept it from it', () => {
  const kept = (over: Partial<CandidateOutcome>) =>
    doorsOf({ candidate: (index) => (index === 3 ? { submitted: false, finished: false, ...over } : {}) })
  const beside = { refused: false, fromUs: 12e6, toUs: 18e6 }
  const submitted = kept({ submitHindered: beside })
  expect(verdictOn('plan-fidelity', submitted)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining('1 of 40 candidates could not finish their exam; but the machine was crowded'),
  })
  expect(verdictOn('plan-fidelity', submitted, ALONE)?.valid).toBe(false)
  expect(verdictOn('plan-fidelity', kept({ entered: false, entryHindered: beside }))?.valid).toBe('unknown')
  expect(verdictOn('plan-fidelity', kept({ entryHindered: beside }))?.valid).toBe(false)
  expect(verdictOn('plan-fidelity', kept({ submitHindered: { ...beside, refused: true } }))?.valid).toBe(false)
  expect(verdictOn('plan-fidelity', kept({ submitHindered: { ...beside, toUs: 25e6 } }))?.valid).toBe(false)
  // That the exam is over is told when others are gone again; who was refused before they came is not their doing.
  const follows = { ...beside, follows: true, fromUs: 24e6, toUs: 25e6 }
  expect(verdictOn('plan-fidelity', kept({ submitHindered: follows }))?.valid).toBe('unknown')
  expect(verdictOn('plan-fidelity', kept({ submitHindered: { ...follows, follows: false } }))?.valid).toBe(false)
  expect(verdictOn('plan-fidelity', kept({ submitHindered: { ...follows, fromUs: 2e6, toUs: 4e6 } }))?.valid).toBe(
    false,
  )
  expect(verdictOn('plan-fidelity', kept({}))?.valid).toBe(false)
  expect(verdictOn('plan-fidelity', kept({ submitHindered: undefined as never }))?.valid).toBe(false)
})

test('a look at a platform after the load is excused where others had the machine in that moment, and only there', () => {
  const after = checkOf({ id: 'steady-state-after', valid: false, reason: 'status "degraded"' })
  expect(excuseWithin(after, BUILD, { fromUs: 13e6, toUs: 18e6 })).toMatchObject({
    valid: 'unknown',
    reason:
      'status "degraded"; but the machine was crowded: others took 40 % of its processors, allowed 10 %, and 0 % were left',
  })
  expect(excuseWithin(after, BUILD, { fromUs: 23e6, toUs: 28e6 })).toEqual(after)
  const well = checkOf({ id: 'steady-state-after', valid: true })
  expect(excuseWithin(well, BUILD, { fromUs: 13e6, toUs: 18e6 })).toEqual(well)
})

test('a comparison of times from all over the day is excused where others had the machine in a part of it', () => {
  const slower = checkOf({ id: 'allowed-work-not-slower', valid: false, reason: '35 ms under freeze, 14 ms without' })
  expect(excuseComparison(slower, QUICK, BUILD)).toMatchObject({
    valid: 'unknown',
    reason: expect.stringContaining('35 ms under freeze, 14 ms without; but the machine was crowded in 1 of 3 windows'),
  })
  expect(excuseComparison(slower, QUICK, ALONE)).toEqual(slower)
  // Seen: a freeze that makes answers nine times slower was unknown because of a hypervisor in one window of three.
  const stolen = QUICK.windows.map((window) => ({ ...window, generator: { ...window.generator, steal: 0.12 } }))
  expect(excuseComparison(slower, { ...QUICK, windows: stolen }, ALONE)).toEqual(slower)
})

test.each([
  ['nobody looked', []],
  ['every look failed', looks(() => null)],
  ['the machine cannot tell', looks(() => 'no /proc/stat')],
  [
    'two looks are too close to each other',
    looks((second) => (second >= 13 && second < 17 ? { own: 0.5, others: 0.5 } : null)),
  ],
])('where %s nothing is excused', (_, samples) => {
  expect(responseTime(SLOW, samples)).toMatchObject({ valid: false })
})
