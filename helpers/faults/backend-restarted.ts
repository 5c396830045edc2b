import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { stopped } from './stopped.ts'

export const backendRestarted: FaultKind = {
  name: 'backend-restarted',
  part: 'backend',
  contract:
    'The backend is told to end (SIGTERM), finishes what is under way, refuses connections, and is started again.',
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  momentary: true,
  stops: ['backend'],
  on: (target) => stopped(target, 'backend', 'SIGTERM'),
}
