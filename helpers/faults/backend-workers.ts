import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../deadline.ts'
import { RehearsalError } from '../errors.ts'
import type { Deadline, ServiceProcess } from '../host.ts'
import { type Crew, type CrewLook, crewNow, describeProcesses, findCrew } from './crew.ts'
import type { FaultTarget } from './fault.ts'
import { lookAtBackend } from './look.ts'

const LOOK_EVERY_MS = 100
/** Longer than it takes until somebody has been there for a while. */
const SETTLES_WITHIN_MS = 4_000
/** New connections a worker: the kernel deals them out by chance, and of 16 one of two workers gets none in 1 of 30 000 cases. */
const LOOKS_PER_WORKER = 8

/** What is to be known of a backend to tell its workers. */
type Workers = Pick<FaultTarget, 'services' | 'workerCommand'>

/**
 * Who the workers of the backend are: by its `workerCommand`, or else the largest group of processes that are alike. Where the
 * largest is too young to be sure of, as after a release, it is given a few seconds.
 *
 * @throws FAULT_NOT_SET with all that runs, where nobody is known to be a worker
 */
export async function workersOf(target: Workers, limit: Deadline): Promise<Crew> {
  const untilMs = performance.now() + SETTLES_WITHIN_MS
  for (;;) {
    const processes = await target.services.backend.processes()
    const { crew, isTooEarly }: CrewLook = findCrew(processes, target.workerCommand)
    if (isTooEarly && performance.now() < untilMs && processes.some(({ ageMs }) => ageMs !== null)) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: limit.signal })
      continue
    }
    if (crew === undefined) throw noWorkers(target, processes)
    return crew
  }
}

/** Who of the workers, and of those that took their place, is there now; youngest last. */
export async function workersNow(target: Workers, crew: Crew): Promise<readonly ServiceProcess[]> {
  return crewNow(crew, await target.services.backend.processes(), target.workerCommand)
}

/** Wait until `holds` of the ids of the workers. @throws DEADLINE_EXCEEDED with those that were seen last */
export async function untilWorkers(
  target: Workers,
  crew: Crew,
  expected: string,
  holds: (workers: readonly number[]) => boolean,
  limit: Deadline,
): Promise<void> {
  let seen: readonly ServiceProcess[] = []
  await waitUntil(
    async () => {
      seen = await workersNow(target, crew)
      return holds(seen.map(({ pid }) => pid))
    },
    {
      deadline: limit,
      everyMs: LOOK_EVERY_MS,
      describe: () => `worker processes ${describeProcesses(seen)}`,
      expected,
      service: 'backend',
    },
  )
}

/** Who answers new connections, by the names in the answers; empty where these name nobody. */
export async function workersHeard(target: FaultTarget, workers: number): Promise<ReadonlySet<string>> {
  const looks = await Promise.all(Array.from({ length: workers * LOOKS_PER_WORKER }, () => lookAtBackend(target)))
  return new Set(looks.flatMap(({ worker }) => worker ?? []))
}

function noWorkers({ workerCommand }: Workers, processes: readonly ServiceProcess[]): RehearsalError {
  const seen = describeProcesses(processes)
  // Without a shell in the image only the engine tells what runs, and it does not tell since when.
  const isBare = processes.length > 0 && processes.every(({ ageMs }) => ageMs === null)
  return new RehearsalError('FAULT_NOT_SET', {
    expected:
      workerCommand === null
        ? 'two worker processes or more: with one parent and the same command line, and there for 3 s'
        : `a worker process, there for 3 s, with ${JSON.stringify(workerCommand)} in its command line (workerCommand)`,
    seen: isBare ? `an image without a shell, in which no worker can be signalled: ${seen}` : seen,
    next: 'Rehearse with two workers or more; say in the adapter what the command line of each worker contains (workerCommand), or that the backend is a single process (singleProcess).',
    service: 'backend',
  })
}
