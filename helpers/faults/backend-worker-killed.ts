import { waitUntil } from '../deadline.ts'
import { RehearsalError } from '../errors.ts'
import { mostlyServed } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'

const LOOK_EVERY_MS = 100

export const backendWorkerKilled: FaultKind = {
  name: 'backend-worker-killed',
  part: 'backend',
  contract: 'One worker process of the backend is killed (SIGKILL): its requests are cut, the others go on serving.',
  candidatesNotice: 'interruption',
  budget: mostlyServed(0.2),
  momentary: true,
  on: (target) => {
    const { backend } = target.services
    let before: readonly number[] = []
    let victim: number | undefined
    return {
      inject: async () => {
        before = await backend.descendants()
        // The first is the primary, whatever its number; of the workers the highest is the youngest.
        victim = before
          .slice(1)
          .toSorted((one, other) => one - other)
          .at(-1)
        if (victim === undefined) throw noWorker(before)
        await backend.signal(victim, 'SIGKILL')
      },
      wasFelt: async () => {
        const now = await backend.descendants()
        const felt = victim !== undefined && !now.includes(victim)
        return { felt, proof: `worker process ${victim} is ${felt ? 'gone' : 'still there'}` }
      },
      heal: async (limit) => {
        let seen = 0
        await waitUntil(
          async () => {
            seen = (await backend.descendants()).length
            return seen >= before.length
          },
          {
            deadline: limit,
            everyMs: LOOK_EVERY_MS,
            describe: () => `${seen} processes`,
            expected: `the backend replaces its worker: ${before.length} processes`,
            service: 'backend',
          },
        )
        await untilGreen(target, 'backend', limit)
      },
    }
  },
}

function noWorker(processes: readonly number[]): RehearsalError {
  return new RehearsalError('FAULT_NOT_SET', {
    expected: 'a backend with at least one worker process beside its own',
    seen: `processes ${processes.join(', ')}`,
    next: 'Rehearse with two workers or more, or leave this fault out.',
    service: 'backend',
  })
}
