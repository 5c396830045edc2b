import type { Clock } from '../clock.ts'
import { createAbortWaits } from './abort-waits.ts'

/** Where a scheduler gets its wake-ups from; a test passes a fake one. */
export interface Timers {
  /** Call `wake` once, not before `delayMs`. Returns how to take it back. */
  set(delayMs: number, wake: () => void): () => void
}

/** `setTimeout`. It may be late by a millisecond; the scheduler measures that. */
export const realTimers: Timers = {
  set(delayMs, wake) {
    const timer = setTimeout(wake, delayMs)
    return () => clearTimeout(timer)
  },
}

/**
 * One alarm clock for everybody. One heap and one timer: a timer per candidate costs half as much memory again and has
 * a worse tail, and a 1 ms wheel is no better (both measured).
 */
export interface Scheduler extends Disposable {
  /** Call `task` at `dueUs` (µs since the run's epoch), or as soon as possible when that is past. */
  at(dueUs: number, task: (dueUs: number) => void): Scheduled
  /** Resolve at `dueUs` with true, or with false as soon as `signal` is aborted. */
  until(dueUs: number, signal: AbortSignal): Promise<boolean>
  nowUs(): number
  /** Tasks that wait. */
  readonly size: number
}

export interface Scheduled {
  cancel(): void
}

interface Entry {
  readonly dueUs: number
  readonly order: number
  task: ((dueUs: number) => void) | null
}

/** Longest single sleep; `setTimeout` overflows at 2^31 ms. */
const MAX_SLEEP_MS = 3_600_000

/**
 * @param options.onDispatch told of every task with how late it was started, µs: the generator's own share of a
 *   latency, which must never be read as the backend's
 */
export function createScheduler(options: {
  readonly clock: Clock
  readonly timers?: Timers
  readonly onDispatch?: (dueUs: number, lagUs: number) => void
}): Scheduler {
  const { clock, timers = realTimers, onDispatch } = options
  const heap: Entry[] = []
  const aborts = createAbortWaits()
  let order = 0
  let waiting = 0
  let armed: { dueUs: number; cancel: () => void } | undefined
  let running = false
  let disposed = false

  const arm = (): void => {
    if (running || disposed) return
    const next = heap[0]
    if (armed !== undefined && armed.dueUs === next?.dueUs) return
    armed?.cancel()
    armed = undefined
    if (next === undefined) return
    // Rounded up, because waking early would mean to go to sleep again.
    const delayMs = Math.min(MAX_SLEEP_MS, Math.max(0, Math.ceil((next.dueUs - clock.nowUs()) / 1_000)))
    armed = { dueUs: next.dueUs, cancel: timers.set(delayMs, wake) }
  }

  const wake = (): void => {
    armed = undefined
    running = true
    try {
      let next = heap[0]
      while (next !== undefined && (next.task === null || next.dueUs <= clock.nowUs())) {
        pop(heap)
        if (next.task !== null) {
          waiting -= 1
          const { task } = next
          next.task = null
          onDispatch?.(next.dueUs, Math.max(0, clock.nowUs() - next.dueUs))
          task(next.dueUs)
        }
        next = heap[0]
      }
    } finally {
      running = false
      arm()
    }
  }

  const at = (dueUs: number, task: (dueUs: number) => void): Scheduled => {
    const entry: Entry = { dueUs, order: order++, task }
    push(heap, entry)
    waiting += 1
    arm()
    return {
      cancel() {
        if (entry.task === null) return
        entry.task = null
        waiting -= 1
      },
    }
  }

  return {
    at,
    until(dueUs, signal) {
      if (signal.aborted) return Promise.resolve(false)
      return new Promise((resolve) => {
        const scheduled = at(dueUs, () => {
          forget()
          resolve(true)
        })
        const forget = aborts.add(signal, () => {
          scheduled.cancel()
          resolve(false)
        })
      })
    },
    nowUs: () => clock.nowUs(),
    get size() {
      return waiting
    },
    [Symbol.dispose]() {
      disposed = true
      aborts[Symbol.dispose]()
      armed?.cancel()
      armed = undefined
      heap.length = 0
      waiting = 0
    },
  }
}

/** Earlier first; of two at the same time, the one that was scheduled first. */
function before(one: Entry, other: Entry): boolean {
  return one.dueUs < other.dueUs || (one.dueUs === other.dueUs && one.order < other.order)
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length
  heap.push(entry)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] as Entry
    if (!before(entry, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = entry
}

function pop(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  while (true) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1
    const below = heap[child] as Entry
    if (!before(below, last)) break
    heap[at] = below
    at = child
  }
  heap[at] = last
}
