import type { Verdict } from '../verdict.ts'
import { conclude, looksAt, type Observed, touchesFault } from './observed.ts'

/** The check, without its answer. */
export const RESTARTS = {
  id: 'nothing-died-unasked',
  title: 'No process was killed for its memory, and none died or restarted unless a fault did it',
  gate: 'graceful-failure',
} as const

/**
 * Compares each part with itself over time: when it was started, by the engine and by its own word (PostgreSQL's start,
 * Redis' run id, the backend's count of dead workers), and whether the kernel killed a process for memory. A change
 * that happened between two looks is excused only by a fault between them.
 */
export function judgeRestarts(observed: Observed): Verdict {
  const usage = looksAt(observed, 'usage')
  const postgres = looksAt(observed, 'postgres')
  const redis = looksAt(observed, 'redis')
  const backend = looksAt(observed, 'backend')
  const isPublished = observed.unwatched?.includes('backend') !== true
  const found: string[] = []
  const changed = changes(observed)
  const parts = new Set(usage.known.flatMap(({ value }) => Object.keys(value)))
  let silent: string | undefined
  for (const part of parts) {
    const told = usage.known.flatMap(({ timeUs, value }) => {
      const of = value[part]
      if (of !== undefined && 'unknown' in of) silent ??= `${part}: ${of.unknown}`
      return of === undefined || 'unknown' in of ? [] : [{ timeUs, usage: of }]
    })
    const killed = told.find((look) => look.usage.outOfMemoryKilled)
    if (killed !== undefined) found.push(`${part}: the kernel killed a process because its memory was full`)
    if (changed(told, (look) => look.usage.startedAt)) found.push(`${part} was started anew, and no fault did it`)
  }
  if (changed(postgres.known, ({ value }) => value.server_started_at))
    found.push('PostgreSQL says that it started anew')
  if (changed(redis.known, ({ value }) => value.runId)) found.push('Redis says that it is another process')
  if (changed(backend.known, ({ value }) => value.workerExits)) found.push('the backend counts workers that died')
  const gap =
    usage.gap ??
    postgres.gap ??
    redis.gap ??
    (isPublished ? backend.gap : undefined) ??
    (silent === undefined ? undefined : `not every part could tell: ${silent}`) ??
    (parts.size === 0 ? 'no part told anything' : undefined) ??
    (isPublished && backend.known.some(({ value }) => value.workerExits === null)
      ? 'the backend counts no dead workers'
      : undefined)
  return conclude(RESTARTS, found, gap, { counts: { parts: parts.size, looks: usage.known.length } })
}

/** Whether a value changed between two looks without a fault at or between them. */
function changes(observed: Observed) {
  return <Look extends { readonly timeUs: number }>(looks: readonly Look[], of: (look: Look) => unknown): boolean =>
    looks.some((look, position) => {
      const before = looks[position - 1]
      if (before === undefined || of(before) === of(look)) return false
      return !touchesFault(observed.outside, before.timeUs, look.timeUs)
    })
}
