import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { lostOnTheWay } from './lost-on-the-way.ts'

export const responsesLostAfterCommit: FaultKind = {
  name: 'responses-lost-after-commit',
  part: 'network',
  contract:
    'Requests reach the backend and are carried out; the answers are lost and the connections cut. Who tries again, tries twice.',
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  needsWhole: ['backend', 'postgres'],
  on: (target) => lostOnTheWay(target, 'responses-lost-after-commit', 'downstream'),
}
