import { waitUntil } from '../deadline.ts'
import { RehearsalError } from '../errors.ts'
import type { Deadline, Service } from '../host.ts'
import { mostlyServed } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { backByItself, notMended, untilBack } from './not-mended.ts'

const LOOK_EVERY_MS = 100
const REPLACED = 'the backend replaces a worker that was killed, and the others go on serving'

export const backendWorkerKilled: FaultKind = {
  name: 'backend-worker-killed',
  part: 'backend',
  contract: 'One worker process of the backend is killed (SIGKILL): its requests are cut, the others go on serving.',
  candidatesNotice: 'interruption',
  budget: mostlyServed(0.2),
  momentary: true,
  needsWorkers: true,
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
      // There is nothing of ours to undo: the platform replaces its worker, or it does not.
      heal: async (limit) => {
        if (before.length > 0) await backByItself(target, () => untilReplaced(backend, before.length, limit))
        await untilBack(target, 'backend', limit)
      },
    }
  },
}

/** @throws NOT_MENDED when there are fewer processes than before and the time is up; Error at once where none is there */
async function untilReplaced(backend: Service, processes: number, limit: Deadline): Promise<void> {
  let seen = 0
  try {
    await waitUntil(
      async () => {
        if (!(await backend.isRunning())) throw new Error('the backend does not run')
        seen = (await backend.descendants()).length
        return seen >= processes
      },
      { deadline: limit, everyMs: LOOK_EVERY_MS, describe: () => `${seen} processes`, service: 'backend' },
    )
  } catch (error) {
    // Whoever was never seen may be there: then it is the engine that does not answer.
    const isTimeUp = error instanceof RehearsalError && error.code === 'DEADLINE_EXCEEDED' && seen > 0
    throw isTimeUp ? notMended(REPLACED, `${seen} of ${processes} processes when the time for it was up`) : error
  }
}

function noWorker(processes: readonly number[]): RehearsalError {
  return new RehearsalError('FAULT_NOT_SET', {
    expected: 'a backend with at least one worker process beside its own',
    seen: `processes ${processes.join(', ')}`,
    next: 'Rehearse with two workers or more; where the backend is a single process say so in the adapter (singleProcess).',
    service: 'backend',
  })
}
