import type { PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import { changeLines } from './comparison-words.ts'
import { boundWords, formatDuration, measuredBeside } from './figures.ts'
import { markdownText as text } from './hostile-text.ts'
import { namedRisks, noViolation } from './report-sections.ts'

/**
 * What to do after a run: what to fix, what to find out, what to watch, and what the runbook of an exam day gains.
 * Only from what this run found. Pure.
 */
export function renderFindings(verdict: RunVerdict): string {
  const checks = verdict.phases.flatMap((phase) => phase.checks.map((check) => ({ phase, check })))
  const sections: [string, string[], string][] = [
    [
      'Fix',
      checks.filter(({ check }) => check.valid === false).map(checkLine),
      checks.length === 0 ? noViolation(verdict) : 'Nothing was found broken.',
    ],
    [
      'Find out',
      [
        ...verdict.problems.map((problem) => `- ${text(problem.message)}`),
        ...checks.filter(({ check }) => check.valid === 'unknown').map(checkLine),
        ...notJudgedLines(verdict),
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
      'No measured number came within 20 % of its limit, and none is known to have become worse.',
    ],
    ['Add to the runbook', runbookLines(verdict), 'No fault was rehearsed.'],
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

/** What nobody judged is not known, also where nothing that was judged was left unknown. */
function notJudgedLines({ gates }: RunVerdict): string[] {
  const titles = gates.filter(({ valid }) => valid === 'not-judged').map(({ title }) => text(title))
  return titles.length === 0 ? [] : [`- Not judged in this run: ${titles.join('; ')}.`]
}

/** A line for each fault, whatever the number of phases that played it: a runbook has one number to escalate at, the longest. */
function runbookLines({ phases }: RunVerdict): string[] {
  const all = phases.flatMap(({ id, faults }) => faults.map((fault) => ({ ...fault, phase: id })))
  return [...new Set(all.map(({ name }) => name))].flatMap((name) => {
    const played = all.filter((fault) => fault.name === name)
    const unfelt = played.filter(({ felt }) => !felt)
    const unseen = played.filter(({ felt, recoveryMs }) => felt && recoveryMs === null)
    const seenMs = played.flatMap(({ felt, recoveryMs }) => (felt && recoveryMs !== null ? [recoveryMs] : []))
    const where = (some: typeof played) =>
      played.length === 1 ? '' : ` in ${some.map(({ phase }) => text(phase)).join(', ')}`
    const most = seenMs.length > 1 ? 'at the latest ' : ''
    return [
      ...(unfelt.length === 0
        ? []
        : [`- "${text(name)}" could not be rehearsed${where(unfelt)}: nothing felt it. Do not rely on it.`]),
      ...(unseen.length === 0
        ? []
        : [`- "${text(name)}": recovery was not seen${where(unseen)}; have a person at hand.`]),
      ...(seenMs.length === 0
        ? []
        : [
            `- "${text(name)}": back to normal ${most}${formatDuration(Math.max(...seenMs))} after it was healed${seenMs.length > 1 ? `, of ${seenMs.length} times` : ''}; if it takes longer, escalate.`,
          ]),
    ]
  })
}
