import type { StepName } from './meter.ts'

/** Lets others wait for a step of the load. */
export interface StepGate {
  /** The step begins. */
  open(step: StepName): void
  /** Resolves when the step begins: true, at once when it has begun; false when the load ended before it. */
  readonly began: (step: StepName) => Promise<boolean>
}

/** @param ended aborted when no further step will begin */
export function openStepGate(ended: AbortSignal): StepGate {
  const gates = new Map<StepName, PromiseWithResolvers<boolean>>()
  const gate = (step: StepName): PromiseWithResolvers<boolean> => {
    const existing = gates.get(step)
    if (existing !== undefined) return existing
    const made = Promise.withResolvers<boolean>()
    gates.set(step, made)
    if (ended.aborted) made.resolve(false)
    else ended.addEventListener('abort', () => made.resolve(false), { once: true })
    return made
  }
  return { open: (step) => gate(step).resolve(true), began: (step) => gate(step).promise }
}
