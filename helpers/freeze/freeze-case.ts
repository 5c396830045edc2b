import type { History } from '../checkers/checker.ts'
import type { Epoch } from '../clock.ts'
import type { Verdict } from '../verdict.ts'
import type { FreezeContract } from './operations.ts'
import type { FreezeRecords } from './record.ts'

/** Everything that the freeze is judged from. */
export interface FreezeCase {
  readonly contract: FreezeContract
  readonly records: FreezeRecords
  /** What candidates did meanwhile. */
  readonly history: History
  /** What the backend has printed; null: it could not be read. */
  readonly log: string | null
  /** What the times of the records count from; absent: nobody knows which of them the log reaches back to. */
  readonly epoch?: Epoch
}

/** A pure function of the case, with its id, promise and gate. */
export interface FreezeChecker extends Pick<Verdict, 'id' | 'title' | 'gate'> {
  judge(freezeCase: FreezeCase): Verdict
}
