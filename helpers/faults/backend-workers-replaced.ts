import { untilWorkers, workersOf } from './backend-workers.ts'
import { mostlyServed } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'

export const backendWorkersReplaced: FaultKind = {
  name: 'backend-workers-replaced',
  part: 'backend',
  contract:
    'Every worker process of the backend is told to end (SIGTERM), one after the other and each when the one before is replaced: a rolling release.',
  candidatesNotice: 'interruption',
  budget: mostlyServed(0.1),
  // Who replaces a worker waits for the database before it serves.
  needsWhole: ['postgres'],
  momentary: true,
  on: (target) => {
    const { backend } = target.services
    let before: readonly number[] = []
    return {
      inject: async (limit) => {
        before = await workersOf(backend)
        for (const worker of before) {
          await backend.signal(worker, 'SIGTERM')
          await untilWorkers(
            backend,
            `worker ${worker} replaced`,
            (workers) => !workers.includes(worker) && workers.length >= before.length,
            limit,
          )
        }
      },
      wasFelt: async () => {
        const workers = await workersOf(backend)
        const left = before.filter((worker) => workers.includes(worker))
        return {
          felt: before.length > 0 && left.length === 0,
          proof: `${before.length - left.length} of ${before.length} workers were replaced`,
        }
      },
      heal: async (limit) => {
        await untilWorkers(
          backend,
          `${before.length} workers again`,
          (workers) => workers.length >= before.length,
          limit,
        )
        await untilGreen(target, 'backend', limit)
      },
    }
  },
}
