import { RehearsalError } from '../errors.ts'
import type { Deadline } from '../host.ts'
import type { FaultTarget, TargetName } from './fault.ts'
import { lookAtBackend, lookAtPostgres, lookAtRedis, untilGreen } from './look.ts'

/**
 * What a platform has to put right by itself and did not: its doing, and no trouble of the rehearsal. The recovery is false.
 *
 * @param expected what it had to do, in words
 * @param seen what it did instead
 */
export function notMended(expected: string, seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('NOT_MENDED', {
    expected,
    seen,
    next: 'Look at the log of the backend since the fault was injected.',
    service: 'backend',
    ...(cause === undefined ? {} : { cause }),
  })
}

/**
 * Do what brings the backend back, or waits for it. Where that fails although everything that the backend needs is there,
 * and the backend has ended, or itself says that it is not ready, it is the platform that did not come back.
 *
 * @throws NOT_MENDED; or what `work` threw, where it may be the doing of somebody else: of the engine, the machine, a person
 */
export async function backByItself(target: FaultTarget, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof RehearsalError && (error.code === 'INTERRUPTED' || error.code === 'NOT_MENDED')) throw error
    const why = await whyNotBack(target)
    throw why === undefined ? error : notMended('the backend is up and ready again', why, error)
  }
}

/**
 * Whether the backend has ended by itself: what it needs is still there. An engine that does not answer, or that was stopped
 * with everything on it, is none of its doing: false.
 */
export async function hasEnded(target: FaultTarget, needs: readonly ('postgres' | 'redis')[]): Promise<boolean> {
  try {
    return !(await target.services.backend.isRunning()) && (await areThere(target, needs))
  } catch {
    return false
  }
}

/** Wait until a part answers through its proxy again. @throws NOT_MENDED for a backend that does not come back by itself */
export function untilBack(target: FaultTarget, part: TargetName, limit: Deadline): Promise<void> {
  const wait = () => untilGreen(target, part, limit)
  return part === 'backend' ? backByItself(target, wait) : wait()
}

/** undefined: it is ready by now, or nobody can say whose doing it is. */
async function whyNotBack(target: FaultTarget): Promise<string | undefined> {
  const needs = target.usesRedis ? (['postgres', 'redis'] as const) : (['postgres'] as const)
  if (await hasEnded(target, needs)) return 'it has ended'
  const { answered, said } = await lookAtBackend(target, { path: target.health.ready })
  const isUnready = answered && !said.startsWith('200')
  return isUnready && (await areThere(target, needs)) ? `it answers ${said}` : undefined
}

async function areThere(target: FaultTarget, parts: readonly ('postgres' | 'redis')[]): Promise<boolean> {
  const looks = { postgres: lookAtPostgres, redis: lookAtRedis }
  const answers = await Promise.all(parts.map((part) => looks[part](target)))
  return answers.every(({ answered }) => answered)
}
