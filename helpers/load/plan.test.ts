import { describe, expect, test } from 'vitest'
import { type ExamDayPlan, minimumOkOf, planExamDay, plannedQuirksOf, QUIRKS } from './plan.ts'
import { LOAD_SHAPES, type Profile } from './profile.ts'
import { PROFILES, profileNamed, scaleProfile } from './profiles.ts'
import { validateProfile } from './validate-profile.ts'

const people = (count: number, prefix = 'c') => ({
  candidates: Array.from({ length: count }, (_, index) => ({ id: `${prefix}-${index}` })),
})

function plan(profile: Profile = PROFILES.dev, seed = 7): ExamDayPlan {
  return planExamDay(profile, seed, people(profile.candidates))
}

const BROKEN: Profile = {
  ...PROFILES.dev,
  candidates: 0,
  arrivalRate: 'steep' as 'drawn',
  doubleSubmits: 0.8,
  vanish: 0.4,
  thinkTime: { minMs: 500, maxMs: 100 },
  steadyMs: Number.NaN,
  retries: { attempts: 0, firstBackoffMs: 0, maxBackoffMs: -1 },
}

describe('the named profiles', () => {
  test.each(Object.entries(PROFILES))('%s is valid and bears its name', (name, profile) => {
    expect(validateProfile(profile)).toEqual([])
    expect(profile.name).toBe(name)
  })

  test('smoke and proof leave room for the sweeper within their time', () => {
    const sweeperMs = 5_000
    const wholeMs = (profile: Profile) => plan(profile).timeline.deadlineMs + profile.expiryMarginMs + sweeperMs
    expect(wholeMs(PROFILES.smoke)).toBeLessThanOrEqual(40_000)
    expect(wholeMs(PROFILES.proof)).toBeLessThanOrEqual(25_000)
  })

  test('dev offers 100 to 150 answers a second', () => {
    const { candidates, profile } = plan()
    const actions = candidates.reduce((sum, { actions }) => sum + actions.length, 0)
    expect(actions / (profile.steadyMs / 1_000)).toBeGreaterThan(100)
    expect(actions / (profile.steadyMs / 1_000)).toBeLessThan(150)
  })

  test('nightly has 100 candidates at the barrier and all 400 within five minutes', () => {
    const { candidates, timeline } = plan(PROFILES.nightly)
    expect(candidates.filter(({ startsAtBarrier }) => startsAtBarrier)).toHaveLength(100)
    const lastMs = Math.max(...candidates.map(({ arriveMs }) => arriveMs))
    expect(lastMs - timeline.arrivalsMs).toBeLessThanOrEqual(5 * 60_000 + PROFILES.nightly.barrierAfterMs)
  })

  test('an unknown name is refused with the names there are', () => {
    expect(() => profileNamed('huge')).toThrow(
      /PROFILE_UNKNOWN[\s\S]*smoke, proof, dev, long-faults, sessions-400[\s\S]*nightly, release[\s\S]*"huge"/,
    )
    expect(() => profileNamed('toString')).toThrow(/PROFILE_UNKNOWN/)
    expect(profileNamed('smoke')).toBe(PROFILES.smoke)
  })

  test('a burst above the cohort is the same day with more candidates', () => {
    expect(scaleProfile(PROFILES.release, 1.2).candidates).toBe(480)
    expect(scaleProfile({ ...PROFILES.release, candidates: 300 }, 1.1).candidates).toBe(330)
    expect(scaleProfile({ ...PROFILES.release, candidates: 411 }, 494 / 411).candidates).toBe(494)
    expect(() => scaleProfile(PROFILES.release, Number.NaN)).toThrow(/CONFIG_INVALID[\s\S]*candidates/)
  })
})

