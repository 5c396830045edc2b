import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { stopped } from './stopped.ts'

export const backendKilled: FaultKind = {
  name: 'backend-killed',
  part: 'backend',
  contract:
    'The whole backend is killed (SIGKILL): open requests are cut, connections refused, until it is started again.',
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  stops: ['backend'],
  on: (target) => stopped(target, 'backend', 'SIGKILL'),
}
