import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { lookAtBackend } from './look.ts'
import { tookAtLeast, toxicOnPath } from './toxic-on-path.ts'

const RATE_KILOBYTES_PER_SECOND = 1
/** A reply to a look at whether it is ready, with its headers is longer than 200 bytes, which take this long at that rate. */
const LEAST_MS = 200

export const slowClients: FaultKind = {
  name: 'slow-clients',
  part: 'network',
  contract: `Each connection of a candidate carries ${RATE_KILOBYTES_PER_SECOND} KB/s in either direction, as in a crowded radio cell.`,
  candidatesNotice: 'interruption',
  budget: UNREACHABLE,
  needsWhole: ['backend', 'postgres'],
  on: (target) =>
    toxicOnPath(
      target,
      'backend',
      (['upstream', 'downstream'] as const).map((stream) => ({
        name: `slow-clients-${stream}`,
        type: 'bandwidth',
        stream,
        attributes: { rate: RATE_KILOBYTES_PER_SECOND },
      })),
      async () => tookAtLeast(LEAST_MS, await lookAtBackend(target, { path: target.health.ready })),
    ),
}
