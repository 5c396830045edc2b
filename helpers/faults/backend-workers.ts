import { waitUntil } from '../deadline.ts'
import type { Deadline, Service } from '../host.ts'
import type { FaultTarget } from './fault.ts'
import { lookAtBackend } from './look.ts'

const LOOK_EVERY_MS = 100
/** New connections on which the kernel or the primary has given each of a few workers a turn. */
const LOOKS = 8

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
export async function servingWorkers(target: FaultTarget): Promise<ReadonlySet<string>> {
  const looks = await Promise.all(Array.from({ length: LOOKS }, () => lookAtBackend(target)))
  return new Set(looks.flatMap(({ worker }) => worker ?? []))
}
