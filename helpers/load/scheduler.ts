import type { Clock } from '../clock.ts'

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
  /** Told when its time has come; a wait, too, when its signal is aborted. */
  readonly task: (dueUs: number, aborted?: true) => void
  readonly signal: AbortSignal | null
  isWaiting: boolean
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
  const heap: Heap = { dues: [], entries: [] }
  const listeners = new Map<AbortSignal, () => void>()
  let heard: AbortSignal | undefined
  let order = 0
  let waiting = 0
  let armed: { dueUs: number; cancel: () => void } | undefined
  let running = false
  let disposed = false

  const arm = (): void => {
    if (running || disposed) return
    const next = heap.entries[0]
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
      let next = heap.entries[0]
      let nowUs = clock.nowUs()
      while (next !== undefined && (!next.isWaiting || next.dueUs <= nowUs)) {
        pop(heap)
        if (next.isWaiting) {
          waiting -= 1
          next.isWaiting = false
          onDispatch?.(next.dueUs, Math.max(0, nowUs - next.dueUs))
          next.task(next.dueUs)
          nowUs = clock.nowUs()
        }
        next = heap.entries[0]
      }
    } finally {
      running = false
      arm()
    }
  }

  const add = (dueUs: number, task: Entry['task'], signal: AbortSignal | null): Entry => {
    const entry: Entry = { dueUs, order: order++, task, signal, isWaiting: true }
    push(heap, entry)
    waiting += 1
    arm()
    return entry
  }

  /**
   * A signal looks through all its listeners with each that is added or removed: with thousands of candidates who wait on
   * one signal this was 42 % of the generator's time (measured at 3000 requests a second). So it has one listener, which
   * looks through the heap.
   */
  const listenTo = (signal: AbortSignal): void => {
    if (heard === signal || listeners.has(signal)) return
    heard = signal
    const onAbort = (): void => {
      const aborted = heap.entries.filter((entry) => entry.isWaiting && entry.signal === signal)
      for (const entry of aborted.toSorted((one, other) => one.order - other.order)) {
        waiting -= 1
        entry.isWaiting = false
        entry.task(entry.dueUs, true)
      }
    }
    listeners.set(signal, onAbort)
    signal.addEventListener('abort', onAbort, { once: true })
  }

  return {
    at(dueUs, task) {
      const entry = add(dueUs, task, null)
      return {
        cancel() {
          if (!entry.isWaiting) return
          entry.isWaiting = false
          waiting -= 1
        },
      }
    },
    until(dueUs, signal) {
      if (signal.aborted) return Promise.resolve(false)
      // Without the alarm clock: whoever does not think goes on at once, while what they were told is still in the cache.
      const nowUs = clock.nowUs()
      if (dueUs <= nowUs) {
        onDispatch?.(dueUs, nowUs - dueUs)
        return Promise.resolve(true)
      }
      listenTo(signal)
      return new Promise((resolve) => {
        add(dueUs, (_dueUs, aborted) => resolve(aborted !== true), signal)
      })
    },
    nowUs: () => clock.nowUs(),
    get size() {
      return waiting
    },
    [Symbol.dispose]() {
      disposed = true
      for (const [signal, onAbort] of listeners) signal.removeEventListener('abort', onAbort)
      listeners.clear()
      heard = undefined
      armed?.cancel()
      armed = undefined
      heap.dues.length = 0
      heap.entries.length = 0
      waiting = 0
    },
  }
}

/**
 * A binary heap: earlier first, and of two at the same time the one that was scheduled first. The times stand in a list of
 * their own, close together: where thousands wait, each look into an entry is one at memory that is not in the cache.
 */
interface Heap {
  readonly dues: number[]
  readonly entries: Entry[]
}

function isBefore({ dues, entries }: Heap, one: number, other: number): boolean {
  const dueUs = dues[one] as number
  const otherUs = dues[other] as number
  return dueUs < otherUs || (dueUs === otherUs && (entries[one] as Entry).order < (entries[other] as Entry).order)
}

function swap({ dues, entries }: Heap, one: number, other: number): void {
  const dueUs = dues[one] as number
  const entry = entries[one] as Entry
  dues[one] = dues[other] as number
  entries[one] = entries[other] as Entry
  dues[other] = dueUs
  entries[other] = entry
}

function push(heap: Heap, entry: Entry): void {
  let at = heap.entries.length
  heap.dues.push(entry.dueUs)
  heap.entries.push(entry)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(heap, at, parent)) break
    swap(heap, at, parent)
    at = parent
  }
}

function pop(heap: Heap): void {
  const last = heap.entries.length - 1
  swap(heap, 0, last)
  heap.dues.pop()
  heap.entries.pop()
  let at = 0
  while (true) {
    let child = 2 * at + 1
    if (child >= last) break
    if (child + 1 < last && isBefore(heap, child + 1, child)) child += 1
    if (!isBefore(heap, child, at)) break
    swap(heap, child, at)
    at = child
  }
}
