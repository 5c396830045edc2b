import type { Clock } from '../../clock.ts'
import type { Timers } from '../scheduler.ts'

/** A clock that only moves when told to, for tests that must not wait. */
export interface VirtualTime {
  readonly clock: Clock
  readonly timers: Timers
  /** Wake-ups that are set. */
  readonly armed: number
  /** Move on by `ms`, waking whatever is due on the way, in order, and letting promises settle in between. */
  advance(ms: number): Promise<void>
}

export function virtualTime(): VirtualTime {
  let nowUs = 0
  let order = 0
  const alarms = new Map<number, { readonly atUs: number; readonly wake: () => void }>()
  const settle = async (): Promise<void> => {
    // Each macrotask runs all promise reactions before it; three cover chains through stream callbacks.
    for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    clock: { nowUs: () => nowUs },
    timers: {
      set(delayMs, wake) {
        const id = order++
        alarms.set(id, { atUs: nowUs + delayMs * 1_000, wake })
        return () => alarms.delete(id)
      },
    },
    get armed() {
      return alarms.size
    },
    async advance(ms) {
      const untilUs = nowUs + ms * 1_000
      await settle()
      while (true) {
        let next: [number, { readonly atUs: number; readonly wake: () => void }] | undefined
        for (const alarm of alarms)
          if (alarm[1].atUs <= untilUs && (!next || alarm[1].atUs < next[1].atUs)) next = alarm
        if (next === undefined) break
        alarms.delete(next[0])
        nowUs = Math.max(nowUs, next[1].atUs)
        next[1].wake()
        await settle()
      }
      nowUs = untilUs
      await settle()
    },
  }
}
