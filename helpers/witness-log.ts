import type { CapturedLog } from './observability/request-log.ts'
import type { Verdict, Violation } from './verdict.ts'

/**
 * Verdicts with, beside each violation, what the backend logged of the requests that prove it: one line a request, in
 * the same order, so that it is as bounded as the operations are. Where the log could not be had nothing is said.
 */
export function withLogLines(verdicts: readonly Verdict[], captured: CapturedLog): readonly Verdict[] {
  if (!captured.known) return verdicts
  const { requests } = captured.log
  const ofRequest = (id: string): string => {
    const logged = requests.get(id)
    if (logged === undefined) return `request ${id} is not in the log`
    const { method, route, status, durationMs, userId } = logged
    return `request ${id}: ${method} ${route} ${status} after ${durationMs} ms, user ${userId ?? 'unknown'}`
  }
  const ofViolation = (violation: Violation): Violation =>
    violation.requestIds.length === 0 ? violation : { ...violation, logLines: violation.requestIds.map(ofRequest) }
  return verdicts.map((verdict) =>
    verdict.examples.length === 0 ? verdict : { ...verdict, examples: verdict.examples.map(ofViolation) },
  )
}
