import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { paused } from './paused.ts'

export const backendPaused: FaultKind = {
  name: 'backend-paused',
  part: 'backend',
  contract: 'Every process of the backend stands still, as in a long garbage collection, and then carries on.',
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  on: (target) => paused(target, 'backend'),
}
