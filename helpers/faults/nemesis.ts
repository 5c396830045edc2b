import type { FaultWindow } from '../checkers/checker.ts'
import type { Clock } from '../clock.ts'
import { deadline } from '../deadline.ts'
import { RehearsalError } from '../errors.ts'
import type { StepName } from '../load/meter.ts'
import { type Bite, FAULT_PARTS, type Fault, type FaultKind, type FaultTarget, type TargetName } from './fault.ts'
import type { Attempt, LoadTap } from './load-tap.ts'
import { HEALTH_LOOK_MS, type HealthLook } from './look-at-health.ts'
import { baselineP95Ms, findRecovery, type Recovery, type RecoveryRule } from './recovery.ts'
import { type FaultSchedule, type FaultStep, refuseUnjudgeable, type Trigger } from './schedule.ts'

const INJECT_MS = 20_000
/** A heal may start a service; it is not cut short by the end of the day. */
const HEAL_MS = 60_000
/** A fault that nobody feels within this has no effect. */
const FELT_WITHIN_MS = 3_000
const LOOK_EVERY_MS = 50
const RECOVERY_EVERY_MS = 250
/** So much later the first fault may come; a short day has as much to spare. */
const BASELINE_WITHIN_MS = 5_000
/** Pause between two questions to the backend how it is, while a fault is held. */
const HEALTH_EVERY_MS = 250

/** What became of one fault of the schedule. Times are µs since the run's epoch; null: it did not come to that. */
export interface PlayedFault {
  readonly kind: FaultKind
  injectedUs: number | null
  bite: Bite | null
  healStartedUs: number | null
  /** The look after the heal was green. */
  healedUs: number | null
  recovery: Recovery | null
  /** What the backend said of itself while it was held. */
  readonly looks: HealthLook[]
  /** What went wrong with injecting, looking or healing, in words. */
  readonly troubles: string[]
  /** What the platform had to put right by itself and did not, in words (NOT_MENDED): that is no trouble, but its doing. */
  notMended?: string
}

