import type { GateVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import { changeLines, comparisonWords } from './comparison-words.ts'
import { measuredBeside, NOT_MEASURED } from './figures.ts'
import { visibleText } from './hostile-text.ts'
import { candidatesUnknown, ledgerCount, limitWords } from './report-sections.ts'

const REASONS_SHOWN = 10
const CHANGES_SHOWN = 8
const MARKS = { true: 'yes', false: 'NO ', unknown: ' ? ', 'not-judged': ' - ' } as const

/** The end of a run on the terminal: verdict first, why, who was hit, the gates, where to read on. Pure, no colour. */
export function renderConsole(verdict: RunVerdict, runDir: string): string {
  const { reasons } = verdict
  const more = reasons.length - REASONS_SHOWN
  return [
    visibleText(verdict.headline),
    ...reasons.slice(0, REASONS_SHOWN).map((reason) => `  - ${visibleText(reason)}`),
    ...(more > 0 ? [`  - … and ${more} more`] : []),
    '',
    `Candidates  ${candidates(verdict)}`,
    `Ledger      ${ledger(verdict)}`,
    '',
    ...verdict.gates.map(gateLine),
    '',
    ...compared(verdict),
    `Report      ${runDir}/report.md`,
    `Again       ${visibleText(verdict.command)}`,
    '',
  ].join('\n')
}

function candidates(verdict: RunVerdict): string {
  if (verdict.candidates === null) return NOT_MEASURED
  const { planned, unaffected, slowed, recovered, lostData, neverStarted, undecided } = verdict.candidates
  const classes = `planned ${planned}: unaffected ${unaffected}, slowed ${slowed}, recovered ${recovered}, lost data ${lostData}, never started ${neverStarted}, undecided ${undecided}`
  return visibleText([classes, ...candidatesUnknown(verdict)].join('. '))
}

const LEDGER_WORDS = {
  ...{ attempted: 'attempted', ok: 'ok', fail: 'fail', info: 'info', acknowledged: 'acknowledged', lost: 'lost' },
  ...{ staleOverwritten: 'stale-overwritten', phantom: 'phantom', recovered: 'recovered' },
} as const

function ledger({ ledger }: RunVerdict): string {
  if (ledger.attempted === null) return NOT_MEASURED
  const fields = Object.keys(LEDGER_WORDS) as (keyof typeof LEDGER_WORDS)[]
  return visibleText(fields.map((field) => `${LEDGER_WORDS[field]} ${ledgerCount(ledger, field)}`).join(', '))
}

function compared({ comparison }: RunVerdict): string[] {
  if (comparison === undefined) return []
  const lines = changeLines(comparison).filter(({ change }) => change !== 'not comparable')
  const more = lines.length - CHANGES_SHOWN
  return [
    visibleText(comparisonWords(comparison)),
    ...lines
      .slice(0, CHANGES_SHOWN)
      .map(
        ({ change, phase, label, before, now }) =>
          `  ${change}  ${visibleText(`${phase}: ${label}`)}: ${before}, now ${now}`,
      ),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    '',
  ]
}

function gateLine(gate: GateVerdict): string {
  const limit = gate.threshold === null ? '' : `, limit ${limitWords(gate)}`
  const measured =
    gate.valid === 'not-judged' ? 'not judged' : `${measuredBeside(gate.measured, gate.threshold, gate.unit)}${limit}`
  return `  [${MARKS[String(gate.valid) as keyof typeof MARKS]}] ${gate.title} (${measured})`
}
