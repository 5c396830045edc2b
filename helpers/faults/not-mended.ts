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
 * @param needs parts that answer before anything is held against the backend
 * @throws NOT_MENDED; or what `work` threw, where it may be the doing of somebody else: of the engine, the machine, a person
 */
export async function backByItself(
  target: FaultTarget,
  work: () => Promise<void>,
  needs: readonly ('postgres' | 'redis')[] = ['postgres', 'redis'],
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof RehearsalError && (error.code === 'INTERRUPTED' || error.code === 'NOT_MENDED')) throw error
    const why = await whyNotBack(target, needs).catch(() => undefined)
    throw why === undefined ? error : notMended('the backend is up and ready again', why, error)
  }
}

/** Wait until a part answers through its proxy again. @throws NOT_MENDED for a backend that does not come back by itself */
export function untilBack(target: FaultTarget, part: TargetName, limit: Deadline): Promise<void> {
  const wait = () => untilGreen(target, part, limit)
  return part === 'backend' ? backByItself(target, wait) : wait()
}

/** undefined: it is ready by now, or nobody can say whose doing it is. */
async function whyNotBack(target: FaultTarget, needs: readonly ('postgres' | 'redis')[]): Promise<string | undefined> {
  const looks = { postgres: lookAtPostgres, redis: lookAtRedis }
  const used = needs.filter((part) => part !== 'redis' || target.usesRedis)
  const answers = await Promise.all(used.map((part) => looks[part](target)))
  if (answers.some(({ answered }) => !answered)) return undefined
  if (!(await target.services.backend.isRunning())) return 'it has ended'
  const { answered, said } = await lookAtBackend(target, { path: target.health.ready })
  return answered && !said.startsWith('200') ? `it answers ${said}` : undefined
}
