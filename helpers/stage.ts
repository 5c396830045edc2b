import type { Rows, SettingRow } from './checkers/evidence-rows.ts'
import type { MachinePulse } from './observability/probe-machine.ts'
import type { PartUsage } from './observability/probe-usage.ts'
import type { OutsideView } from './outside/not-seen.ts'
import type { StageFacts } from './phase-result.ts'

/** What a scenario may know of the stage it plays on. Addresses move when a service restarts: ask each time. */
export interface Stage {
  readonly facts: StageFacts
  /** What can be seen of a platform that runs outside; absent: it is a stage of our own, and everything can. */
  readonly outside?: OutsideView
  /** Where candidates reach the backend, through its proxy. */
  baseUrl(): string
  /** The harness's own connection to the database; never through a proxy. @throws TypeError where nobody may read one */
  databaseUrl(): string
  /** The backend past its proxy, for its metrics. */
  directUrl(): string
  /** The harness's own connection to Redis; never through a proxy. */
  redisUrl(): string
  /** What every part uses of the machine, by part. Never rejects: of a part that cannot tell, the reason. */
  usage(): Promise<Readonly<Record<string, PartUsage>>>
  /**
   * Processor time of the machine that candidates, stage and whoever else share, and how much of it was theirs. Each stage
   * begins to count at its first call.
   */
  machine(): Promise<MachinePulse>
  /** Everything that the backend has printed, oldest first. Rejects when whoever keeps it does not answer. */
  backendLog(): Promise<string>
  /** Durability settings of PostgreSQL and Redis, as the servers report them now. */
  durability(): Promise<Rows<SettingRow>>
  /**
   * Why the stage itself is gone (the engine does not answer, a database died that nobody killed), or null while it
   * stands. A backend that crashed is not a lost stage: that is what a rehearsal is there to find.
   *
   * @param stoppedOnPurpose whether a fault has stopped this part and will start it again
   */
  lost(stoppedOnPurpose?: (part: string) => boolean): Promise<string | null>
  /** Last log lines of every service, for people. */
  describeFailure(): Promise<string>
}
