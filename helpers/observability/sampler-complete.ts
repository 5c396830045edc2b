import type { Verdict } from '../verdict.ts'
import { looksAt, type Observed } from './observed.ts'
import { SOURCE_NAMES } from './sample.ts'

/** The check, without its answer. */
export const SAMPLER_COMPLETE = {
  id: 'sampler-complete',
  title: 'Database, Redis, backend and machine were watched all the time',
  gate: 'evidence-complete',
} as const

/** What one look at the work of the database is made of; where candidates were, none of it is empty. */
const PARTS_OF_WORK = ['database', 'tables', 'statements', 'sessions'] as const

/**
 * Every source answered nearly every look that was due outside faults, and everything was written down. Never false: a
 * blind watcher says nothing about the platform.
 */
export function judgeSampler(observed: Observed): Verdict {
  const counts: Record<string, number> = {}
  const gaps: string[] = []
  for (const name of SOURCE_NAMES) {
    if (observed.unwatched?.includes(name) === true) continue
    const looks = looksAt(observed, name)
    counts[`${name}:known`] = looks.known.length
    counts[`${name}:failed`] = looks.failed
    counts[`${name}:due`] = looks.due
    if (looks.gap !== undefined) gaps.push(looks.gap)
  }
  const silent = looksAt(observed, 'usage').known.flatMap(({ value }) =>
    Object.entries(value).flatMap(([part, usage]) => ('unknown' in usage ? [`${part}: ${usage.unknown}`] : [])),
  )
  const work = observed.sampled.samples['postgres-work'].findLast(({ value }) => value !== null)?.value
  // A stage that nobody has used has statements and tables, but no session to count.
  const parts = observed.steps.length === 0 ? PARTS_OF_WORK.filter((part) => part !== 'sessions') : PARTS_OF_WORK
  const empty = parts.filter((part) => work?.[part].length === 0)
  if (empty.length > 0) gaps.push(`postgres-work told nothing of: ${empty.join(', ')}`)
  if (silent[0] !== undefined) gaps.push(`not every part told what it uses: ${silent[0]}`)
  if (observed.sampled.unwritten !== undefined) gaps.push(`samples could not be written: ${observed.sampled.unwritten}`)
  return {
    ...SAMPLER_COMPLETE,
    valid: gaps.length === 0 ? true : 'unknown',
    counts,
    violations: 0,
    examples: [],
    ...(gaps.length === 0 ? {} : { reason: gaps.join('; ') }),
  }
}
