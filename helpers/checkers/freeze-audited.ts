import type { Epoch } from '../clock.ts'
import type { FreezeChecker } from '../freeze/freeze-case.ts'
import { isAcknowledged, tellStory } from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'
import { notJudged } from '../platform/not-judged.ts'

type Line = Readonly<Record<string, unknown>>

const NOBODY_KNOWS =
  'the access token of the administrator is no JWT with a `sub`: every line is there, but nobody knows whom it must name'

/**
 * Every toggle that was acknowledged and every operation that was refused is in the log: by whom, and why or what, under
 * the request id that was sent. What was asked for before the first line of the log is unknown, never missing: engines that
 * rotate logs drop the oldest lines first. Where nobody knows whom the lines must name they must name somebody, and that it was
 * the right one is not judged.
 */
export const freezeAudited: FreezeChecker = {
  id: 'freeze-audited',
  title: 'Every toggle and every refusal of the freeze is in the log, with who asked and why',
  gate: 'audit-logs',
  judge({ contract, records, log, epoch }) {
    const { auditEvents, refusal, propagationMs } = contract
    const story = tellStory(records.records, propagationMs)
    if (log === null) return conclude(this, [], 'the log of the backend could not be read', { counts: {} })
    const lines = readLines(log)
    const found: string[] = []
    const beginsUs = beginOf(log, epoch)
    let dropped: string | undefined
    const toggles = story.toggles.filter(isAcknowledged)
    const refusals = story.probes.filter(
      ({ status, errorCode }) => status === refusal.status && errorCode === refusal.errorCode,
    )
    const actor = story.header?.actor
    for (const { requestId, enabled, reason, invokeUs } of toggles) {
      const line = lines.get(`${auditEvents.toggled} ${requestId}`)
      const what = `the toggle to ${enabled} (request ${requestId})`
      if (line === undefined && invokeUs < beginsUs) dropped ??= what
      else if (line === undefined) found.push(`${what} is not in the log`)
      else if (!names(line, actor)) found.push(`${what} is logged without who did it`)
      else if (line.reason !== reason || line.enabled !== enabled)
        found.push(`${what} is logged with another reason or state`)
    }
    for (const { requestId, operation, invokeUs } of refusals) {
      const line = lines.get(`${auditEvents.blocked} ${requestId}`)
      const what = `the refusal of ${operation} (request ${requestId})`
      if (line === undefined && invokeUs < beginsUs) dropped ??= what
      else if (line === undefined) found.push(`${what} is not in the log`)
      else if (!names(line, actor)) found.push(`${what} is logged without who asked`)
      else if (typeof line.operation !== 'string' || line.operation === '')
        found.push(`${what} is logged without what was asked for`)
    }
    const gap =
      actor === undefined || toggles.length === 0 || refusals.length === 0
        ? `there is nothing to look for: ${toggles.length} toggles, ${refusals.length} refusals`
        : dropped === undefined
          ? undefined
          : `the log does not reach back to ${dropped}: the engine has dropped its beginning`
    // A log of other things alone is a log; an empty one is not.
    const isEmpty = log.trim() === ''
    const verdict = conclude(this, isEmpty ? [] : found, isEmpty ? 'the log of the backend is empty' : gap, {
      counts: { toggles: toggles.length, refusals: refusals.length, logLines: lines.size },
    })
    return verdict.valid === true && actor === null ? notJudged(this, NOBODY_KNOWS) : verdict
  },
}

/** Whether a line says who it was; null: whoever that was, it must be somebody. */
function names({ actor_id }: Line, actor: string | null | undefined): boolean {
  return actor === null
    ? typeof actor_id === 'number' || (typeof actor_id === 'string' && actor_id !== '')
    : actor_id === actor
}

/** When the first line that has a time was written, µs since the epoch; no line has one: it may hold everything. */
function beginOf(log: string, epoch: Epoch | undefined): number {
  if (epoch === undefined) return Number.NEGATIVE_INFINITY
  let from = 0
  while (from < log.length) {
    const end = log.indexOf('\n', from)
    const text = log.slice(from, end < 0 ? undefined : end)
    const { time } = parse(text) ?? {}
    const timeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN
    if (!Number.isNaN(timeMs)) return (timeMs - Date.parse(epoch.wall)) * 1_000
    if (end < 0) break
    from = end + 1
  }
  return Number.NEGATIVE_INFINITY
}

/** Lines with an event and a request id, by both. */
function readLines(log: string): ReadonlyMap<string, Line> {
  const lines = new Map<string, Line>()
  for (const text of log.split('\n')) {
    // A log of a long day is large; only what may be meant is parsed.
    if (!text.includes('"request_id"') || text.includes('"event":"request"')) continue
    const line = parse(text)
    if (line !== undefined) lines.set(`${line.event} ${line.request_id}`, line)
  }
  return lines
}

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text.slice(text.indexOf('{'))) as Line
  } catch {
    // A line that a crash has cut off is found missing.
    return undefined
  }
}
