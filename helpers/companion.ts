import type { Expectations, History } from './checkers/checker.ts'
import type { Evidence } from './checkers/evidence-rows.ts'
import type { Clock } from './clock.ts'
import type { PlayedFault } from './faults/nemesis.ts'
import type { Recorder } from './history/recorder.ts'
import type { StepName } from './load/meter.ts'
import type { Sample, SourceValues } from './observability/sample.ts'
import type { Stage } from './stage.ts'
import type { Verdict } from './verdict.ts'

/** What a companion may use while candidates work. */
export interface CompanionContext {
  readonly stage: Stage
  /** The clock of the history. */
  readonly clock: Clock
  /** Into the history of the candidates: only for operations that the checkers are to judge like theirs. */
  readonly recorder: Recorder
  /** Folder of the phase, for the companion's own records; whatever its verdicts rest on is stored there. */
  readonly dir: string
  /** Resolves when this step of the load begins: true, at once when it has begun; false when `signal` came first. */
  readonly stepBegan: (step: StepName) => Promise<boolean>
  /** Tell the schedule of faults that what waits for the companion may be broken from now on. */
  readonly readyForFaults: () => void
  /** Names of the faults that are active now. */
  readonly activeFaults: () => readonly string[]
  /** Aborted when the last candidate is done, or the phase is ended early. */
  readonly signal: AbortSignal
}

/** What a companion may use when everything is over and the stage still stands. */
export interface CompanionConclusion {
  readonly stage: Stage
  readonly dir: string
  readonly history: History
  readonly evidence: Evidence
  readonly expectations: Expectations
  /** What was broken on purpose and how that went; empty when nothing was to be broken. */
  readonly faults: readonly PlayedFault[]
  /** Looks at the machine, in order of time: whose its processors were. */
  readonly machine: readonly Sample<SourceValues['machine']>[]
  readonly signal: AbortSignal
}

/**
 * Somebody beside the candidates: an administrator who tries what the freeze forbids, an operator who takes a backup.
 * What it finds is judged with everything else.
 */
export interface Companion {
  /**
   * Runs beside the load, from its begin. May end before the load; must end soon after `signal`. A rejection means that
   * the phase is not completed.
   */
  readonly play: (context: CompanionContext) => Promise<void>
  /** What was found; called once, also when the load ended early. What was not seen is unknown, never true. */
  readonly conclude: (conclusion: CompanionConclusion) => Promise<readonly Verdict[]>
}
