import { mostlyServed } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { slowPath } from './toxic-on-path.ts'

const DELAY = { latencyMs: 500, jitterMs: 200 }

export const candidatesSlowNetwork: FaultKind = {
  name: 'candidates-slow-network',
  part: 'network',
  contract: `Whatever the backend says reaches candidates ${DELAY.latencyMs} ± ${DELAY.jitterMs} ms late.`,
  candidatesNotice: 'interruption',
  budget: mostlyServed(0.05),
  needsWhole: ['backend'],
  on: (target) => slowPath(target, 'backend', 'candidates-slow-network', DELAY),
}
