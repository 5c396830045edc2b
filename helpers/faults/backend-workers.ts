import { waitUntil } from '../deadline.ts'
import type { Deadline, Service } from '../host.ts'
import type { FaultTarget } from './fault.ts'
import { lookAtBackend } from './look.ts'

const LOOK_EVERY_MS = 100
/** New connections a worker: the kernel deals them out by chance, and of 16 one of two workers gets none in 1 of 30 000 cases. */
const LOOKS_PER_WORKER = 8

/** Process ids of the workers, youngest last. */
export async function workersOf(backend: Service): Promise<readonly number[]> {
  const [, ...workers] = await backend.descendants()
  return workers.sort((one, other) => one - other)
}

/** Send a signal to the primary of the workers. */
export async function signalPrimary(backend: Service, signal: 'SIGTTIN' | 'SIGTTOU'): Promise<void> {
  const [primary] = await backend.descendants()
  // Without one there is nobody to tell, which the wait for the workers then says.
  if (primary !== undefined) await backend.signal(primary, signal)
}

/** Wait until `holds` of the workers. @throws DEADLINE_EXCEEDED with those that were seen last */
export async function untilWorkers(
  backend: Service,
  expected: string,
  holds: (workers: readonly number[]) => boolean,
  limit: Deadline,
): Promise<void> {
  let seen: readonly number[] = []
  await waitUntil(
    async () => {
      seen = await workersOf(backend)
      return holds(seen)
    },
    {
      deadline: limit,
      everyMs: LOOK_EVERY_MS,
      describe: () => `worker processes ${seen.join(', ')}`,
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
