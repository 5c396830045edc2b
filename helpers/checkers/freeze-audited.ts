import type { FreezeChecker } from '../freeze/freeze-case.ts'
import { isAcknowledged, tellStory } from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'

type Line = Readonly<Record<string, unknown>>

/**
 * Every toggle that was acknowledged and every operation that was refused is in the log: by whom, and why or what, under
 * the request id that was sent.
 */
export const freezeAudited: FreezeChecker = {
  id: 'freeze-audited',
  title: 'Every toggle and every refusal of the freeze is in the log, with who asked and why',
  gate: 'audit-logs',
  judge({ contract, records, log }) {
    const { auditEvents, refusal, propagationMs } = contract
    const story = tellStory(records.records, propagationMs)
    if (log === null) return conclude(this, [], 'the log of the backend could not be read', { counts: {} })
    const lines = readLines(log)
    const found: string[] = []
    const toggles = story.toggles.filter(isAcknowledged)
    const refusals = story.probes.filter(
      ({ status, errorCode }) => status === refusal.status && errorCode === refusal.errorCode,
    )
    const actor = story.header?.actor
    for (const { requestId, enabled, reason } of toggles) {
      const line = lines.get(`${auditEvents.toggled} ${requestId}`)
      const what = `the toggle to ${enabled} (request ${requestId})`
      if (line === undefined) found.push(`${what} is not in the log`)
      else if (line.actor_id !== actor) found.push(`${what} is logged without who did it`)
      else if (line.reason !== reason || line.enabled !== enabled)
        found.push(`${what} is logged with another reason or state`)
    }
    for (const { requestId, operation } of refusals) {
      const line = lines.get(`${auditEvents.blocked} ${requestId}`)
      const what = `the refusal of ${operation} (request ${requestId})`
      if (line === undefined) found.push(`${what} is not in the log`)
      else if (line.actor_id !== actor) found.push(`${what} is logged without who asked`)
      else if (typeof line.operation !== 'string' || line.operation === '')
        found.push(`${what} is logged without what was asked for`)
    }
    const gap =
      actor === undefined || toggles.length === 0 || refusals.length === 0
        ? `there is nothing to look for: ${toggles.length} toggles, ${refusals.length} refusals`
        : undefined
    // A log of other things alone is a log; an empty one is not.
    const isEmpty = log.trim() === ''
    return conclude(this, isEmpty ? [] : found, isEmpty ? 'the log of the backend is empty' : gap, {
      counts: { toggles: toggles.length, refusals: refusals.length, logLines: lines.size },
    })
  },
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
