import type { OperationName } from '../history/operation.ts'
import type { StepResult } from '../phase-result.ts'
import { type LatencyHistogram, latencyHistogram, recordUs, summarise } from './histogram.ts'
import type { LatencySummary } from './latency.ts'
import { type Measurements, STEP_NAMES, type StepName } from './meter.ts'

const MODELS: Readonly<Record<StepName, StepResult['model']>> = {
  'warm-up': 'open',
  arrivals: 'open',
  'start-burst': 'barrier',
  steady: 'partly-open',
  'submit-spike': 'deadline-anchored',
  drain: 'closed',
}

interface Tally {
  readonly latency: LatencyHistogram
  readonly serviceTime: LatencyHistogram
  errors: number
}

/**
 * What was measured, by step and operation. A step in which nothing happened is not in the list: there is nothing to
 * say about it.
 */
export function summariseSteps(measurements: Measurements): readonly StepResult[] {
  const tallies = new Map<StepName, Map<OperationName, Tally>>()
  const spans = new Map<StepName, { fromUs: number; toUs: number }>()
  for (const { step, f, intendedUs, sentUs, completedUs, error } of measurements.samples()) {
    const span = spans.get(step)
    if (span === undefined) spans.set(step, { fromUs: intendedUs, toUs: completedUs })
    else {
      span.fromUs = Math.min(span.fromUs, intendedUs)
      span.toUs = Math.max(span.toUs, completedUs)
    }
    const tally = tallyOf(tallies, step, f)
    recordUs(tally.latency, completedUs - intendedUs)
    recordUs(tally.serviceTime, completedUs - sentUs)
    if (error) tally.errors += 1
  }
  return STEP_NAMES.flatMap((name) => {
    const byOperation = tallies.get(name)
    const span = spans.get(name)
    if (byOperation === undefined || span === undefined) return []
    const latency: Record<string, LatencySummary> = {}
    const serviceTime: Record<string, LatencySummary> = {}
    for (const [f, tally] of byOperation) {
      latency[f] = summarise(tally.latency, tally.errors)
      serviceTime[f] = summarise(tally.serviceTime, tally.errors)
    }
    return [
      {
        name,
        model: MODELS[name],
        startedMs: span.fromUs / 1_000,
        durationMs: (span.toUs - span.fromUs) / 1_000,
        latency,
        serviceTime,
      },
    ]
  })
}

function tallyOf(tallies: Map<StepName, Map<OperationName, Tally>>, step: StepName, f: OperationName): Tally {
  const byOperation = tallies.get(step) ?? new Map<OperationName, Tally>()
  tallies.set(step, byOperation)
  const tally = byOperation.get(f) ?? { latency: latencyHistogram(), serviceTime: latencyHistogram(), errors: 0 }
  byOperation.set(f, tally)
  return tally
}
