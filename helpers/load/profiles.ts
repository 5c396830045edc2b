import { RehearsalError } from '../errors.ts'
import { type Cohort, FRANTIC_CLICKS } from './behaviours.ts'
import { NIGHTS, PROFILE_NAMES, type Profile, type ProfileName, type Thresholds } from './profile.ts'
import { scaledCohort } from './scaled-cohort.ts'
import { validateProfile } from './validate-profile.ts'

/** Targets of the exam platform this project re-imagines; `rehearsal.config.ts` changes them. */
const THRESHOLDS: Thresholds = { p95Ms: 500, errorRate: 0.01, databasePool: 0.8, startBurstErrorRate: 0.01 }

/** What candidates do beside answering; the same on every exam day unless a profile says otherwise. */
const HABITS = {
  revisedAnswers: 0.2,
  clearedAnswers: 0.1,
  answersTogether: 0.05,
  marks: 0.03,
  resumeReads: 0.1,
  doubleStarts: 0.05,
  doubleSubmits: 0.1,
  answersBesideSubmit: 0.05,
  vanish: 0.05,
  lateRetries: 0.1,
  answersAfterSubmit: 0.1,
  reviews: 0.2,
} as const

/** Few do so on a real exam day, and every checker must bear them. */
const COHORTS: readonly Cohort[] = [
  { name: 'clicks again and again', weight: 0.03, behaviours: { submitClicks: FRANTIC_CLICKS } },
  { name: 'hands in again', weight: 0.03, behaviours: { submitsAgain: 'same-key' } },
  { name: 'hands in anew', weight: 0.02, behaviours: { submitsAgain: 'other-key' } },
  { name: 'comes back in step', weight: 0.1, behaviours: { retries: 'synchronised' } },
]

const DEV: Profile = {
  ...HABITS,
  cohorts: COHORTS,
  name: 'dev',
  candidates: 400,
  questions: 12,
  warmUp: { candidates: 20, ms: 2_000 },
  arrivalsMs: 20_000,
  startsAtBarrier: 1,
  barrierAfterMs: 2_000,
  startWithinMs: 10_000,
  steadyMs: 45_000,
  // A mean of 3 s makes 400 candidates send about 130 answers/s.
  thinkTime: { minMs: 1_500, maxMs: 4_500 },
  submitSpreadMs: 10_000,
  // As on a day with faults: whoever tries again is through by then, and nobody waits longer for the sweep.
  expiryMarginMs: 8_000,
  drainMs: 45_000,
  clientTimeoutMs: 5_000,
  // 12 attempts last about 45 s: a fault held 5 s and the 30 s that recovery may take.
  retries: { attempts: 12, firstBackoffMs: 250, maxBackoffMs: 5_000 },
  thresholds: THRESHOLDS,
}

const NIGHTLY: Profile = {
  ...DEV,
  name: 'nightly',
  questions: 100,
  warmUp: { candidates: 20, ms: 10_000 },
  // 100 candidates at the barrier, then 300 more: 400 sessions created within 5 min.
  arrivalsMs: 300_000,
  startsAtBarrier: 0.25,
  barrierAfterMs: 5_000,
  steadyMs: 1_800_000,
  thinkTime: { minMs: 5_000, maxMs: 30_000 },
  submitSpreadMs: 600_000,
  expiryMarginMs: 120_000,
  drainMs: 120_000,
  clientTimeoutMs: 10_000,
  // Redis may be refused for 60 s and recovery takes up to 60 s more.
  retries: { attempts: 20, firstBackoffMs: 500, maxBackoffMs: 10_000 },
}

/**
 * The loads that the original platform was measured with, one at a time and in exactly its numbers; what they do not name
 * is as at night. Nobody vanishes, and nothing leaves together, so that the numbers come out whole.
 */
const SHAPE: Profile = {
  ...NIGHTLY,
  startsAtBarrier: 1,
  arrivalsMs: 60_000,
  steadyMs: 60_000,
  submitSpreadMs: 60_000,
  expiryMarginMs: 60_000,
  doubleStarts: 0,
  answersTogether: 0,
  answersBesideSubmit: 0,
  vanish: 0,
  cohorts: [],
}

