import type { Guardian } from '../fixtures/guardian.ts'
import type { Removed, Swept } from '../fixtures/sweep.ts'
import type { BackendBuild } from '../helpers/config/resolve-backend.ts'
import type { RehearsalError } from '../helpers/errors.ts'
import type { Run } from '../helpers/run.ts'

/** What decides on what a machine must have. */
interface Needs {
  /** Folder of all runs. */
  readonly runDir: string
  /** Variables, the thresholds of the configuration among them. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Image of a backend of one's own that must be there already. */
  readonly backendImage?: string
}

/** What the entry needs of the machine around a run. */
export interface Surroundings {
  /** Everything that the machine lacks, all at once. */
  checkMachine(host: Run['host'], needs: Needs): Promise<readonly RehearsalError[]>
  /** Why no container engine answers; undefined when one does. */
  engineSilence(): Promise<string | undefined>
  /** Remove what dead runs left. */
  sweep(host: Run['host']): Promise<Pick<Swept, 'deadRuns' | 'livingRuns' | 'foreignRuns'>>
  startGuardian(runId: string, host: Run['host']): Promise<Pick<Guardian, 'keep'> & AsyncDisposable>
  /** @throws LEFT_BEHIND naming everything of the run that is still there */
  assertNothingLeft(runId: string, host: Run['host']): Promise<void>
  removeRun(runId: string, host: Run['host']): Promise<Removed>
  /** Remove the data that the stages of a run have left for its end on purpose. @throws LEFT_BEHIND */
  removeData(runId: string, host: Run['host']): Promise<void>
  /** Build the image of a backend of one's own. @throws IMAGE_UNAVAILABLE */
  buildBackend(build: BackendBuild, reference: string): Promise<void>
  /** Say of every need whether it is met: 0 all are, 3 one is not. */
  doctor(host: Run['host'], needs: Needs): Promise<0 | 3>
}

/** The real ones. Loaded when they are needed: bad input must be answered before a container library is loaded. */
export async function realSurroundings(): Promise<Surroundings> {
  const [
    { checkMachine, engineSilence },
    { sweep, assertNothingLeft, removeData, removeRun },
    { startGuardian },
    { doctor },
    { buildOwnBackend },
  ] = await Promise.all([
    import('../fixtures/machine-needs.ts'),
    import('../fixtures/sweep.ts'),
    import('../fixtures/guardian.ts'),
    import('../fixtures/doctor.ts'),
    import('../fixtures/hosts/own-backend-build.ts'),
  ])
  return {
    checkMachine,
    engineSilence,
    sweep,
    startGuardian,
    assertNothingLeft,
    removeRun,
    removeData,
    buildBackend: buildOwnBackend,
    doctor: (host, needs) => doctor({ host, ...needs }),
  }
}
