import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks'
import type { Clock } from '../clock.ts'
import type { GeneratorHealth } from '../phase-result.ts'

/** How long one window of judging is (P7, P8). */
export const WINDOW_MS = 10_000

/**
 * The rest of a day that is shorter is no window: in some milliseconds nothing is measured, or a moment's work is all of them,
 * and either makes a window invalid.
 */
export const LEAST_WINDOW_MS = 1_000

/** What a load generator may show and still be believed (P8). */
export const GENERATOR_LIMITS = {
  /** Share of one core: the generator is one thread, or several that are judged each by itself. */
  cpu: 0.8,
  eventLoopDelayP99Ms: 20,
  eventLoopDelayMaxMs: 100,
  eventLoopUtilization: 0.8,
  dispatchLagP99Ms: 20,
  gcPauseMaxMs: 100,
  /** Share of the memory that this process may use. */
  memory: 0.9,
  /**
   * Share of processor time that the hypervisor gave to somebody else. It makes the platform slow, and the generator only
   * when it is late, which is judged by itself: so it excuses (`excuse-crowded.ts`), and spoils nothing that holds.
   */
  steal: 0.05,
} as const

/** Share of windows that may be invalid before nothing can be said about the SLO any more (P8). */
const MAX_INVALID_SHARE = 0.05

/** From so many windows on one may be invalid although 5 % of them is less than one; most of the day is then left. */
const MIN_WINDOWS_TO_LOSE_ONE = 3

/** Invalid windows that a day of so many windows may have. */
export function allowedInvalidWindows(windows: number): number {
  const share = Math.floor(windows * MAX_INVALID_SHARE)
  return windows >= MIN_WINDOWS_TO_LOSE_ONE ? Math.max(1, share) : share
}

/** The generator in one window. null: not measured; a window with an unmeasured figure is invalid. */
export interface GeneratorWindow {
  /** µs since the run's epoch. */
  readonly fromUs: number
  readonly toUs: number
  readonly cpu: number | null
  readonly eventLoopDelayP99Ms: number | null
  readonly eventLoopDelayMaxMs: number | null
  readonly eventLoopUtilization: number | null
  readonly gcPauseMaxMs: number | null
  readonly rssBytes: number | null
  /** Share of the allowed memory. */
  readonly memory: number | null
  /** null where the operating system does not tell; then it excuses nothing. */
  readonly steal: number | null
}

/** Watches this thread while it generates load. */
export interface GeneratorWatch extends Disposable {
  /** End the current window and begin the next. */
  window(): GeneratorWindow
}

/** `monitorEventLoopDelay` reports the time between two ticks, its own interval included (measured: 10.6 ms idle). */
const RESOLUTION_MS = 10

/** Processor time of what generates load so far, µs. */
export type CpuUsage = () => { readonly user: number; readonly system: number }

/**
 * Begin to watch. Dispose of it when the load is over.
 *
 * @param cpuUsage default: of the whole process, with the threads that collect its garbage. Where several threads generate
 *   load that would be the sum of all of them, and each of them asks for its own
 */
export function watchGenerator(clock: Clock, cpuUsage: CpuUsage = () => process.cpuUsage()): GeneratorWatch {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let gcPauseMaxMs = 0
  const note = (pauses: readonly PerformanceEntry[]): void => {
    for (const { duration } of pauses) gcPauseMaxMs = Math.max(gcPauseMaxMs, duration)
  }
  const collections = new PerformanceObserver((list) => note(list.getEntries()))
  collections.observe({ entryTypes: ['gc'] })
  const allowedBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  let fromUs = clock.nowUs()
  let cpu = cpuUsage()
  let utilization = performance.eventLoopUtilization()
  let ticks = readProcessorTicks()

  return {
    window() {
      const toUs = clock.nowUs()
      // Delivered late otherwise, and then counted in the next window.
      note(collections.takeRecords())
      const usage = cpuUsage()
      const now = performance.eventLoopUtilization()
      const nowTicks = readProcessorTicks()
      const rssBytes = process.memoryUsage.rss()
      const hasDelay = delay.count > 0
      const window: GeneratorWindow = {
        fromUs,
        toUs,
        cpu: (usage.user + usage.system - cpu.user - cpu.system) / (toUs - fromUs),
        eventLoopDelayP99Ms: hasDelay ? Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS) : null,
        eventLoopDelayMaxMs: hasDelay ? Math.max(0, delay.max / 1e6 - RESOLUTION_MS) : null,
        eventLoopUtilization: performance.eventLoopUtilization(now, utilization).utilization,
        gcPauseMaxMs,
        rssBytes,
        memory: rssBytes / allowedBytes,
        steal: ticks === null || nowTicks === null ? null : stealBetween(ticks, nowTicks),
      }
      fromUs = toUs
      cpu = usage
      utilization = now
      ticks = nowTicks
      gcPauseMaxMs = 0
      delay.reset()
      return window
    },
    [Symbol.dispose]() {
      delay.disable()
      collections.disconnect()
    },
  }
}

/**
 * Why a window cannot be believed; empty when it can.
 *
 * @param dispatchLagP99Ms of this window; null when nothing was due in it
 * @param socketsExhausted requests that found no socket, port or file handle
 */
