import { setTimeout as sleep } from 'node:timers/promises'
import type { Deadline } from '../host.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { tellRedis } from './redis-command.ts'

/** Who has just lost Redis, or has just been started, is connected again by then. */
const CONNECTED_WITHIN_MS = 5_000
const LOOK_EVERY_MS = 100
/** Connections of ours have a name that begins so. */
const OUR_NAME = 'name=exam-rehearsal'

/**
 * A fault of Redis that has hit somebody. What nobody is connected to can be broken without anybody noticing: a backend that
 * reads its address from another variable than it is given passes every one of these faults. So it is felt only when, right
 * before, somebody else than this rehearsal was connected. Where a platform says that it has no Redis nobody is looked for.
 */
export function ofRedisInUse(on: FaultKind['on']): FaultKind['on'] {
  return (target) => {
    const fault = on(target)
    if (!target.usesRedis) return fault
    let isInUse = false
    return {
      ...fault,
      inject: async (limit) => {
        isInUse = await becomesUsed(target, limit)
        await fault.inject(limit)
      },
      wasFelt: async (limit) => {
        const bite = await fault.wasFelt(limit)
        const proof = `${bite.proof}; but nobody except this rehearsal was connected to Redis before: does the backend read the address that it is given? A platform without Redis says so (capabilities.redis)`
        return isInUse ? bite : { felt: false, proof }
      },
    }
  }
}

/** Whether somebody is connected, or will be soon. A backend that another fault has stopped cannot be. */
async function becomesUsed(target: FaultTarget, limit: Deadline): Promise<boolean> {
  if (!(await target.services.backend.isRunning())) return true
  const untilMs = performance.now() + CONNECTED_WITHIN_MS
  for (;;) {
    if (clientsIn(await tellRedis(target, 'CLIENT', 'LIST')) > 0) return true
    if (performance.now() > untilMs) return false
    await sleep(LOOK_EVERY_MS, undefined, { signal: limit.signal })
  }
}

/** Clients that are neither ours nor the one that asks. @param list what `CLIENT LIST` prints: one line a client */
export function clientsIn(list: string): number {
  return list
    .split('\n')
    .filter((line) => line.includes('addr=') && !line.includes('cmd=client') && !line.includes(OUR_NAME)).length
}
