import type { Bite, Fault, FaultTarget, TargetName } from './fault.ts'
import type { Look } from './look.ts'
import { untilBack } from './not-mended.ts'
import { LOOKS } from './stopped.ts'
import { addToxic, removeToxic, type ToxicSpec } from './toxic.ts'

/** Put toxics on the path to a part, and take them away. How it is felt differs. */
export function toxicOnPath(
  target: FaultTarget,
  part: TargetName,
  toxics: readonly ToxicSpec[],
  wasFelt: () => Promise<Bite>,
): Fault {
  const proxy = target.proxies[part]
  return {
    inject: async () => {
      for (const toxic of toxics) await addToxic(proxy, toxic)
    },
    wasFelt,
    heal: async (limit) => {
      for (const { name } of toxics) await removeToxic(proxy, name)
      await untilBack(target, part, limit)
    },
  }
}

/** Delay everything that comes back from a part. Felt: a look takes as long as the least delay, or gets nothing. */
export function slowPath(
  target: FaultTarget,
  part: TargetName,
  name: string,
  delay: { readonly latencyMs: number; readonly jitterMs: number },
): Fault {
  const { latencyMs, jitterMs } = delay
  const attributes = { latency: latencyMs, jitter: jitterMs }
  return toxicOnPath(target, part, [{ name, type: 'latency', stream: 'downstream', attributes }], async () =>
    tookAtLeast(latencyMs - jitterMs, await LOOKS[part](target)),
  )
}

/** The bite of whatever slows down: an answer, but late, or none within the time of a look. */
export function tookAtLeast(leastMs: number, { answered, tookMs, said }: Look): Bite {
  const proof = `${answered ? 'answered' : said} after ${Math.round(tookMs)} ms, at least ${leastMs} ms were expected`
  return { felt: tookMs >= leastMs && (answered || said.startsWith('no answer within')), proof }
}