describe('the load shapes of the original platform', () => {
  test('sessions-400: 100 sessions at once, one more every second, and 400 after five minutes', () => {
    const { candidates, timeline } = plan(PROFILES['sessions-400'])
    const beginsMs = candidates.map(({ startsAtBarrier, arriveMs }) =>
      startsAtBarrier ? timeline.barrierMs : arriveMs,
    )
    const sessionsAfter = (seconds: number): number =>
      beginsMs.filter((ms) => ms <= timeline.barrierMs + seconds * 1_000).length
    expect([0, 1, 2, 60, 120, 180, 240, 299, 300].map(sessionsAfter)).toEqual([
      100, 101, 102, 160, 220, 280, 340, 399, 400,
    ])
    expect(Math.max(...beginsMs) - timeline.barrierMs).toBe(5 * 60_000)
  })

  test('answers-300: 300 candidates answer for half an hour and think for 5 to 30 s before each answer', () => {
    const { candidates, timeline } = plan(PROFILES['answers-300'])
    expect(candidates).toHaveLength(300)
    expect(timeline.steadyEndMs - timeline.barrierMs).toBe(30 * 60_000)
    const thinks = candidates.flatMap(({ actions }) => actions.map(({ thinkMs }) => thinkMs))
    expect(Math.min(...thinks)).toBeGreaterThanOrEqual(5_000)
    expect(Math.max(...thinks)).toBeLessThanOrEqual(30_000)
    // 300 candidates, and on average 17.5 s between two answers of one.
    expect(thinks.reduce((sum, ms) => sum + ms, 0) / thinks.length / 17_500).toBeCloseTo(1, 1)
    for (const { actions, leaveMs } of candidates) {
      expect(leaveMs).toBe(timeline.steadyEndMs)
      const thinksMs = actions.reduce((sum, { thinkMs }) => sum + thinkMs, 0)
      expect(thinksMs).toBeLessThanOrEqual(30 * 60_000)
      expect(thinksMs).toBeGreaterThan(30 * 60_000 - 30_000)
    }
  })

  test('submits-400: 400 submits in ten minutes, 40 of them twice', () => {
    const { candidates, timeline } = plan(PROFILES['submits-400'])
    const submitsMs = candidates.flatMap(({ submitMs }) => submitMs ?? [])
    expect(submitsMs).toHaveLength(400)
    expect(timeline.deadlineMs - timeline.steadyEndMs).toBe(10 * 60_000)
    expect(Math.min(...submitsMs)).toBeGreaterThanOrEqual(timeline.steadyEndMs)
    expect(Math.max(...submitsMs)).toBeLessThanOrEqual(timeline.deadlineMs)
    expect(candidates.filter(({ doubleSubmit }) => doubleSubmit !== 'no')).toHaveLength(40)
    // Spread over the whole of it: 40 a minute, give or take what chance does.
    const perMinute = Object.values(Object.groupBy(submitsMs, (ms) => Math.floor((ms - timeline.steadyEndMs) / 60_000)))
    expect(perMinute).toHaveLength(10)
    for (const minute of perMinute) expect(minute?.length).toBeGreaterThan(15)
  })

  test.each([...LOAD_SHAPES])('%s is the same day again for the same seed, and another for another', (name) => {
    expect(plan(PROFILES[name], 7).planHash).toBe(plan(PROFILES[name], 7).planHash)
    expect(plan(PROFILES[name], 8).planHash).not.toBe(plan(PROFILES[name], 7).planHash)
  })

  test('a rising rate brings a quarter of the candidates in the first half of the time', () => {
    const { candidates, timeline, words } = plan({ ...PROFILES['sessions-400'], arrivalRate: 'ramping' })
    const late = candidates.filter(({ startsAtBarrier }) => !startsAtBarrier)
    const halfMs = (timeline.barrierMs + timeline.arrivalsEndMs) / 2
    expect(late).toHaveLength(300)
    expect(late.filter(({ arriveMs }) => arriveMs <= halfMs)).toHaveLength(75)
    expect(words[1]).toBe(
      'arrivals (open): 100 log-ins at a rising rate over 100 s, then 300 more that start at once, at a rising rate over 300 s',
    )
  })
})

describe('validating a profile', () => {
  test('names everything that is wrong at once, with what was wanted and what came', () => {
    const problems = validateProfile(BROKEN)
    expect(problems).toEqual([
      'candidates should be a whole number of at least 1, instead got 0',
      'steadyMs should be milliseconds above 0, instead got null',
      'warmUp.candidates should be a whole number from 0 to 0, instead got 20',
      'thinkTime.maxMs should be milliseconds of at least thinkTime.minMs (500), instead got 100',
      'retries.attempts should be a whole number of at least 1, instead got 0',
      'retries.firstBackoffMs should be milliseconds above 0, instead got 0',
      'retries.maxBackoffMs should be milliseconds of at least retries.firstBackoffMs (0), instead got -1',
      'arrivalRate should be one of drawn, constant, ramping, instead got "steep"',
      expect.stringContaining('doubleSubmits + vanish should be at most 1'),
      expect.stringContaining('steadyMs should be at least'),
    ])
  })

  test('refuses a steady phase in which nobody could answer', () => {
    expect(validateProfile({ ...PROFILES.dev, steadyMs: 9_000 })).toEqual([
      expect.stringContaining('steadyMs should be at least'),
    ])
  })

  test('an exam with too few candidates is refused before anything is sent', () => {
    expect(() => planExamDay(PROFILES.dev, 1, people(399))).toThrow(/399 candidates, the profile needs 400/)
    expect(() => planExamDay(BROKEN, 1, people(400))).toThrow(/retries\.attempts/)
  })
})

