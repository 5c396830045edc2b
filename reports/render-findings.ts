import type { PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import { changeLines } from './comparison-words.ts'
import { boundWords, formatDuration, measuredBeside } from './figures.ts'
import { markdownText as text } from './hostile-text.ts'
import { namedRisks } from './report-sections.ts'

/**
 * What to do after a run: what to fix, what to find out, what to watch, and what the runbook of an exam day gains.
 * Only from what this run found. Pure.
 */
export function renderFindings(verdict: RunVerdict): string {
  const checks = verdict.phases.flatMap((phase) => phase.checks.map((check) => ({ phase, check })))
  const sections: [string, string[], string][] = [
    ['Fix', checks.filter(({ check }) => check.valid === false).map(checkLine), 'Nothing was found broken.'],
    [
      'Find out',
      [
        ...verdict.problems.map((problem) => `- ${text(problem.message)}`),
        ...checks.filter(({ check }) => check.valid === 'unknown').map(checkLine),
      ],
      'Nothing was left unknown.',
    ],
    [
      'Watch',
      [
        ...verdict.nearMisses.map(
          (miss) =>
            `- ${text(miss.phase)}: ${text(miss.label)} was ${measuredBeside(miss.measured, miss.limit, miss.unit)}, limit ${boundWords(miss)}.`,
        ),
        ...worseLines(verdict),
        ...namedRisks(verdict).map((risk) => `- ${text(risk)}.`),
      ],
      'No number came within 20 % of its limit, and none is known to have become worse.',
    ],
    ['Add to the runbook', verdict.phases.flatMap(runbookLines), 'No fault was rehearsed.'],
  ]
  const body = sections.map(([title, lines, none]) => `## ${title}\n\n${lines.length === 0 ? none : lines.join('\n')}`)
  return `# Findings of ${text(verdict.runId)}: ${text(verdict.headline)}\n\n${body.join('\n\n')}\n`
}

function worseLines({ comparison }: RunVerdict): string[] {
  if (comparison === undefined) return []
  const since = comparison.baseline?.runId ?? ''
  return changeLines(comparison)
    .filter(({ change }) => change === 'worse')
    .map(
      ({ phase, label, before, now }) =>
        `- ${text(phase)}: ${text(label)} is worse than in ${text(since)}: ${before}, now ${now}.`,
    )
}

function checkLine({ phase, check }: { phase: PhaseVerdict; check: PhaseVerdict['checks'][number] }): string {
  const example = check.examples[0]
  const witness = example === undefined ? '' : ` For example: ${text(example.summary)}`
  return `- ${text(phase.id)}: ${text(check.title)}. ${text(check.reason ?? `${check.violations} violations.`)}${witness}`
}

function runbookLines(phase: PhaseVerdict): string[] {
  return phase.faults.map((fault) => {
    if (!fault.felt) return `- "${text(fault.name)}" could not be rehearsed: nothing felt it. Do not rely on it.`
    if (fault.recoveryMs === null) return `- "${text(fault.name)}": recovery was not seen; have a person at hand.`
    return `- "${text(fault.name)}": back to normal ${formatDuration(fault.recoveryMs)} after it was healed; if it takes longer, escalate.`
  })
}