/**
 * The named profiles. Population and shape follow the numbers of the original platform (`nightly`, `release`) or are
 * compressed so that the same behaviour fits a developer's machine (`dev`), a push (`smoke`) or one defect (`proof`).
 */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  smoke: {
    ...DEV,
    name: 'smoke',
    candidates: 40,
    warmUp: { candidates: 4, ms: 500 },
    arrivalsMs: 4_000,
    barrierAfterMs: 1_000,
    startWithinMs: 5_000,
    steadyMs: 15_000,
    thinkTime: { minMs: 500, maxMs: 1_500 },
    submitSpreadMs: 4_000,
    expiryMarginMs: 6_000,
    drainMs: 10_000,
    retries: { attempts: 8, firstBackoffMs: 200, maxBackoffMs: 2_000 },
  },
  proof: {
    ...DEV,
    name: 'proof',
    // About 1 200 answers on a paper too long to be finished: few of them are revised before the day ends, and a defect
    // that loses one in 300 loses some that nobody writes again.
    candidates: 80,
    questions: 20,
    warmUp: { candidates: 4, ms: 500 },
    arrivalsMs: 3_000,
    barrierAfterMs: 500,
    startWithinMs: 5_000,
    steadyMs: 9_000,
    thinkTime: { minMs: 300, maxMs: 900 },
    submitSpreadMs: 2_000,
    // A defect must show in every run of one seed, so what catches it is frequent.
    cohorts: [],
    revisedAnswers: 0.3,
    answersTogether: 0.1,
    marks: 0.08,
    resumeReads: 0.3,
    doubleStarts: 0.4,
    doubleSubmits: 0.4,
    answersBesideSubmit: 0.3,
    lateRetries: 0.5,
    answersAfterSubmit: 0.3,
    reviews: 0.4,
    expiryMarginMs: 4_000,
    drainMs: 8_000,
    retries: { attempts: 6, firstBackoffMs: 150, maxBackoffMs: 1_500 },
  },
  dev: DEV,
  // What `dev` plays, and each fault as long as at night: a minute, and a minute in which all is well again.
  'long-faults': {
    ...DEV,
    name: 'long-faults',
    drainMs: NIGHTLY.drainMs,
    // A fault of a minute and the minute that recovery may take; `dev` would have given up.
    retries: NIGHTLY.retries,
  },
  // 100 sessions at the barrier and one more every second: 400 after five minutes.
  'sessions-400': {
    ...SHAPE,
    name: 'sessions-400',
    candidates: 400,
    startsAtBarrier: 0.25,
    // A quarter of it for those who log in before the doors open, the rest for the ramp.
    arrivalsMs: 400_000,
    arrivalRate: 'constant',
    steadyMs: 360_000,
  },
  // 300 candidates answer for half an hour and think for 5 to 30 s before each answer.
  'answers-300': {
    ...SHAPE,
    name: 'answers-300',
    candidates: 300,
    steadyMs: 1_800_000,
    thinkTime: { minMs: 5_000, maxMs: 30_000 },
  },
  // 400 submits in ten minutes, every tenth of them twice.
  'submits-400': {
    ...SHAPE,
    name: 'submits-400',
    candidates: 400,
    submitSpreadMs: 600_000,
    doubleSubmits: 0.1,
  },
  nightly: NIGHTLY,
  // The gate before a release also runs bursts of 100, 120 and 150 % of the cohort: see `scaleProfile`.
  release: { ...NIGHTLY, name: 'release', startsAtBarrier: 1 },
}

/**
 * The day that every phase but the second begins from. At night, and before a release, that is the day of `long-faults`:
 * everybody is busy, and it lasts as long as its faults. Half an hour of steady answers and ten minutes of submits in each of
 * ten suites would be seven hours, and show nothing that phase 2 does not.
 */
export function besideTheLoad(profile: Profile): Profile {
  if (!NIGHTS.has(profile.name)) return profile
  const { candidates: _, cohorts: __, name: ___, thresholds: ____, ...day } = PROFILES['long-faults']
  // Think times that somebody has measured hold everywhere.
  const isMeasured = profile.thinkTime !== PROFILES[profile.name].thinkTime
  return { ...profile, ...day, ...(isMeasured ? { thinkTime: profile.thinkTime } : {}) }
}

/** Bursts that a release gate offers, as shares of the registered cohort (F1). */
export const RELEASE_BURSTS = [1, 1.2, 1.5] as const

/** A profile by name. @throws PROFILE_UNKNOWN */
export function profileNamed(name: string): Profile {
  if (!Object.hasOwn(PROFILES, name)) {
    throw new RehearsalError('PROFILE_UNKNOWN', {
      expected: `one of ${PROFILE_NAMES.join(', ')}`,
      seen: JSON.stringify(name),
      next: 'Choose a profile with --profile or REHEARSAL_PROFILE.',
    })
  }
  return PROFILES[name as ProfileName]
}

/**
 * The same exam day with another number of candidates, for bursts above the registered cohort.
 *
 * @param factor 1.2 is 120 % of the candidates
 * @throws CONFIG_INVALID when the result is no valid profile
 */
export function scaleProfile(profile: Profile, factor: number): Profile {
  const scaled = { ...profile, candidates: scaledCohort(profile.candidates, factor) }
  const problems = validateProfile(scaled)
  if (problems.length > 0) {
    throw new RehearsalError('CONFIG_INVALID', {
      expected: 'a factor that leaves a valid profile',
      seen: `${factor}: ${problems.join('; ')}`,
      next: 'Use a factor like 1.2 for 120 % of the registered candidates.',
    })
  }
  return scaled
}
