import type { Source } from './source.ts'

/**
 * Processor time of the whole machine, ms of all its processors together. Figures only grow; two looks tell what happened
 * between them. Time that interrupts take is nobody's and only in
 * `capacityMs`.
 */
export interface MachineTime {
  /** What there was: busy, idle and stolen. */
  readonly capacityMs: number
  /** What nobody used, waits for a disk included. */
  readonly idleMs: number
  /** What programs used. */
  readonly busyMs: number
  /**
   * How long everybody who had something to do waited for a disk, ms of the clock (PSI, `full`). Absent where the kernel does
   * not tell.
   */
  readonly diskStalledMs?: number
  /** What the phase, its stage and the kernel's own threads used of it. */
  readonly ownMs: number
}

/** Processor time of the machine, or why it is not known whose it is. */
export type MachinePulse = MachineTime | { readonly unknown: string }

/** Ask the machine whose its processors are. One that cannot tell says why, and is no failed look. */
export function machinePulse(machine: () => Promise<MachinePulse>): Source<MachinePulse> {
  return {
    look: () => machine(),
    async [Symbol.asyncDispose]() {
      // Nothing is held between two looks.
    },
  }
}
