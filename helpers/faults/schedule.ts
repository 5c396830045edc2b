import { RehearsalError } from '../errors.ts'
import type { OperationName } from '../history/operation.ts'
import type { StepName } from '../load/meter.ts'
import { seededRandom } from '../random.ts'
import type { FaultKind } from './fault.ts'

/** When faults are injected. */
export type Trigger =
  /**
   * So long after a step of the day has begun; `awaitsCompanion`: and not before whoever plays beside the load is ready for
   * it.
   */
  | { readonly kind: 'step'; readonly step: StepName; readonly thenMs: number; readonly awaitsCompanion?: true }
  /** So long after the n-th acknowledged operation of this name. */
  | { readonly kind: 'acknowledged'; readonly f: OperationName; readonly count: number; readonly thenMs: number }
  /** So long after the platform has recovered from the faults before, or had its time to. */
  | { readonly kind: 'recovered'; readonly thenMs: number }

/** Faults that are injected together, held together and healed together. */
export interface FaultStep {
  readonly at: Trigger
  readonly faults: readonly FaultKind[]
  /** From inject to heal, milliseconds. Momentary faults are not held. */
  readonly holdMs: number
  /**
   * Operations that its recovery is judged by, where the part of the day has fewer than the profile's rule asks for: in
   * the submit spike each candidate has one thing left to do.
   */
  readonly minOperations?: number
}

export type FaultSchedule = readonly FaultStep[]

/** Pause after a recovery, so that it is seen to last. */
const PAUSE_MS = 500

/** One fault after the other, each when the one before is got over. `baselineMs`: from the step's begin to the first. */
export function oneAfterAnother(
  faults: readonly FaultKind[],
  options: { readonly holdMs: number; readonly baselineMs: number },
): FaultSchedule {
  return faults.map((fault, index) => ({
    at:
      index === 0
        ? { kind: 'step', step: 'steady', thenMs: options.baselineMs }
        : { kind: 'recovered', thenMs: PAUSE_MS },
    faults: [fault],
    holdMs: options.holdMs,
  }))
}

export interface RandomScheduleOptions {
  readonly faults: readonly FaultKind[]
  readonly steps: number
  /** Most faults at once, of different parts. */
  readonly atOnce: number
  readonly holdMs: { readonly min: number; readonly max: number }
  readonly baselineMs: number
}

/**
 * Faults drawn from the seed: which, how many at once, for how long and how soon after each other. None comes twice;
 * when all were drawn there are fewer steps.
 */
export function randomSchedule(seed: number, options: RandomScheduleOptions): FaultSchedule {
  const random = seededRandom(seed, 'faults')
  const drawn = new Set<string>()
  const steps = Array.from({ length: options.steps }, (_, index): FaultStep => {
    // The first step is never a single fault where more may come at once: that is what such a schedule is for.
    const wanted = random.integer(index === 0 ? Math.min(2, options.atOnce) : 1, options.atOnce)
    const left = random.shuffle(options.faults).filter(({ name }) => !drawn.has(name))
    const faults = together(left, wanted)
    for (const { name } of faults) drawn.add(name)
    const thenMs = Math.round(random.uniform(PAUSE_MS, PAUSE_MS * 4))
    return {
      at: index === 0 ? { kind: 'step', step: 'steady', thenMs: options.baselineMs } : { kind: 'recovered', thenMs },
      faults,
      holdMs: Math.round(random.uniform(options.holdMs.min, options.holdMs.max)),
    }
  })
  return steps.filter(({ faults }) => faults.length > 0)
}

/** The first faults that may come together: several if several are wanted and any two may. */
function together(faults: readonly FaultKind[], wanted: number): readonly FaultKind[] {
  const sets = faults.map((first) => {
    const set = [first]
    for (const fault of faults) {
      if (set.length < wanted && !set.some((other) => whyNotTogether(other, fault))) set.push(fault)
    }
    return set
  })
  return sets.find(({ length }) => length >= Math.min(2, wanted)) ?? sets[0] ?? []
}

/** Why two faults may not be there at the same time; undefined when they may. */
function whyNotTogether(one: FaultKind, other: FaultKind): string | undefined {
  if (one.part === other.part) return `${one.name} and ${other.name} both break ${one.part} and could not be told apart`
  if (one.needsWhole?.includes(other.part))
    return `${one.name} is not felt as itself while ${other.name} breaks ${other.part}`
  if (other.needsWhole?.includes(one.part))
    return `${other.name} is not felt as itself while ${one.name} breaks ${one.part}`
  // Measured: with two containers down at a time, Toxiproxy's way to the one that is back was blocked for 29 and 33 s,
  // with one for less than 0.1 s. That would be held against the platform's recovery.
  if (one.stops !== undefined && other.stops !== undefined)
    return `${one.name} and ${other.name} both stop a service, and the network of the stage outlasts that too slowly`
  return undefined
}

/**
 * Refuse a schedule that could not be judged: faults at once that cannot be told apart, and the same fault twice in one
 * phase, which would share its name in the report.
 *
 * @throws CONFIG_INVALID with everything that is wrong
 */
export function refuseUnjudgeable(schedule: FaultSchedule): void {
  const names = schedule.flatMap(({ faults }) => faults.map(({ name }) => name))
  const problems = schedule.flatMap(({ faults, holdMs }, index) => {
    const where = `step ${index + 1}`
    const clashes = faults.flatMap((fault, at) => faults.slice(0, at).map((other) => whyNotTogether(other, fault)))
    return [
      ...(faults.length === 0 ? [`${where} has no fault`] : []),
      ...(holdMs >= 0 ? [] : [`${where} is held for ${holdMs} ms`]),
      ...clashes.flatMap((why) => (why === undefined ? [] : [`${where}: ${why}`])),
      ...(index === 0 && schedule[0]?.at.kind === 'recovered' ? [`${where} waits for a recovery from nothing`] : []),
    ]
  })
  problems.push(...names.filter((name, at) => names.indexOf(name) < at).map((name) => `${name} comes twice`))
  if (problems.length === 0) return
  throw new RehearsalError('CONFIG_INVALID', {
    expected: 'a schedule of faults that can be judged',
    seen: problems.join('; '),
    next: 'Put faults of the same part one after the other.',
  })
}

/** The schedule for people, one line a step. */
export function describeSchedule(schedule: FaultSchedule): readonly string[] {
  return schedule.map(({ at, faults, holdMs }) => {
    const held = faults.every(({ momentary }) => momentary) ? 'at once over' : `held ${seconds(holdMs)}`
    return `fault: ${faults.map(({ name }) => name).join(' and ')}, ${describeTrigger(at)}, ${held}`
  })
}

function describeTrigger(at: Trigger): string {
  switch (at.kind) {
    case 'step':
      return `${seconds(at.thenMs)} after the begin of ${at.step}${at.awaitsCompanion ? ', and when whoever is beside the load is ready' : ''}`
    case 'acknowledged':
      return `${seconds(at.thenMs)} after the ${at.count}th acknowledged ${at.f}`
    case 'recovered':
      return `${seconds(at.thenMs)} after the recovery from the one before`
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
