import type { PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import { NOT_MEASURED } from './figures.ts'
import { markdownCodeBlock, markdownText as text } from './hostile-text.ts'
import {
  answer,
  brokenPromises,
  CANDIDATES_EXPLAINED,
  type Cell,
  COMPARED_TITLE,
  candidateTable,
  checkTable,
  comparedSection,
  environmentRows,
  FINDINGS_EXPLAINED,
  FINDINGS_FILE,
  faultTable,
  gateTable,
  generatorWords,
  INTENDED_TITLE,
  latencyTable,
  ledgerWords,
  NAMED_RISKS_EXPLAINED,
  NO_RISK,
  namedRisks,
  noViolation,
  phaseHeading,
  phaseTimes,
  REASONS_FIRST,
  RISK_EXPLAINED,
  riskTable,
  SERVICE_TITLE,
  SIGNATORIES,
  signOffWords,
  stepTable,
  type Table,
  tookWords,
  undelivered,
  type Witness,
  whoWasHit,
} from './report-sections.ts'

/**
 * The report of a run in Markdown. Pure; every text of the run is escaped, every number goes through `figures.ts`.
 * The first screen answers: GO or not, why, who was hit. What it says is in `report-sections.ts`, which `report.html`
 * shares.
 */
export function renderMarkdown(verdict: RunVerdict): string {
  const sections = [
    summary(verdict),
    `## Gates\n\n${table(gateTable(verdict))}`,
    phases(verdict),
    candidateClasses(verdict),
    violations(verdict),
    riskRegister(verdict),
    ...compared(verdict),
    decisionList(verdict),
    signOff(verdict),
    planAndEnvironment(verdict),
    runAgain(verdict),
  ]
  return `${sections.join('\n\n')}\n`
}

function summary(verdict: RunVerdict): string {
  return [
    `# Exam-day rehearsal: ${text(verdict.headline)}`,
    [
      `**${verdict.verdict}** · profile ${text(verdict.profile)} · ${text(verdict.startedAt)}`,
      `· ${text(tookWords(verdict))}`,
      `· seed ${verdict.seed} · run ${text(verdict.runId)}`,
    ].join(' '),
    whyNotGo(verdict),
    `**Who was hit.** ${text(whoWasHit(verdict))}`,
    `**Ledger.** ${text(ledgerWords(verdict))}`,
    `**Next.** ${FINDINGS_FILE} beside this ${FINDINGS_EXPLAINED}`,
  ].join('\n\n')
}

function whyNotGo(verdict: RunVerdict): string {
  if (verdict.reasons.length === 0) return '**Why.** Every gate that was judged is true.'
  const first = verdict.reasons.slice(0, REASONS_FIRST).map((reason) => `- ${text(reason)}`)
  const more = verdict.reasons.length - REASONS_FIRST
  if (more > 0) first.push(`- … and ${more} more; see the gates and phases below.`)
  return `**Why.**\n\n${first.join('\n')}`
}

function phases(verdict: RunVerdict): string {
  const parts = [
    '## Phases',
    ...verdict.phases.map(phase),
    ...undelivered(verdict).map((suite) => `### ${text(suite)}\n\nDelivered no result.`),
  ]
  return parts.join('\n\n')
}

function phase(result: PhaseVerdict): string {
  const parts = [
    `### ${text(phaseHeading(result))}`,
    text(phaseTimes(result)),
    `**Expected.**\n\n${result.plan.length === 0 ? 'No plan was delivered.' : result.plan.map((line) => `- ${text(line)}`).join('\n')}`,
    `**What happened.**`,
    result.steps.length === 0 ? 'No step was run.' : table(stepTable(result)),
    result.faults.length === 0 ? '' : table(faultTable(result)),
    latency(INTENDED_TITLE, result.latency),
    latency(SERVICE_TITLE, result.serviceTime),
    `Load generator: ${text(generatorWords(result.generator))}`,
    `**Evidence.**`,
    result.checks.length === 0 ? 'Nothing was checked.' : table(checkTable(result)),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function latency(title: string, measured: PhaseVerdict['latency']): string {
  const rows = latencyTable(measured)
  return rows.rows.length === 0 ? '' : `${title}:\n\n${table(rows)}`
}

function candidateClasses(verdict: RunVerdict): string {
  const classes = candidateTable(verdict)
  if (classes.rows.length === 0) return `## Candidates\n\n${NOT_MEASURED}: no phase delivered a result.`
  return `## Candidates\n\n${CANDIDATES_EXPLAINED}\n\n${table(classes)}`
}

function violations(verdict: RunVerdict): string {
  const broken = brokenPromises(verdict)
  if (broken.length === 0) return `## Violations\n\n${noViolation(verdict)}`
  const parts = broken.map(({ heading, reason, witnesses, more }) =>
    [
      `### ${text(heading)}`,
      text(reason),
      ...witnesses.map(witness),
      ...(more > 0 ? [`… and ${more} more like these.`] : []),
    ].join('\n\n'),
  )
  return ['## Violations', ...parts].join('\n\n')
}

function witness({ summary, about, lines }: Witness): string {
  return [
    `- ${text(summary)}${about === '' ? '' : ` (${text(about)})`}`,
    ...(lines.length === 0 ? [] : [indent(markdownCodeBlock(lines))]),
  ].join('\n\n')
}

function riskRegister(verdict: RunVerdict): string {
  const risks = riskTable(verdict)
  const named = namedRisks(verdict).map((risk) => `- ${text(risk)}`)
  return [
    '## Risk register',
    ...(named.length === 0 ? [] : [NAMED_RISKS_EXPLAINED, named.join('\n')]),
    ...(risks.rows.length === 0 ? [NO_RISK] : [RISK_EXPLAINED, table(risks)]),
  ].join('\n\n')
}

function compared(verdict: RunVerdict): string[] {
  const section = comparedSection(verdict)
  if (section === undefined) return []
  const { words, differences, changes } = section
  return [
    `## ${COMPARED_TITLE}\n\n${text(words)} It is information, and no part of the verdict.`,
    ...(changes.rows.length === 0 ? [] : [table(changes)]),
    ...(differences.length === 0
      ? []
      : [`Not the same around the two runs:\n\n${differences.map((line) => `- ${text(line)}`).join('\n')}`]),
  ]
}

function decisionList(verdict: RunVerdict): string {
  const items = verdict.gates.map((gate) => {
    const box = gate.valid === true ? '[x]' : '[ ]'
    return `- ${box} ${text(gate.title)}${gate.valid === true ? '' : `: **${answer(gate.valid)}**`}`
  })
  return `## GO / NO-GO list\n\n${items.join('\n')}\n\n**Verdict: ${text(verdict.headline)}**`
}

function signOff(verdict: RunVerdict): string {
  const lines = { head: ['Role', 'Name', 'Date', 'Signature'], rows: SIGNATORIES.map((role) => [role, '', '', '']) }
  return [`## Sign-off`, signOffWords(verdict), table(lines)].join('\n\n')
}

function planAndEnvironment(verdict: RunVerdict): string {
  return [
    '## Plan and environment',
    table({ head: ['', ''], rows: environmentRows(verdict) }),
    `Load generator, worst of all phases: ${text(generatorWords(verdict.generator))}`,
  ].join('\n\n')
}

function runAgain(verdict: RunVerdict): string {
  return `## Run it again\n\n${markdownCodeBlock([verdict.command])}`
}

function table({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map((cells) => line(cells.map(cell)))].join('\n')
}

function cell(content: Cell): string {
  return typeof content === 'string' ? text(content) : `**${text(content.strong)}**`
}

function indent(block: string): string {
  return block
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
