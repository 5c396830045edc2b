import { UNREACHABLE } from './budget.ts'
import { cutConnections } from './cut.ts'
import type { FaultKind } from './fault.ts'

export const massDisconnect: FaultKind = {
  name: 'mass-disconnect',
  part: 'network',
  contract: 'Every candidate loses the connection at the same instant, and may connect again at once.',
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  needsWhole: ['backend'],
  momentary: true,
  on: (target) => cutConnections(target, 'backend'),
}
