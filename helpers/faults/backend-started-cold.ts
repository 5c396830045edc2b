import type { FaultKind } from './fault.ts'
import { stopped } from './stopped.ts'

/**
 * The first exam on a machine that has just been started. What the burst meets is judged like any burst: nothing that
 * comes after the heal is left out of the limits. Nobody works while it is there, so there is no budget.
 */
export const backendStartedCold: FaultKind = {
  name: 'backend-started-cold',
  part: 'backend',
  contract:
    'The backend is told to end (SIGTERM) when everybody is logged in, and is started again right before the start burst: what the burst meets has served nobody yet.',
  candidatesNotice: 'interruption',
  momentary: true,
  overBefore: 'start-burst',
  stops: ['backend'],
  on: (target) => stopped(target, 'backend', 'SIGTERM'),
}
