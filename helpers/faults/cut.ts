import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, FaultTarget } from './fault.ts'
import { type HeldConnection, holdConnection } from './look.ts'
import { untilBack } from './not-mended.ts'
import { switchProxy } from './toxic.ts'

/** A cut is seen on the next turn of the network; this is for a busy machine. */
const CUT_SEEN_MS = 200

/**
 * Cut every connection through a proxy at the same instant, by closing the proxy and opening it again. (`reset_peer`
 * would only cut connections that say something.) Felt: a connection that was held open is closed.
 */
export function cutConnections(target: FaultTarget, part: 'redis' | 'backend'): Fault {
  const proxy = target.proxies[part]
  let held: HeldConnection | undefined
  return {
    inject: async () => {
      held = await holdConnection(target, part)
      await switchProxy(proxy, false)
      await switchProxy(proxy, true)
    },
    wasFelt: async () => {
      await sleep(CUT_SEEN_MS)
      const felt = held !== undefined && !held.isOpen
      return { felt, proof: `a connection held open through the proxy ${felt ? 'was cut' : 'is still open'}` }
    },
    heal: async (limit) => {
      held?.[Symbol.dispose]()
      await switchProxy(proxy, true)
      await untilBack(target, part, limit)
    },
  }
}