describe('a plan', () => {
  test('is the same for the same seed, and another one for another seed', () => {
    expect(plan().planHash).toBe(plan().planHash)
    expect(plan()).toEqual(plan())
    expect(plan(PROFILES.dev, 8).planHash).not.toBe(plan().planHash)
  })

  test('has a hash that does not depend on the ids of a fresh exam, but on everything that was drawn', () => {
    const named = planExamDay(PROFILES.dev, 7, people(400, 'other'))
    expect(named.planHash).toBe(plan().planHash)
    expect(plan({ ...PROFILES.dev, lateRetries: 0 }).planHash).not.toBe(plan().planHash)
  })

  test('does not change for one candidate when another share changes', () => {
    const more = plan({ ...PROFILES.dev, doubleSubmits: 0.5 })
    expect(more.candidates.map(({ actions }) => actions)).toEqual(plan().candidates.map(({ actions }) => actions))
    expect(more.candidates.map(({ submitMs }) => submitMs)).toEqual(plan().candidates.map(({ submitMs }) => submitMs))
  })

  test('deals out shares exactly, and a behaviour that is named happens at least once', () => {
    const { candidates } = plan()
    expect(candidates.filter(({ doubleSubmit }) => doubleSubmit !== 'no')).toHaveLength(40)
    expect(candidates.filter(({ submitMs }) => submitMs === null)).toHaveLength(20)
    for (const key of ['same-key', 'other-key'] as const) {
      expect(candidates.filter(({ doubleStart }) => doubleStart === key)).toHaveLength(10)
    }
    expect(candidates.filter(({ actions }) => actions.some(({ kind }) => kind === 'resume'))).toHaveLength(40)
    expect(
      candidates.filter(({ actions }) => actions.some((a) => a.kind === 'revise' && a.late !== undefined)),
    ).toHaveLength(40)
    const rare = plan({ ...PROFILES.smoke, candidates: 5, warmUp: { candidates: 1, ms: 0 }, vanish: 0.01 })
    expect(rare.candidates.filter(({ submitMs }) => submitMs === null)).toHaveLength(1)
  })

  test('who vanishes never submits twice and never reads a review', () => {
    for (const { submitMs, doubleSubmit, answerBesideSubmit, review } of plan().candidates) {
      if (submitMs === null) expect([doubleSubmit, answerBesideSubmit, review]).toEqual(['no', undefined, false])
    }
  })

  test('whoever hands in beside a last answer does so once, and with one click', () => {
    const { candidates } = plan({ ...PROFILES.dev, answersBesideSubmit: 0.9 })
    const beside = candidates.filter(({ answerBesideSubmit }) => answerBesideSubmit !== undefined)
    expect(beside.length).toBeGreaterThan(300)
    for (const { doubleSubmit, behaviours } of beside) {
      expect([doubleSubmit, behaviours?.submitClicks]).toEqual(['no', undefined])
    }
  })

  test('keeps its own time table', () => {
    const { candidates, timeline, profile } = plan()
    for (const { arriveMs, leaveMs, submitMs, actions, dueActions } of candidates) {
      expect(arriveMs).toBeGreaterThanOrEqual(timeline.arrivalsMs)
      expect(arriveMs).toBeLessThanOrEqual(timeline.barrierMs - profile.barrierAfterMs)
      expect(leaveMs).toBeLessThanOrEqual(timeline.steadyEndMs)
      if (submitMs !== null) {
        expect(submitMs).toBeGreaterThanOrEqual(timeline.steadyEndMs)
        expect(submitMs).toBeLessThanOrEqual(timeline.deadlineMs)
      }
      expect(dueActions).toBeGreaterThan(0)
      expect(dueActions).toBeLessThanOrEqual(actions.length)
      for (const { thinkMs } of actions) {
        expect(thinkMs).toBeGreaterThanOrEqual(profile.thinkTime.minMs)
        expect(thinkMs).toBeLessThanOrEqual(profile.thinkTime.maxMs)
      }
    }
  })

  test('a candidate only revises and marks what it has answered, and its choices exist', () => {
    const wrong: unknown[] = []
    for (const { actions } of plan(PROFILES.nightly).candidates) {
      const answered = new Set<number>()
      for (const action of actions) {
        if (action.kind === 'resume' || action.kind === 'change-device') continue
        const isFirst = action.kind === 'answer'
        if (answered.has(action.position) === isFirst) wrong.push(action)
        answered.add(action.position)
        if ('value' in action && ![0, 1, 2, 3, 4, null].includes(action.value)) wrong.push(action)
        const other = action.kind === 'answer' ? action.together : undefined
        if (other === undefined) continue
        if (answered.has(other.position) || ![0, 1, 2, 3, 4].includes(other.value)) wrong.push(action)
        answered.add(other.position)
      }
    }
    expect(wrong).toEqual([])
  })

  test('a longer steady phase goes on with the same load', () => {
    const long = plan({ ...PROFILES.dev, steadyMs: 300_000 })
    const actions = long.candidates.reduce((sum, { actions }) => sum + actions.length, 0)
    expect(actions / 300).toBeGreaterThan(100)
    expect(actions / 300).toBeLessThan(150)
  })

  test('no session expires before the deadline and its margin', () => {
    const { sessionSeconds, timeline, profile } = plan()
    expect(timeline.barrierMs + sessionSeconds * 1_000).toBeGreaterThanOrEqual(
      timeline.deadlineMs + profile.expiryMarginMs,
    )
  })

  test('is told in words with its numbers, one line a step', () => {
    expect(plan().words).toEqual([
      'warm-up: 20 candidates log in and out during 2 s; not judged',
      'arrivals (open): 400 log-ins spread over 20 s',
      'start-burst (barrier): 400 candidates start at the same instant; all in within 10 s',
      expect.stringMatching(
        /^steady \(partly-open\): 400 candidates for 45 s, think time 1.5 s to 4.5 s; at least \d+ actions/,
      ),
      'submit-spike (deadline-anchored): 380 submits in the last 10 s, 40 of them sent twice at the same moment; 20 never submit',
      'drain: up to 45 s for candidates to learn what became of their answers',
      'cohort clicks again and again (12): clicks submit 13 times',
      'cohort hands in again (12): hands in again with the same key',
      'cohort hands in anew (8): hands in again with another key',
      'cohort comes back in step (40): retries without jitter',
    ])
  })

  test('says how much must be acknowledged for its history to mean anything', () => {
    const minimum = minimumOkOf(plan())
    expect(minimum).toMatchObject({
      'candidates/login': 400,
      // Some start twice, and must not stand in for who never started.
      'candidates/create-session': 400,
      'candidates/read-session': 400,
      'candidates/read-questions': 400,
      submit: 380 + 20,
    })
    expect(minimum['save-answer']).toBeGreaterThan(1_000)
    const nobodySubmits = plan({ ...PROFILES.dev, doubleSubmits: 0, vanish: 1 })
    expect(minimumOkOf(nobodySubmits)).not.toHaveProperty('submit')
  })

  test('demands half of everything that few candidates do, in the step in which they do it', () => {
    const resumes = plan().candidates.filter(({ actions, dueActions }) =>
      actions.slice(0, dueActions).some(({ kind }) => kind === 'resume'),
    ).length
    expect(resumes).toBeGreaterThan(30)
    expect(minimumOkOf(plan())).toMatchObject({
      'submit-spike/current-session': 30,
      'steady/current-session': Math.floor(resumes / 2),
      'steady/read-session': Math.floor(resumes / 2),
      'drain/review': 40,
      'drain/logout': 40,
    })
    const plain = { ...PROFILES.dev, reviews: 0, resumeReads: 0, doubleSubmits: 0, answersBesideSubmit: 0 }
    const ofSteps = Object.keys(minimumOkOf(plan(plain))).filter((key) => /^(?!candidates).*\//.test(key))
    expect(ofSteps).toEqual([])
  })

  test('demands two answers of who sends two together', () => {
    const day = plan({ ...PROFILES.dev, answersTogether: 0.5 })
    const due = day.candidates.flatMap(({ actions, dueActions }) => actions.slice(0, dueActions))
    const answering = due.filter(({ kind }) => kind === 'answer' || kind === 'revise' || kind === 'mark')
    const together = answering.filter((action) => action.kind === 'answer' && action.together !== undefined)
    expect(together.length).toBeGreaterThan(100)
    expect(minimumOkOf(day)['save-answer']).toBe(Math.floor((answering.length + together.length) / 2))
  })

  test('counts the quirks among the actions that are due', () => {
    const quirks = plannedQuirksOf(plan())
    for (const quirk of ['lateRetries', 'marks', 'clears'] as const) expect(quirks[quirk]).toBeGreaterThan(0)
    expect(quirks).toMatchObject({ answersAfterSubmit: 40 })
    // Twelve candidates click 13 times and twenty hand in again, but for those who never hand in.
    expect(quirks.submitRepeats).toBeGreaterThan(100)
    expect(quirks.submitRepeats).toBeLessThanOrEqual(12 * 12 + 20)
    expect(quirks.lateRetries).toBeLessThanOrEqual(40)
    // Every twentieth of those who hand in once.
    expect(quirks.answersBesideSubmit).toBe(20)
    expect(quirks.doubleStarts).toBe(20)
    expect(quirks.answersTogether).toBeGreaterThan(100)
    const none = {
      ...{ lateRetries: 0, marks: 0, clearedAnswers: 0, answersAfterSubmit: 0 },
      ...{ doubleStarts: 0, answersTogether: 0, answersBesideSubmit: 0 },
    }
    const plain = plannedQuirksOf(plan({ ...PROFILES.dev, ...none, cohorts: [] }))
    for (const quirk of QUIRKS) expect(plain[quirk]).toBe(0)
  })
})
