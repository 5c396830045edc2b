import type { FaultTarget } from './fault.ts'
import { type Look, lookAtBackend } from './look.ts'

/** One look at what a backend says of itself, on the path that candidates use. Serialisable. */
export interface HealthLook {
  /** When it began and ended, µs since the run's epoch. */
  readonly fromUs: number
  readonly toUs: number
  readonly live: HealthAnswer
  readonly ready: HealthAnswer
}

export interface HealthAnswer {
  /** HTTP; null: no answer within {@link HEALTH_LOOK_MS}. */
  readonly status: number | null
  /** What it said, or why there was no answer. */
  readonly said: string
}

/** A backend that needs a second to find out that its database is silent answers within this, also on a busy machine. */
export const HEALTH_LOOK_MS = 2_000

/** Ask whether it is alive and whether it is ready, both at once. Never rejects. */
export async function lookAtHealth(target: FaultTarget): Promise<Pick<HealthLook, 'live' | 'ready'>> {
  const { live, ready } = target.health
  const [alive, serving] = await Promise.all(
    [live, ready].map((path) => lookAtBackend(target, { path, timeoutMs: HEALTH_LOOK_MS })),
  )
  return { live: answerOf(alive as Look), ready: answerOf(serving as Look) }
}

function answerOf({ answered, said }: Look): HealthAnswer {
  return { status: answered ? Number.parseInt(said, 10) : null, said }
}
