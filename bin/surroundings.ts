import type { Guardian } from '../fixtures/guardian.ts'
import type { Removed, Swept } from '../fixtures/sweep.ts'
import type { RehearsalError } from '../helpers/errors.ts'
import type { Run } from '../helpers/run.ts'

/** What the entry needs of the machine around a run. */
export interface Surroundings {
  /** Everything that the machine lacks, all at once. */
  checkMachine(
    host: Run['host'],
    options: { readonly runDir: string; readonly env: Readonly<Record<string, string | undefined>> },
  ): Promise<readonly RehearsalError[]>
  /** Remove what dead runs left. */
  sweep(): Promise<Pick<Swept, 'deadRuns' | 'livingRuns' | 'foreignRuns'>>
  startGuardian(runId: string): Promise<Pick<Guardian, 'keep'> & AsyncDisposable>
  /** @throws LEFT_BEHIND naming everything of the run that is still there */
  assertNothingLeft(runId: string): Promise<void>
  removeRun(runId: string): Promise<Removed>
  doctor(): Promise<0 | 3>
}

/** The real ones. Loaded when they are needed: bad input must be answered before a container library is loaded. */
export async function realSurroundings(): Promise<Surroundings> {
  const [{ checkMachine }, { sweep, assertNothingLeft, removeRun }, { startGuardian }, { doctor }] = await Promise.all([
    import('../fixtures/machine-needs.ts'),
    import('../fixtures/sweep.ts'),
    import('../fixtures/guardian.ts'),
    import('../fixtures/doctor.ts'),
  ])
  return { checkMachine, sweep, startGuardian, assertNothingLeft, removeRun, doctor }
}
