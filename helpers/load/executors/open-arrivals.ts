import type { Executor, Offered } from '../executor.ts'

export interface Arrival {
  readonly participant: number
  /** After the start of the day. */
  readonly atMs: number
}

/** What a participant does on one arrival. `intendedUs` is when the plan wanted it, also if it had to wait. */
export type OnArrival = (participant: number, intendedUs: number) => Promise<void>

/** Arrivals of one participant that may wait for it to become free; what comes on top is dropped and counted. */
const DEFAULT_MAX_WAITING = 1_000

/**
 * Open model: arrivals come when the plan says, however slow the answers are. A participant does one thing at a time,
 * so an arrival that finds its participant busy waits, and keeps its intended time: this is what makes a stall of the
 * backend visible in full length (P2, P3).
 */
export function openArrivals(options: {
  readonly label: string
  readonly arrivals: readonly Arrival[]
  readonly maxWaiting?: number
}): Executor<OnArrival> {
  const { label, arrivals, maxWaiting = DEFAULT_MAX_WAITING } = options
  return {
    model: 'open',
    describe() {
      const times = arrivals.map(({ atMs }) => atMs)
      const spanMs = times.length === 0 ? 0 : Math.max(...times) - Math.min(...times)
      return `${label}: ${arrivals.length} arrivals over ${(spanMs / 1_000).toFixed(1)} s, on time whether or not earlier ones are answered`
    },
    run({ scheduler, originUs, signal }, onArrival) {
      return new Promise<Offered>((resolve, reject) => {
        const waiting = new Map<number, number[]>()
        let started = 0
        let finished = 0
        let dropped = 0
        let failed = false
        const settle = (): void => {
          if (failed || finished + dropped < arrivals.length) return
          signal.removeEventListener('abort', onAbort)
          resolve({ planned: arrivals.length, started, finished, dropped })
        }
        const fail = (error: unknown): void => {
          failed = true
          onAbort()
          signal.removeEventListener('abort', onAbort)
          reject(error)
        }
        const start = (participant: number, dueUs: number): void => {
          started += 1
          onArrival(participant, dueUs).then(() => {
            finished += 1
            const next = waiting.get(participant)?.shift()
            if (next === undefined) waiting.delete(participant)
            else start(participant, next)
            settle()
          }, fail)
        }
        const scheduled = arrivals.map(({ participant, atMs }) =>
          scheduler.at(originUs + atMs * 1_000, (dueUs) => {
            due += 1
            const queue = waiting.get(participant)
            if (queue === undefined) {
              waiting.set(participant, [])
              start(participant, dueUs)
            } else if (queue.length < maxWaiting) {
              queue.push(dueUs)
            } else {
              dropped += 1
              settle()
            }
          }),
        )
        let due = 0
        const onAbort = (): void => {
          for (const task of scheduled) task.cancel()
          dropped += arrivals.length - due
          due = arrivals.length
          for (const queue of waiting.values()) dropped += queue.splice(0).length
          settle()
        }
        if (signal.aborted) onAbort()
        else signal.addEventListener('abort', onAbort, { once: true })
        settle()
      })
    },
  }
}
