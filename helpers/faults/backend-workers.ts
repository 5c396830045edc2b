import { waitUntil } from '../deadline.ts'
import type { Deadline, Service } from '../host.ts'

const LOOK_EVERY_MS = 100

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
