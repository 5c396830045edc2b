import type { RunVerdict } from '../helpers/run-verdict.ts'
import { visibleText } from './hostile-text.ts'

/** GitHub shows ten errors and ten warnings of a step, and drops the rest without a word. */
const SHOWN = 10

/**
 * The verdict as workflow commands of GitHub Actions, one a line, `::error` for what is false and `::warning` for what
 * is unknown, got worse, or came near its limit. Pure.
 *
 * Text is data: a newline or a percent sign in a reason would else begin a command of its own. Escaped as the toolkit
 * does it (actions/toolkit, packages/core/src/command.ts).
 */
export function renderAnnotations(verdict: RunVerdict): string {
  const broken = verdict.gates.filter(({ valid }) => valid === false)
  const unknown = verdict.gates.filter(({ valid }) => valid === 'unknown')
  const whole = verdict.verdict === 'GO' ? [] : [command(wholeLevel(verdict), 'Rehearsal', verdict.headline)]
  const worse = (verdict.comparison?.rows ?? []).filter(({ change }) => change === 'worse')
  // Of no baseline nothing is worse.
  const since = verdict.comparison?.baseline?.runId ?? ''
  const errors = broken.map((gate) => command('error', `NO-GO: ${gate.title}`, gate.reason ?? 'false'))
  const warnings = [
    ...unknown.map((gate) => command('warning', `INCONCLUSIVE: ${gate.title}`, gate.reason ?? 'unknown')),
    ...verdict.problems.map(({ kind, message }) => command('warning', `INCONCLUSIVE: ${kind}`, message)),
    ...worse.map(({ phase, label }) => command('warning', `Worse than in ${since}`, `${phase}: ${label}`)),
    ...verdict.nearMisses.map(({ phase, label }) => command('warning', 'Near its limit', `${phase}: ${label}`)),
  ]
  const lines = [...whole, ...limited('error', errors, whole), ...limited('warning', warnings, whole)]
  return lines.map((line) => `${line}\n`).join('')
}

function wholeLevel({ verdict }: RunVerdict): 'error' | 'warning' {
  return verdict === 'NO-GO' ? 'error' : 'warning'
}

/** As many as GitHub shows, less what was said before at the same level; the last says how many are left out. */
function limited(
  level: 'error' | 'warning',
  commands: readonly string[],
  before: readonly string[],
): readonly string[] {
  const room = SHOWN - before.filter((line) => line.startsWith(`::${level} `)).length
  if (commands.length <= room) return commands
  const left = commands.length - (room - 1)
  return [...commands.slice(0, room - 1), command(level, 'Rehearsal', `and ${left} more; see the report`)]
}

function command(level: 'error' | 'warning', title: string, message: string): string {
  const property = escapeData(visibleText(title)).replaceAll(':', '%3A').replaceAll(',', '%2C')
  return `::${level} title=${property}::${escapeData(visibleText(message))}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
