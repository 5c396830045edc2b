import { setTimeout as sleep } from 'node:timers/promises'
import { RehearsalError } from './errors.ts'
import type { Deadline } from './host.ts'

/**
 * Start one deadline for a whole undertaking. It is handed from wait to wait, so that the sum is bounded and not each
 * part.
 *
 * @param ms how long from now, milliseconds; more than zero.
 * @param signal ends the undertaking early (Ctrl-C, a Vitest time-out); the deadline's own signal then aborts with an
 *   INTERRUPTED error whose cause is the reason given there. The signal of another deadline whose time is up says so here,
 *   too.
 * @returns a Deadline whose signal aborts with DEADLINE_EXCEEDED when the time is up. Dispose of it (`using`) to free
 *   its timer.
 */
export function deadline(ms: number, signal?: AbortSignal): Deadline & Disposable {
  const controller = new AbortController()
  const endsAtMs = performance.now() + ms
  const timer = setTimeout(() => controller.abort(exceeded(ms, 'it was still going on')), ms)
  // The time of the whole undertaking is up: nobody interrupted anything.
  const interrupt = () => controller.abort(isOutOfTime(signal?.reason) ? signal?.reason : interrupted(signal?.reason))
  if (signal?.aborted) interrupt()
  signal?.addEventListener('abort', interrupt, { once: true })
  return {
    signal: controller.signal,
    remainingMs: () => (controller.signal.aborted ? 0 : Math.max(0, endsAtMs - performance.now())),
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
    },
  }
}

/** How `waitUntil` waits. */
export interface WaitOptions {
  readonly deadline: Deadline
  /** Pause between two looks, milliseconds. */
  readonly everyMs: number
  /** What was last seen, in words; asked only when the wait has failed. */
  readonly describe: () => string
  /** What is waited for, in words. */
  readonly expected?: string
  /** Which service it is about, human name. */
  readonly service?: string
}

/**
 * Look until it is true. The first look is at once; a look that hangs is cut by the deadline.
 *
 * @param predicate what to look at. An error it throws ends the wait: what is allowed to fail is its own business.
 * @throws DEADLINE_EXCEEDED saying what was last seen, or INTERRUPTED when the deadline was cut short from outside.
 */
export async function waitUntil(predicate: () => boolean | Promise<boolean>, options: WaitOptions): Promise<void> {
  const startedMs = performance.now()
  const { signal } = options.deadline
  try {
    while (!(await untilAborted(predicate, signal))) await sleep(options.everyMs, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
    if (signal.reason instanceof RehearsalError && signal.reason.code === 'INTERRUPTED') throw signal.reason
    throw exceeded(performance.now() - startedMs, options.describe(), options)
  }
}

/** Wait for `work`, but no longer than until the signal aborts; then the signal's reason is thrown. */
export async function untilAborted<T>(work: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function exceeded(ms: number, seen: string, options: Partial<WaitOptions> = {}): RehearsalError {
  return new RehearsalError('DEADLINE_EXCEEDED', {
    expected: `${options.expected ?? 'done'} within ${Math.round(ms)} ms`,
    seen,
    next: 'Look at the log of the service; on a slow machine allow more time.',
    ...(options.service === undefined ? {} : { service: options.service }),
  })
}

function isOutOfTime(reason: unknown): boolean {
  return reason instanceof RehearsalError && reason.code === 'DEADLINE_EXCEEDED'
}

function interrupted(reason: unknown): RehearsalError {
  return new RehearsalError('INTERRUPTED', {
    expected: 'the undertaking runs to its end',
    seen: `it was interrupted: ${reason instanceof Error ? reason.message : String(reason)}`,
    next: 'Run it again.',
    cause: reason,
  })
}
