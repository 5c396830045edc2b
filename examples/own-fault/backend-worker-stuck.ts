import { workersOf } from '../../helpers/faults/backend-workers.ts'
import { UNREACHABLE } from '../../helpers/faults/budget.ts'
import type { FaultKind } from '../../helpers/faults/fault.ts'
import { lookAtBackend, untilGreen } from '../../helpers/faults/look.ts'

/** Each on a connection of its own, so that the kernel gives some of them to the one that is stuck. */
const LOOKS = 12

export const backendWorkerStuck: FaultKind = {
  name: 'backend-worker-stuck',
  part: 'backend',
  contract: 'One worker process of the backend stands still: its connections stay open and nobody answers on them.',
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  needsWhole: ['network'],
  on: (target) => {
    const { backend } = target.services
    let stuck: number | undefined
    return {
      inject: async (limit) => {
        const [oldest] = (await workersOf(target, limit)).workers
        stuck = oldest?.pid
        if (oldest !== undefined) await backend.signal(oldest.pid, 'SIGSTOP')
      },
      wasFelt: async () => {
        const looks = await Promise.all(Array.from({ length: LOOKS }, () => lookAtBackend(target)))
        const silent = looks.filter(({ answered }) => !answered).length
        return { felt: silent > 0, proof: `${silent} of ${LOOKS} looks at the backend got no answer` }
      },
      heal: async (limit) => {
        if (stuck !== undefined) await backend.signal(stuck, 'SIGCONT')
        await untilGreen(target, 'backend', limit)
      },
    }
  },
}
