import { mostlyServed } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { piecesOfReply } from './look.ts'
import { toxicOnPath } from './toxic-on-path.ts'

const SLICE_BYTES = 16
const BETWEEN_US = 5_000
/**
 * A reply to a look at whether it is ready, with its headers, is longer than 200 bytes, a dozen slices; unbroken it comes in one or two. Not
 * how long it took: on a busy machine whole replies are late, too.
 */
const LEAST_PIECES = 6

export const slicedPackets: FaultKind = {
  name: 'sliced-packets',
  part: 'network',
  contract: `What candidates and backend say to each other arrives in pieces of about ${SLICE_BYTES} bytes, ${BETWEEN_US / 1_000} ms apart.`,
  candidatesNotice: 'interruption',
  budget: mostlyServed(0.05),
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
      async () => {
        const pieces = await piecesOfReply(target)
        return { felt: pieces >= LEAST_PIECES, proof: `a reply came in ${pieces} pieces` }
      },
    ),
}
