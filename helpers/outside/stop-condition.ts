import type { Completion } from '../history/operation.ts'
import type { Recorder } from '../history/recorder.ts'
import { startsAtOnce } from '../history/starts-at-once.ts'

const WINDOW_US = 10_000_000
/** Fewer say nothing about a share. */
const LEAST = 20
/** Refusals that a platform gives that is well. */
const EXPECTED: ReadonlySet<string> = new Set(['success', 'superseded', 'session-closed', 'exam-not-open'])
const TOKEN_EXPIRED = 'TOKEN_EXPIRED'

/**
 * A recorder that passes everything on, and calls `onReached` once, with the reason in words, when of the requests that
 * were answered in the last 10 s, 20 at least, more than `errorRate` (0..1) failed. A refusal that belongs to the game is no
 * failure; turning somebody away (429) is one, because it asks for less load.
 */
export function stopCondition(recorder: Recorder, errorRate: number, onReached: (reason: string) => void): Recorder {
  const recent: { readonly timeUs: number; readonly failed: boolean }[] = []
  let failed = 0
  let reached = false
  const starts = startsAtOnce()
  const count = (completion: Omit<Completion, 'index'>): void => {
    const isSentAway = starts.ended(completion)
    const failure = isFailure(completion) && !isSentAway
    recent.push({ timeUs: completion.timeUs, failed: failure })
    if (failure) failed += 1
    while (recent[0] !== undefined && recent[0].timeUs < completion.timeUs - WINDOW_US) {
      if (recent.shift()?.failed === true) failed -= 1
    }
    if (reached || recent.length < LEAST || failed <= errorRate * recent.length) return
    reached = true
    onReached(
      `the day was ended by its stop condition: ${failed} of ${recent.length} requests within 10 s failed, ${(errorRate * 100).toFixed(0)} % are borne (external.stopErrorRate)`,
    )
  }
  return {
    invoke(invocation) {
      const index = recorder.invoke(invocation)
      starts.sent(index, invocation)
      return index
    },
    complete(completion) {
      recorder.complete(completion)
      count(completion)
    },
  }
}

function isFailure({ type, reason, errorCode }: Omit<Completion, 'index'>): boolean {
  return type !== 'ok' && !EXPECTED.has(reason) && errorCode !== TOKEN_EXPIRED
}
