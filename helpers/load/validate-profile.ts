import { cohortProblems } from './behaviours.ts'
import { ARRIVAL_RATES, PROFILE_NAMES, type Profile } from './profile.ts'
import { thinkTimeProblems } from './think-time.ts'

const SHARES = [
  'startsAtBarrier',
  'revisedAnswers',
  'clearedAnswers',
  'answersTogether',
  'marks',
  'resumeReads',
  'doubleStarts',
  'doubleSubmits',
  'answersBesideSubmit',
  'vanish',
  'lateRetries',
  'answersAfterSubmit',
  'reviews',
] as const

const DURATIONS = ['barrierAfterMs', 'submitSpreadMs', 'expiryMarginMs'] as const

const POSITIVE_DURATIONS = ['arrivalsMs', 'startWithinMs', 'steadyMs', 'drainMs', 'clientTimeoutMs'] as const

/**
 * Check a whole profile and name everything that is wrong with it at once: somebody who fixes a configuration must not
 * learn of the second mistake after the first.
 *
 * @returns one sentence a problem; empty when the profile can be used
 */
export function validateProfile(profile: Profile): readonly string[] {
  const problems: string[] = []
  const expect = (holds: boolean, name: string, wanted: string, seen: unknown): void => {
    if (!holds) problems.push(`${name} should be ${wanted}, instead got ${JSON.stringify(seen) ?? String(seen)}`)
  }
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1
  const isDuration = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0

  expect(PROFILE_NAMES.includes(profile.name), 'name', `one of ${PROFILE_NAMES.join(', ')}`, profile.name)
  expect(isCount(profile.candidates), 'candidates', 'a whole number of at least 1', profile.candidates)
  expect(isCount(profile.questions), 'questions', 'a whole number of at least 1', profile.questions)
  const { generatorThreads } = profile
  expect(
    generatorThreads === undefined || isCount(generatorThreads),
    'generatorThreads',
    'a whole number of at least 1',
    generatorThreads,
  )
  for (const name of SHARES) {
    const share = profile[name]
    expect(Number.isFinite(share) && share >= 0 && share <= 1, name, 'a share from 0 to 1', share)
  }
  for (const name of DURATIONS) expect(isDuration(profile[name]), name, 'milliseconds of at least 0', profile[name])
  for (const name of POSITIVE_DURATIONS) {
    expect(isDuration(profile[name]) && profile[name] > 0, name, 'milliseconds above 0', profile[name])
  }

  const { warmUp, thinkTime, retries, thresholds } = profile
  expect(
    Number.isSafeInteger(warmUp.candidates) && warmUp.candidates >= 0 && warmUp.candidates <= profile.candidates,
    'warmUp.candidates',
    `a whole number from 0 to ${profile.candidates}`,
    warmUp.candidates,
  )
  expect(isDuration(warmUp.ms), 'warmUp.ms', 'milliseconds of at least 0', warmUp.ms)
  problems.push(...thinkTimeProblems('thinkTime', thinkTime), ...cohortProblems(profile.cohorts ?? []))
  expect(isCount(retries.attempts), 'retries.attempts', 'a whole number of at least 1', retries.attempts)
  expect(
    isDuration(retries.firstBackoffMs) && retries.firstBackoffMs > 0,
    'retries.firstBackoffMs',
    'milliseconds above 0',
    retries.firstBackoffMs,
  )
  expect(
    isDuration(retries.maxBackoffMs) && retries.maxBackoffMs >= retries.firstBackoffMs,
    'retries.maxBackoffMs',
    `milliseconds of at least retries.firstBackoffMs (${retries.firstBackoffMs})`,
    retries.maxBackoffMs,
  )
  expect(
    isDuration(thresholds.p95Ms) && thresholds.p95Ms > 0,
    'thresholds.p95Ms',
    'milliseconds above 0',
    thresholds.p95Ms,
  )
  for (const name of ['errorRate', 'databasePool', 'startBurstErrorRate'] as const) {
    const share = thresholds[name]
    expect(Number.isFinite(share) && share >= 0 && share <= 1, `thresholds.${name}`, 'a share from 0 to 1', share)
  }
  const { arrivalRate = 'drawn' } = profile
  expect(ARRIVAL_RATES.includes(arrivalRate), 'arrivalRate', `one of ${ARRIVAL_RATES.join(', ')}`, arrivalRate)
  if (profile.stackCpus !== undefined) {
    expect(
      Number.isFinite(profile.stackCpus) && profile.stackCpus > 0,
      'stackCpus',
      'a number above 0',
      profile.stackCpus,
    )
  }

  expect(
    profile.doubleSubmits + profile.vanish <= 1,
    'doubleSubmits + vanish',
    'at most 1, for who vanishes cannot submit',
    profile.doubleSubmits + profile.vanish,
  )
  const lateArrivalsMs = profile.arrivalsMs * (1 - profile.startsAtBarrier)
  const leastSteadyMs = lateArrivalsMs + profile.startWithinMs + thinkTime.maxMs + thresholds.p95Ms
  expect(
    profile.steadyMs >= leastSteadyMs,
    'steadyMs',
    `at least ${leastSteadyMs}, so that everybody gets in and answers once`,
    profile.steadyMs,
  )
  return problems
}
