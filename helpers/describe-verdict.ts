import type { Verdict, Violation } from './verdict.ts'

/**
 * A verdict in words, for a failing test and the console: the promise, what was counted, why, and the witnesses.
 * Plain text, several lines, no colour. Text from the backend is passed through as it is; renderers escape it.
 */
export function describeVerdict(verdict: Verdict): string {
  const counts = Object.entries(verdict.counts).map(([name, count]) => `${name} ${count}`)
  return [
    `${headline(verdict)}: ${verdict.title} [${verdict.id}]`,
    ...(verdict.reason === undefined ? [] : [`  ${verdict.reason}`]),
    ...(counts.length === 0 ? [] : [`  ${counts.join(', ')}`]),
    ...verdict.examples.flatMap(describeViolation),
    ...remainder(verdict),
  ].join('\n')
}

function headline(verdict: Verdict): string {
  if (verdict.valid === true) return 'holds'
  if (verdict.valid === 'not-judged') return 'NOT JUDGED'
  return verdict.valid === false ? 'BROKEN' : 'INCONCLUSIVE'
}

function describeViolation(violation: Violation): string[] {
  return [
    `  - ${violation.summary}`,
    ...violation.operations.map((line) => `      ${line}`),
    ...violation.rows.map((row) => `      row: ${JSON.stringify(row)}`),
  ]
}

function remainder(verdict: Verdict): string[] {
  const more = verdict.violations - verdict.examples.length
  return more > 0 ? [`  … and ${more} more like these`] : []
}
