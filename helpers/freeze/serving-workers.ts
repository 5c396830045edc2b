import type { FreezeContract } from './operations.ts'

/** Name of the process of a backend that has only one and does not name it. */
const ONLY_WORKER = 'the only process'

/** Whose answers have to be heard before the freeze is proven. */
export interface ServingWorkers {
  readonly count: number
  /** Who answered where the answer does not say; null: nobody knows. */
  readonly unnamed: string | null
}

/** What the prober asks about processes. */
export interface ProcessCount {
  /** How many worker processes serve. */
  workers(): Promise<number>
  /** How many processes there are at all. */
  processes(): Promise<number>
}

/** A single process is believed where one runs: of several that nobody names, no refusal says which of them it was. */
export async function servingWorkers(
  { singleProcess }: Pick<FreezeContract, 'singleProcess'>,
  target: ProcessCount,
): Promise<ServingWorkers> {
  if (singleProcess === true && (await target.processes()) === 1) return { count: 1, unnamed: ONLY_WORKER }
  return { count: await target.workers(), unnamed: null }
}
