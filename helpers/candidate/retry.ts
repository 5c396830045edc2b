import type { Behaviours } from '../load/behaviours.ts'
import type { Random } from '../random.ts'

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number
  readonly firstBackoffMs: number
  readonly maxBackoffMs: number
  /** Part of a pause that is drawn; absent: half of it. `none`: everybody who failed together comes back together. */
  readonly jitter?: 'none'
  /** Come back when it likes, whatever `Retry-After` says. */
  readonly ignoresRetryAfter?: boolean
}

/** The policy of a client that may not retry at all, or retry without jitter, or not listen. */
export function retriesOf(
  policy: RetryPolicy,
  { retries, ignoresRetryAfter }: Pick<Behaviours, 'retries' | 'ignoresRetryAfter'>,
): RetryPolicy {
  return {
    ...policy,
    ...(retries === 'none' ? { attempts: 1 } : {}),
    ...(retries === 'synchronised' ? { jitter: 'none' } : {}),
    ...(ignoresRetryAfter === true ? { ignoresRetryAfter } : {}),
  }
}

/**
 * How long a client waits before its next try: exponential, with half of it jittered, unless the policy says otherwise,
 * so that candidates who failed together do not come back together (F18). `Retry-After` is a floor: a backend that says when is believed.
 *
 * @param attempt the try that has just failed, from 1
 * @param retryAfterSeconds what the backend asked for
 * @returns milliseconds
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: Random, retryAfterSeconds?: number): number {
  const exponentialMs = Math.min(policy.maxBackoffMs, policy.firstBackoffMs * 2 ** (attempt - 1))
  const hasJitter = policy.jitter !== 'none'
  const pauseMs = hasJitter ? random.uniform(exponentialMs / 2, exponentialMs) : exponentialMs
  if (retryAfterSeconds === undefined || policy.ignoresRetryAfter === true) return pauseMs
  // The jitter goes on top: everybody was told the same second.
  return Math.max(pauseMs, retryAfterSeconds * 1_000 + (hasJitter ? random.uniform(0, policy.firstBackoffMs) : 0))
}
