import { signalPrimary, untilWorkers, workersOf } from './backend-workers.ts'
import { mostlyServed } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'

const FACTOR = 2

export const backendScaledUp: FaultKind = {
  name: 'backend-scaled-up',
  part: 'backend',
  contract:
    'The backend is told (SIGTTIN, once a worker) to run twice as many workers, each with a pool of connections of its own, and afterwards (SIGTTOU) to let them go.',
  candidatesNotice: 'interruption',
  budget: { ...mostlyServed(0.05), live: true, ready: 'yes' },
  needsWhole: ['postgres'],
  on: (target) => {
    const { backend } = target.services
    let before: number | undefined
    return {
      inject: async (limit) => {
        before = (await workersOf(backend)).length
        // One by one: two signals of a kind that nobody has heard yet are one.
        for (let wanted = before + 1; wanted <= before * FACTOR; wanted += 1) {
          await signalPrimary(backend, 'SIGTTIN')
          await untilWorkers(backend, `${wanted} workers`, (workers) => workers.length >= wanted, limit)
        }
      },
      wasFelt: async () => {
        const { length } = await workersOf(backend)
        return {
          felt: before !== undefined && before > 0 && length >= before * FACTOR,
          proof: `${length} workers, before there were ${before}`,
        }
      },
      heal: async (limit) => {
        const wanted = before
        if (wanted !== undefined) {
          for (let { length } = await workersOf(backend); length > wanted; length -= 1) {
            await signalPrimary(backend, 'SIGTTOU')
            await untilWorkers(backend, `${length - 1} workers`, (workers) => workers.length < length, limit)
          }
        }
        await untilGreen(target, 'backend', limit)
      },
    }
  },
}
