import { LONG_DAYS, NIGHTS, type Profile } from '../load/profile.ts'
import { besideTheLoad } from '../load/profiles.ts'
import type { FaultKind } from './fault.ts'
import { RECOVERY_RULES } from './recovery.ts'
import { type FaultSchedule, type FaultStep, oneAfterAnother } from './schedule.ts'

/** How long a fault is held, by profile, milliseconds. */
const HOLD_MS: Readonly<Record<Profile['name'], number>> = {
  smoke: 3_000,
  proof: 3_000,
  dev: 5_000,
  'long-faults': 60_000,
  'sessions-400': 60_000,
  'answers-300': 60_000,
  'submits-400': 60_000,
  nightly: 60_000,
  release: 60_000,
}

/** What a healthy platform and its heal need before the window begins in which all is well... */
const USUAL_RECOVERY_MS = 3_000
/** ...and what it takes longer to start a service on a busy machine. */
const USUAL_START_MS = 5_000

/** Once a day: a machine that does something else for a moment must not leave the last recovery unseen. */
const SLACK_MS = 6_000

/**
 * On a short day nothing is broken before this long after the begin of the steady step. Candidates have answered since
 * the barrier by then, `startWithinMs` earlier: that is the baseline.
 */
const SHORT_BASELINE_MS = 500

/** Whoever starts at the barrier has logged in by then, and somebody who had to try again as well. */
const AFTER_LOG_INS_MS = 1_500
/** A backend that drains for 10 s and takes as long to start is there by then; then the burst begins. */
const RESTARTED_WITHIN_MS = 30_000

/** The parts of a day that faults do not fall in, kept short where the profile is meant to be short. */
const SHORT_DAY = {
  warmUp: { candidates: 4, ms: 500 },
  arrivalsMs: 12_000,
  barrierAfterMs: 1_000,
  submitSpreadMs: 5_000,
  expiryMarginMs: 8_000,
} as const

/**
 * On a short day with faults: as many as answer often enough for a baseline of 500 operations before the first. Two such days
 * side by side, one of them recovering, are more than two cores bear with 400 candidates each, and then response times
 * measure the machine. The whole cohort comes in phase 2, where the load is what is rehearsed.
 */
const MOST_CANDIDATES_ON_A_SHORT_DAY = 300

/** Which faults a profile has time for: each includes those before it. */
export interface FaultsByProfile {
  /** On every push. */
  readonly smoke: readonly FaultKind[]
  /** On a developer's machine. */
  readonly dev: readonly FaultKind[]
  /** At night, and before a release. */
  readonly nightly: readonly FaultKind[]
}

/**
 * The faults that a profile has time for, or those of the lists that were asked for by name, whatever the profile.
 *
 * @param chosen names of faults; absent: nobody has chosen
 * @param unplayable names of those that this platform cannot be broken by
 */
export function faultsFor(
  profile: Profile,
  { smoke, dev, nightly }: FaultsByProfile,
  chosen?: readonly string[],
  unplayable: readonly string[] = [],
): readonly FaultKind[] {
  const can = ({ name }: FaultKind) => !unplayable.includes(name)
  const all = [...smoke, ...dev, ...nightly].filter(can)
  if (chosen !== undefined) return all.filter(({ name }) => chosen.includes(name))
  if (profile.name === 'smoke' || profile.name === 'proof') {
    const first = smoke.filter(can)
    // A part in which nothing was broken could never be decided: what the next profile would play stands in.
    return first.length === 0 ? all.slice(0, 1) : first
  }
  return playsAllFaults(profile) ? all : [...smoke, ...dev].filter(can)
}

/** Whether a profile has time for every fault that there is. */
export function playsAllFaults({ name }: Profile): boolean {
  return LONG_DAYS.has(name) || NIGHTS.has(name)
}

/** How long a profile holds a fault, ms. */
export function heldMs(profile: Profile): number {
  return HOLD_MS[profile.name]
}

/**
 * One fault after the other, each held as long as the profile holds its faults. What must be over before the start burst
 * comes first, when the last who starts at the barrier has logged in; the next one when its recovery could be seen.
 */
export function faultsOneByOne(profile: Profile, faults: readonly FaultKind[]): FaultSchedule {
  const holdMs = heldMs(profile)
  const early = faults.filter(({ overBefore }) => overBefore !== undefined)
  const others = faults.filter(({ overBefore }) => overBefore === undefined)
  const firstMs = baselineMs(profile) + (early.length === 0 ? 0 : RECOVERY_RULES[profile.name].windowMs)
  const { arrivalsMs, startsAtBarrier } = shortened(profile)
  return [
    ...early.map((fault) => beforeTheBurst(fault, holdMs, arrivalsMs * startsAtBarrier)),
    ...oneAfterAnother(others, { holdMs, baselineMs: firstMs }),
  ]
}

function beforeTheBurst(fault: FaultKind, holdMs: number, logInsMs: number): FaultStep {
  return { at: { kind: 'step', step: 'arrivals', thenMs: logInsMs + AFTER_LOG_INS_MS }, faults: [fault], holdMs }
}

/** The day as it is without faults: a short one is kept short. */
function shortened(profile: Profile): Profile {
  if (LONG_DAYS.has(profile.name)) return profile
  return {
    ...besideTheLoad(profile),
    ...SHORT_DAY,
    candidates: Math.min(profile.candidates, MOST_CANDIDATES_ON_A_SHORT_DAY),
  }
}

/**
 * The profile's day, with steady work for as long as these faults and the recoveries from them usually last. On a
 * platform that takes longer the day is over before all of them were seen, and what was not seen is unknown.
 */
export function dayWithFaults(profile: Profile, schedule: FaultSchedule): Profile {
  const { windowMs } = RECOVERY_RULES[profile.name]
  const faultsMs = schedule
    .filter(({ at }) => at.kind !== 'acknowledged')
    .reduce(
      (sum, { holdMs, faults }) =>
        sum +
        (faults.every(({ momentary }) => momentary) ? 0 : holdMs) +
        (faults.some(({ stops }) => stops !== undefined) ? USUAL_START_MS : 0) +
        USUAL_RECOVERY_MS +
        windowMs,
      0,
    )
  const steadyMs = profile.startWithinMs + baselineMs(profile) + faultsMs + SLACK_MS
  const day = shortened(profile)
  const hasEarly = schedule.some(({ faults }) => faults.some(({ overBefore }) => overBefore !== undefined))
  return {
    ...day,
    steadyMs: day === profile ? Math.max(profile.steadyMs, steadyMs) : steadyMs,
    ...(hasEarly ? { barrierAfterMs: AFTER_LOG_INS_MS + RESTARTED_WITHIN_MS } : {}),
  }
}

/** From the begin of the steady step to the first fault. On a long day candidates still arrive then: wait for all. */
export function baselineMs(profile: Profile): number {
  return LONG_DAYS.has(profile.name) ? profile.arrivalsMs + RECOVERY_RULES[profile.name].windowMs : SHORT_BASELINE_MS
}