export interface NemesisOptions {
  readonly schedule: FaultSchedule
  readonly target: FaultTarget
  readonly clock: Clock
  readonly load: LoadTap
  readonly rule: RecoveryRule
  /** As in `RecoveryQuestion`, ms. */
  readonly calmP95Ms: number
  /** Ask the backend how it is. Never rejects. */
  readonly health: () => Promise<Pick<HealthLook, 'live' | 'ready'>>
  /** Wait so long; false: the signal aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<boolean>
}

/** Plays a schedule of faults beside a load. */
export interface Nemesis {
  /** One entry a fault of the schedule, in its order. They fill while it plays. */
  readonly played: readonly PlayedFault[]
  /** The load tells that a step of its day has begun. */
  stepBegan(step: StepName, atUs: number): void
  /** The companion of the load tells that what waits for it may be broken from now on. */
  companionReady(): void
  /** Play until the schedule or the load is over. Everything is healed when this returns. Never rejects. */
  play(over: AbortSignal): Promise<void>
  /** Names of the faults that are active now. */
  active(): readonly string[]
  /** Whether a fault has stopped this part on purpose, and not yet brought it back. */
  hasStopped(part: string): boolean
  /** When which fault was active, for witnesses. */
  windows(): readonly FaultWindow[]
}

/** @throws CONFIG_INVALID for a schedule whose faults could not be told apart */
export function createNemesis(options: NemesisOptions): Nemesis {
  const { schedule, target, clock, load, rule, calmP95Ms, health, sleep } = options
  refuseUnjudgeable(schedule)
  const began = new Map<StepName, number>()
  const stopped = new Set<TargetName>()
  const steps = schedule.map((step) => ({
    step,
    played: step.faults.map(
      (kind): PlayedFault => ({
        kind,
        injectedUs: null,
        bite: null,
        healStartedUs: null,
        healedUs: null,
        recovery: null,
        looks: [],
        troubles: [],
      }),
    ),
  }))
  const played = steps.flatMap((step) => step.played)
  let isCompanionReady = false
  let baselineMs: number | null = null
  let hasBaseline = false

  const waitFor = async (holds: () => boolean, everyMs: number, over: AbortSignal): Promise<boolean> => {
    while (!holds()) if (!(await sleep(everyMs, over))) return false
    return !over.aborted
  }

  const isDue = async (at: Trigger, over: AbortSignal): Promise<boolean> => {
    if (at.kind === 'step') {
      if (!(await waitFor(() => began.has(at.step), LOOK_EVERY_MS, over))) return false
      const dueUs = (began.get(at.step) as number) + at.thenMs * 1_000
      // What is left is asked anew each time: a timer that wakes a moment early must not be waited for a second time.
      for (let leftUs = dueUs - clock.nowUs(); leftUs > 0; leftUs = dueUs - clock.nowUs())
        if (!(await sleep(Math.max(1, leftUs / 1_000), over))) return false
      return at.awaitsCompanion === undefined ? !over.aborted : waitFor(() => isCompanionReady, LOOK_EVERY_MS, over)
    }
    if (at.kind === 'acknowledged') {
      if (!(await waitFor(() => load.acknowledged(at.f) >= at.count, LOOK_EVERY_MS, over))) return false
    }
    return sleep(at.thenMs, over)
  }

  const inject = async (fault: Fault, state: PlayedFault, over: AbortSignal): Promise<void> => {
    for (const part of state.kind.stops ?? []) stopped.add(part)
    using limit = deadline(INJECT_MS, over)
    state.injectedUs = clock.nowUs()
    await noting(state, 'inject', () => noteLeftBroken(state, () => fault.inject(limit)))
    // What broke it for good was felt.
    if (state.notMended !== undefined) state.bite = { felt: true, proof: state.notMended }
  }

  /** Look until it is felt: the first look may come before what was cut has gone. */
  const feel = async (fault: Fault, state: PlayedFault, over: AbortSignal): Promise<void> => {
    if (state.troubles.length > 0 || state.notMended !== undefined) return
    const untilUs = clock.nowUs() + FELT_WITHIN_MS * 1_000
    await noting(state, 'feel', async () => {
      using limit = deadline(INJECT_MS, over)
      do {
        state.bite = await fault.wasFelt(limit)
      } while (!state.bite.felt && clock.nowUs() < untilUs && (await sleep(LOOK_EVERY_MS, over)))
    })
  }

  const heal = async (fault: Fault, state: PlayedFault): Promise<void> => {
    using limit = deadline(HEAL_MS)
    state.healStartedUs = clock.nowUs()
    await noting(state, 'heal', async () => {
      if (!(await noteLeftBroken(state, () => fault.heal(limit)))) return
      state.healedUs = clock.nowUs()
      for (const part of state.kind.stops ?? []) stopped.delete(part)
    })
  }

  /**
   * Until its time is over. Where something is owed then, the backend is asked meanwhile how it is: as long as an answer can
   * come within that time, and for as long as it takes to get one, or to be left without one twice.
   */
  const hold = async (untilUs: number, states: readonly PlayedFault[], over: AbortSignal): Promise<void> => {
    const leftMs = () => Math.max(0, (untilUs - clock.nowUs()) / 1_000)
    const isOwed = states.some(({ kind: { budget } }) => budget?.live !== undefined || budget?.ready !== undefined)
    const seen: HealthLook[] = []
    const isEnough = () => seen.length > 1 || seen.some(({ ready }) => ready.status !== null)
    while (isOwed && (leftMs() > HEALTH_LOOK_MS || !isEnough()) && !over.aborted) {
      const fromUs = clock.nowUs()
      const said = await health()
      seen.push({ fromUs, toUs: clock.nowUs(), ...said })
      await sleep(Math.min(HEALTH_EVERY_MS, leftMs()), over)
    }
    for (const { looks } of states) looks.push(...seen)
    await sleep(leftMs(), over)
  }

  const playStep = async (
    { faults, holdMs }: FaultStep,
    states: readonly PlayedFault[],
    over: AbortSignal,
  ): Promise<void> => {
    const pairs = faults.map((kind, index) => ({ fault: kind.on(target), state: states[index] as PlayedFault }))
    try {
      for (const { fault, state } of pairs) await inject(fault, state, over)
      const heldUntilUs = clock.nowUs() + holdMs * 1_000
      for (const { fault, state } of pairs) await feel(fault, state, over)
      const isHeld = pairs.some(({ state }) => state.kind.momentary === undefined && state.bite?.felt === true)
      if (isHeld) await hold(heldUntilUs, states, over)
    } finally {
      for (const { fault, state } of pairs.toSorted(inOrderOfMending)) await heal(fault, state)
    }
  }

  const wasBeforeSteady = (states: readonly PlayedFault[]): boolean =>
    states.every(({ injectedUs }) => injectedUs !== null && injectedUs < (began.get('steady') ?? Infinity))

  /** Of a step, from its last heal on: what was healed together recovers together. */
  const lookForRecovery = ({ minOperations }: FaultStep, states: readonly PlayedFault[]): Recovery => {
    if (baselineMs === null) {
      return {
        kind: 'pending',
        fromUs: clock.nowUs(),
        why: `fewer than ${rule.minOperations} operations before the first fault: there is nothing to compare with`,
      }
    }
    const healed = states.flatMap(({ healStartedUs: fromUs, healedUs: toUs }) =>
      fromUs === null || toUs === null ? [] : [{ fromUs, toUs }],
    )
    if (healed.length < states.length) return { kind: 'not-recovered', why: 'it was not healed', lastWindow: null }
    const recovery = findRecovery({
      // Like with like: who logs in and starts is slower than who answers, on the best of days.
      attempts: wasBeforeSteady(states) ? load.attempts.filter(isSteady) : load.attempts,
      healUs: Math.max(...healed.map(({ fromUs }) => fromUs)),
      healedUs: Math.max(...healed.map(({ toUs }) => toUs)),
      nowUs: clock.nowUs(),
      baselineP95Ms: baselineMs,
      calmP95Ms,
      rule: minOperations === undefined ? rule : { ...rule, minOperations },
      earlier: states[0]?.recovery ?? null,
    })
    for (const state of states) state.recovery = recovery
    return recovery
  }

  const awaitRecovery = async (step: FaultStep, states: readonly PlayedFault[], over: AbortSignal): Promise<void> => {
    if (baselineMs === null) return
    await waitFor(() => lookForRecovery(step, states).kind !== 'pending', RECOVERY_EVERY_MS, over)
  }

  /** A burst that was slow has left few operations by now: better a little later than nothing to compare with. */
  const takeBaseline = async (over: AbortSignal): Promise<void> => {
    const lastUs = clock.nowUs() + BASELINE_WITHIN_MS * 1_000
    const isTaken = (): boolean => {
      baselineMs = baselineP95Ms(load.attempts, clock.nowUs(), rule)
      return baselineMs !== null || clock.nowUs() >= lastUs
    }
    await waitFor(isTaken, RECOVERY_EVERY_MS, over)
  }

  return {
    played,
    stepBegan: (step, atUs) => void began.set(step, atUs),
    companionReady() {
      isCompanionReady = true
    },
    async play(over) {
      for (const { step, played: states } of steps) {
        if (!(await isDue(step.at, over))) break
        // Once: taken again after a fault, it would be that of the fault.
        if (!hasBaseline && began.has('steady')) {
          await takeBaseline(over)
          hasBaseline = true
        }
        await playStep(step, states, over)
        await awaitRecovery(step, states, over)
      }
      if (!over.aborted) await waitFor(() => false, RECOVERY_EVERY_MS, over)
      // What the load still said after a wait was cut short counts as well.
      const ofTheDayMs = baselineMs
      for (const { step, played: states } of steps) {
        // What came before anybody worked is compared with the work after it: there was none before.
        baselineMs = ofTheDayMs ?? (wasBeforeSteady(states) ? baselineP95Ms(load.attempts, clock.nowUs(), rule) : null)
        const kind = states[0]?.recovery?.kind
        if (states.every(({ injectedUs }) => injectedUs !== null) && (kind === undefined || kind === 'pending'))
          for (const state of states) state.recovery = lookForRecovery(step, states)
      }
    },
    active: () =>
      played
        .filter(({ injectedUs, healedUs }) => injectedUs !== null && healedUs === null)
        .map(({ kind }) => kind.name),
    hasStopped: (part) => stopped.has(part as TargetName),
    windows: () =>
      played.flatMap(({ kind, injectedUs, healedUs }) =>
        injectedUs === null ? [] : [{ name: kind.name, fromUs: injectedUs, toUs: healedUs }],
      ),
  }
}

const isSteady = ({ step }: Attempt): boolean => step === 'steady'

/** A backend is not well while its database is away, and is not seen to be well over a network that is broken. */
function inOrderOfMending(one: { state: PlayedFault }, other: { state: PlayedFault }): number {
  return FAULT_PARTS.indexOf(one.state.kind.part) - FAULT_PARTS.indexOf(other.state.kind.part)
}

/** False: the platform did not put right what it has to by itself. */
async function noteLeftBroken(state: PlayedFault, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!(error instanceof RehearsalError) || error.code !== 'NOT_MENDED') throw error
    state.notMended = `${error.expected}; seen: ${error.seen}`
    return false
  }
}

/** Nothing that a fault throws may keep the others from being healed. */
async function noting(state: PlayedFault, verb: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    state.troubles.push(`${verb}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
