import type { RunVerdict } from '../helpers/run-verdict.ts'
import { formatMeasured } from './figures.ts'

type Comparison = NonNullable<RunVerdict['comparison']>

/** One change, as every rendering shows it; plain text, not escaped. */
export interface ChangeLine {
  readonly change: 'worse' | 'better'
  readonly phase: string
  readonly label: string
  readonly before: string
  readonly now: string
}

/** How the comparison came out, in one sentence. */
export function comparisonWords({ baseline, reason, rows, worse, better }: Comparison): string {
  if (baseline === null) return `Not compared: ${reason}.`
  const unknown = rows.filter(({ change }) => change === 'unknown').length
  const told = worse + better === 0 ? 'nothing differs beyond the noise' : `${worse} worse, ${better} better`
  const rest = unknown === 0 ? '' : `, ${unknown} not measured in one of the two`
  return `Compared with ${baseline.runId} (${baseline.verdict}): of ${rows.length} numbers ${told}${rest}.`
}

/** What got worse and then what got better; what is within the noise is not listed. */
export function changeLines({ rows }: Comparison): readonly ChangeLine[] {
  const line = (change: ChangeLine['change']) => (row: Comparison['rows'][number]) => ({
    ...{ change, phase: row.phase, label: row.label },
    ...{ before: formatMeasured(row.before, row.unit), now: formatMeasured(row.now, row.unit) },
  })
  return [
    ...rows.filter(({ change }) => change === 'worse').map(line('worse')),
    ...rows.filter(({ change }) => change === 'better').map(line('better')),
  ]
}
