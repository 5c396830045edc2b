import type { Clock } from '../clock.ts'
import { changedTables, type ProtectedState, type TableStates } from './protected-state.ts'

/** What one look found, beside the look before. */
export interface LookedAgain {
  /** When the read before began, µs: whatever changed did so after it. */
  readonly sinceUs: number
  /** When this read had ended, µs: whatever changed did so before it. */
  readonly timeUs: number
  /** null: one of the two could not be read, and nothing is known of what changed. */
  readonly changed: readonly string[] | null
}

/** Looks at the protected tables, each compared with the one before, whoever took it: no change goes unseen. */
export interface TableLooks {
  /** When the latest read began, µs: what the next look finds changed did so after it. */
  latestUs(): number
  again(): Promise<LookedAgain>
}

/**
 * Take the first look. Of each read the time counts at which it began: its snapshot is older than its end, and what is
 * changed in between by rights is found by the next look, maybe long after it had to be over.
 */
export async function openTableLooks(state: Pick<ProtectedState, 'tables'>, clock: Clock): Promise<TableLooks> {
  let beganUs = clock.nowUs()
  let tables = await lookAt(state)
  return {
    latestUs: () => beganUs,
    async again() {
      const sinceUs = beganUs
      const before = tables
      beganUs = clock.nowUs()
      tables = await lookAt(state)
      const timeUs = clock.nowUs()
      return { sinceUs, timeUs, changed: before === null || tables === null ? null : changedTables(before, tables) }
    },
  }
}

/** The tables as they are; null: they could not be read. */
async function lookAt(state: Pick<ProtectedState, 'tables'>): Promise<TableStates | null> {
  try {
    return await state.tables()
  } catch {
    // The record says null, which no checker takes for unchanged.
    return null
  }
}
