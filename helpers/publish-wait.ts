import type { Progress } from './progress.ts'

const EVERY_MS = 1_000

/**
 * Say once a second that the load is over and the last sessions run out, for whoever watches: at night that takes minutes, and
 * silence looks like a rehearsal that hangs.
 *
 * @param last what was published of the load
 * @param waitMs how long it will take
 * @returns to be disposed of when it is over
 */
export function publishWait(publish: (progress: Progress) => void, last: Progress, waitMs: number): Disposable {
  const overMs = performance.now() + waitMs
  const say = () =>
    publish({
      ...last,
      step: 'until the last session is closed',
      operationsPerSecond: 0,
      p95Ms: null,
      activeFaults: [],
      secondsLeft: Math.max(0, Math.round((overMs - performance.now()) / 1_000)),
    })
  say()
  const timer = setInterval(say, EVERY_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
