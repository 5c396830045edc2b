import type { Outside } from '../load/thresholds.ts'
import type { StepResult } from '../phase-result.ts'
import type { GateId, Verdict } from '../verdict.ts'
import { SAMPLED_EVERY_MS, type Sample, type SourceName, type SourceValues } from './sample.ts'
import type { Sampled } from './sampler.ts'

/** Of the looks that were due, this share must have an answer, or nothing is said about what happened in between. */
const MIN_SHARE_KNOWN = 0.8

/** What was seen of the platform in one phase. */
export interface Observed {
  readonly sampled: Sampled
  readonly steps: readonly StepResult[]
  /** Faults with their recoveries: what is seen then is judged by rules of their own. */
  readonly outside: readonly Outside[]
  /** Sources that the platform does not have: nothing to see there is no gap. Absent: it has all. */
  readonly unwatched?: readonly SourceName[]
}

/** A checker of what was seen, without its answer. */
export interface ObservedCheck {
  readonly id: string
  readonly title: string
  readonly gate: GateId
}

/** Whether any moment of a span, both ends included, is in a fault or its recovery. */
export function touchesFault(outside: readonly Outside[], fromUs: number, toUs: number): boolean {
  return outside.some((fault) => toUs >= fault.fromUs && fromUs <= fault.toUs)
}

/** What one source said outside the faults, and how much of that is missing. */
export interface Looks<Value> {
  readonly known: readonly (Sample<Value> & { readonly value: Value })[]
  /** Looks without an answer. */
  readonly failed: number
  /** Looks that were due from the first to the last. */
  readonly due: number
  /** Why too little is known to say that nothing bad happened; absent when enough is. */
  readonly gap?: string
}

/** The looks at one source outside faults and recoveries; those are judged by rules of their own. */
export function looksAt<Name extends SourceName>(observed: Observed, name: Name): Looks<SourceValues[Name]> {
  const { sampled, outside: faults } = observed
  type Value = SourceValues[Name]
  const outside = (sampled.samples[name] as readonly Sample<Value>[]).filter(
    // A look takes its time, and a fault may begin before it is answered.
    ({ timeUs, tookMs }) => !touchesFault(faults, timeUs, timeUs + tookMs * 1_000),
  )
  const known = outside.filter((sample): sample is Sample<Value> & { readonly value: Value } => sample.value !== null)
  const everyMs = SAMPLED_EVERY_MS[name]
  let due = 0
  for (let timeUs = sampled.fromUs; timeUs < sampled.toUs; timeUs += everyMs * 1_000) {
    if (!touchesFault(faults, timeUs, timeUs)) due += 1
  }
  const failed = outside.length - known.length
  const firstReason = outside.find(({ value }) => value === null)?.reason
  const enough = known.length > 0 && known.length >= due * MIN_SHARE_KNOWN
  return {
    known,
    failed,
    due,
    ...(enough
      ? {}
      : {
          gap: `${name} was seen ${known.length} of ${due} times${firstReason === undefined ? '' : `; first failure: ${firstReason}`}`,
        }),
  }
}

/** The answer of a check: false when something was found, else unknown with the gap, else true. */
export function conclude(
  check: ObservedCheck,
  found: readonly string[],
  gap: string | undefined,
  rest: Pick<Verdict, 'counts' | 'figures'>,
): Verdict {
  const valid = found.length > 0 ? false : gap === undefined ? true : 'unknown'
  const reason = found.length > 0 ? found.slice(0, 3).join('; ') : gap
  return {
    id: check.id,
    title: check.title,
    gate: check.gate,
    valid,
    violations: found.length,
    examples: found.slice(0, 3).map((summary) => ({ summary, operations: [], rows: [], requestIds: [] })),
    ...rest,
    ...(reason === undefined ? {} : { reason }),
  }
}
