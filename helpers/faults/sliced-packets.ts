import type { FaultKind } from './fault.ts'
import { lookAtBackend } from './look.ts'
import { tookAtLeast, toxicOnPath } from './toxic-on-path.ts'

const SLICE_BYTES = 16
const BETWEEN_US = 5_000
/** A reply of /v1/ready with its headers is longer than 200 bytes: a dozen slices, each after its pause. */
const LEAST_MS = (200 / SLICE_BYTES) * (BETWEEN_US / 1_000)

export const slicedPackets: FaultKind = {
  name: 'sliced-packets',
  part: 'network',
  contract: `What candidates and backend say to each other arrives in pieces of about ${SLICE_BYTES} bytes, ${BETWEEN_US / 1_000} ms apart.`,
  candidatesNotice: 'interruption',
  needsWhole: ['backend', 'postgres'],
  on: (target) =>
    toxicOnPath(
      target,
      'backend',
      (['upstream', 'downstream'] as const).map((stream) => ({
        name: `sliced-packets-${stream}`,
        type: 'slicer',
        stream,
        attributes: { average_size: SLICE_BYTES, size_variation: SLICE_BYTES / 2, delay: BETWEEN_US },
      })),
      async () => tookAtLeast(LEAST_MS, await lookAtBackend(target, { path: '/v1/ready' })),
    ),
}
