import type { RunVerdict } from '../helpers/run-verdict.ts'
import { formatMeasured } from './figures.ts'

type Comparison = NonNullable<RunVerdict['comparison']>

/** Figures of two machines that are put side by side: those that differ most. */
const SIDE_BY_SIDE = 12

/** One change, as every rendering shows it; plain text, not escaped. */
export interface ChangeLine {
  readonly change: 'worse' | 'better' | 'not comparable'
  readonly phase: string
  readonly label: string
  readonly before: string
  readonly now: string
}

/** How the comparison came out, in one sentence. */
export function comparisonWords(comparison: Comparison): string {
  const { baseline, reason, rows, worse, better, notComparable = [] } = comparison
  if (baseline === null) return `Not compared: ${reason}.`
  if (notComparable.length > 0) {
    const shown = changeLines(comparison).length
    const beside = shown === 0 ? '' : ` Side by side: ${shown} of ${rows.length} numbers, those that differ most.`
    return `Not comparable with ${baseline.runId} (${baseline.verdict}), so nothing is better or worse: ${notComparable.join('; ')}.${beside}`
  }
  const unknown = rows.filter(({ change }) => change === 'unknown').length
  const nothing = unknown === rows.length ? 'none could be compared' : 'nothing differs beyond the noise'
  const told = worse + better === 0 ? nothing : `${worse} worse, ${better} better`
  const rest = unknown === 0 ? '' : `, ${unknown} not measured in one of the two`
  return `Compared with ${baseline.runId} (${baseline.verdict}): of ${rows.length} numbers ${told}${rest}.`
}

/**
 * What got worse and then what got better; what is within the noise is not listed. Of runs that cannot be compared, the
 * figures that differ most, without a word on which is better.
 */
export function changeLines({ rows }: Comparison): readonly ChangeLine[] {
  const line = (change: ChangeLine['change']) => (row: Comparison['rows'][number]) => ({
    ...{ change, phase: row.phase, label: row.label },
    ...{ before: formatMeasured(row.before, row.unit), now: formatMeasured(row.now, row.unit) },
  })
  return [
    ...rows.filter(({ change }) => change === 'worse').map(line('worse')),
    ...rows.filter(({ change }) => change === 'better').map(line('better')),
    ...rows
      .filter(({ change, before, now }) => change === 'not-comparable' && before !== now)
      .toSorted((one, other) => apart(other) - apart(one))
      .slice(0, SIDE_BY_SIDE)
      .map(line('not comparable')),
  ]
}

/** How many times the larger is the smaller. What was 0, or is not on record, is as far from anything as can be. */
function apart({ before, now }: Comparison['rows'][number]): number {
  if (before === null || now === null) return Number.POSITIVE_INFINITY
  return Math.max(before, now) / Math.min(before, now)
}
