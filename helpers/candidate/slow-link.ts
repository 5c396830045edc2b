import type { Scheduler } from '../load/scheduler.ts'
import type { Connection } from './connection.ts'

/**
 * A connection over a network that takes its time in each direction: the candidate's own, and not the platform's. What
 * the candidate measures contains it, as it would at home.
 *
 * @param options.cut aborted: nobody waits any longer
 */
export function overSlowNetwork(
  connection: Connection,
  options: { readonly delayMs: number; readonly scheduler: Scheduler; readonly cut: AbortSignal },
): Connection {
  const { delayMs, scheduler, cut } = options
  const travel = (): Promise<boolean> => scheduler.until(scheduler.nowUs() + delayMs * 1_000, cut)
  return {
    open: () => connection.open(),
    async send(call, sending) {
      await travel()
      const exchange = await connection.send(call, sending)
      await travel()
      return exchange
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