export function windowProblems(
  window: GeneratorWindow,
  dispatchLagP99Ms: number | null,
  socketsExhausted: number,
): readonly string[] {
  const problems: string[] = []
  const judge = (name: string, seen: number | null, limit: number, unit: string): void => {
    // NaN is above no limit.
    if (seen === null || Number.isNaN(seen)) problems.push(`${name} was not measured`)
    else if (seen > limit) problems.push(`${name} ${print(seen)}${unit}, allowed ${print(limit)}${unit}`)
  }
  judge('CPU', share(window.cpu), GENERATOR_LIMITS.cpu * 100, ' %')
  judge('event-loop delay p99', window.eventLoopDelayP99Ms, GENERATOR_LIMITS.eventLoopDelayP99Ms, ' ms')
  judge('event-loop delay max', window.eventLoopDelayMaxMs, GENERATOR_LIMITS.eventLoopDelayMaxMs, ' ms')
  judge('event-loop utilization', share(window.eventLoopUtilization), GENERATOR_LIMITS.eventLoopUtilization * 100, ' %')
  judge('GC pause max', window.gcPauseMaxMs, GENERATOR_LIMITS.gcPauseMaxMs, ' ms')
  judge('memory', share(window.memory), GENERATOR_LIMITS.memory * 100, ' %')
  if (dispatchLagP99Ms !== null) judge('dispatch lag p99', dispatchLagP99Ms, GENERATOR_LIMITS.dispatchLagP99Ms, ' ms')
  if (socketsExhausted > 0) problems.push(`${socketsExhausted} requests found no socket, port or file handle`)
  return problems
}

/**
 * The same window of several threads: the worst of each reading, because one thread that is late makes its candidates
 * late. Not measured in one of them is not measured.
 *
 * @throws TypeError without any window
 */
export function worstOfThreads(windows: readonly GeneratorWindow[]): GeneratorWindow {
  if (windows.length === 0) throw new TypeError('a window of no thread')
  const worst = (reading: (window: GeneratorWindow) => number | null): number | null => {
    const seen = windows.map(reading)
    return seen.includes(null) ? null : Math.max(...(seen as number[]))
  }
  return {
    fromUs: Math.min(...windows.map(({ fromUs }) => fromUs)),
    toUs: Math.max(...windows.map(({ toUs }) => toUs)),
    cpu: worst(({ cpu }) => cpu),
    eventLoopDelayP99Ms: worst(({ eventLoopDelayP99Ms }) => eventLoopDelayP99Ms),
    eventLoopDelayMaxMs: worst(({ eventLoopDelayMaxMs }) => eventLoopDelayMaxMs),
    eventLoopUtilization: worst(({ eventLoopUtilization }) => eventLoopUtilization),
    gcPauseMaxMs: worst(({ gcPauseMaxMs }) => gcPauseMaxMs),
    rssBytes: worst(({ rssBytes }) => rssBytes),
    memory: worst(({ memory }) => memory),
    steal: worst(({ steal }) => steal),
  }
}

/** One judged window, as {@link summariseGenerator} reads it. */
export interface JudgedWindow {
  readonly generator: GeneratorWindow
  readonly dispatchLagP99Ms: number | null
  readonly problems: readonly string[]
}

/** The generator over all its windows: the worst of each figure. No window is `unknown`. */
export function summariseGenerator(windows: readonly JudgedWindow[]): GeneratorHealth {
  const worst = (figure: (window: JudgedWindow) => number | null): number | null => {
    const seen = windows.map(figure).filter((value) => value !== null)
    return seen.length === 0 ? null : Math.max(...seen)
  }
  const invalid = windows.filter(({ problems }) => problems.length > 0)
  const reasons = [...new Set(invalid.flatMap(({ problems }) => problems.slice(0, 1)))].slice(0, 5)
  return {
    cpu: worst(({ generator }) => generator.cpu),
    eventLoopDelayP99Ms: worst(({ generator }) => generator.eventLoopDelayP99Ms),
    eventLoopDelayMaxMs: worst(({ generator }) => generator.eventLoopDelayMaxMs),
    dispatchLagP99Ms: worst(({ dispatchLagP99Ms }) => dispatchLagP99Ms),
    rssBytes: worst(({ generator }) => generator.rssBytes),
    valid: windows.length === 0 ? 'unknown' : invalid.length <= allowedInvalidWindows(windows.length),
    reasons: windows.length === 0 ? ['the generator was not watched'] : reasons,
  }
}

interface ProcessorTicks {
  readonly total: number
  readonly steal: number
}

/** First line of /proc/stat; null where there is none. Field 8 is steal (proc(5)). */
function readProcessorTicks(): ProcessorTicks | null {
  let text: string
  try {
    text = readFileSync('/proc/stat', 'utf8')
  } catch {
    // Not Linux: steal is not measured, and windowProblems does not judge it.
    return null
  }
  const fields = (text.split('\n', 1)[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number)
  const steal = fields[7]
  return steal === undefined ? null : { total: fields.reduce((sum, value) => sum + value, 0), steal }
}

function stealBetween(before: ProcessorTicks, after: ProcessorTicks): number | null {
  const total = after.total - before.total
  return total <= 0 ? null : (after.steal - before.steal) / total
}

function share(value: number | null): number | null {
  return value === null ? null : value * 100
}

function print(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1)
}
