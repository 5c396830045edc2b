import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { lostOnTheWay } from './lost-on-the-way.ts'

export const requestsCutBeforeServer: FaultKind = {
  name: 'requests-cut-before-server',
  part: 'network',
  contract: 'Requests are lost and their connections cut before the backend has read anything of them.',
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  needsWhole: ['backend', 'postgres'],
  on: (target) => lostOnTheWay(target, 'requests-cut-before-server', 'upstream'),
}
