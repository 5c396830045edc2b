import type { Random } from '../random.ts'

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number
  readonly firstBackoffMs: number
  readonly maxBackoffMs: number
}

/**
 * How long a client waits before its next try: exponential, with half of it jittered so that candidates who failed
 * together do not come back together (F18). `Retry-After` is a floor: a backend that says when is believed.
 *
 * @param attempt the try that has just failed, from 1
 * @param retryAfterSeconds what the backend asked for
 * @returns milliseconds
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: Random, retryAfterSeconds?: number): number {
  const exponentialMs = Math.min(policy.maxBackoffMs, policy.firstBackoffMs * 2 ** (attempt - 1))
  const jitteredMs = random.uniform(exponentialMs / 2, exponentialMs)
  if (retryAfterSeconds === undefined) return jitteredMs
  // The jitter goes on top: everybody was told the same second.
  return Math.max(jitteredMs, retryAfterSeconds * 1_000 + random.uniform(0, policy.firstBackoffMs))
}
