import type { GateVerdict, PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import { formatCount, NOT_MEASURED } from './figures.ts'
import { html, type Markup, NOTHING } from './html/markup.ts'
import type { PhaseEvidence } from './html/read-phase-evidence.ts'
import { renderPhaseCharts } from './html/render-phase-charts.ts'
import { STYLE } from './html/style.ts'
import {
  answer,
  brokenPromises,
  CANDIDATE_CLASSES,
  CANDIDATES_EXPLAINED,
  type CandidateClass,
  type Cell,
  CLASS_TITLES,
  COMPARED_TITLE,
  candidatesUnknown,
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
} from './report-sections.ts'

/** No script, no request, nothing from elsewhere: the page opens from a disk, and hostile text stays text. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
/** Characters of a reason on the first screen; the whole of it stands at its gate. */
const REASON_LENGTH = 320

/** Candidates named below a check; the number is exact, and `verdict.json` names them all. */
const AFFECTED_SHOWN = 200

const CLASS_OF_VERDICT = { GO: 'yes', 'NO-GO': 'no', INCONCLUSIVE: 'unknown' } as const
/** Classes of candidates that nobody wants to see anyone in. */
const BAD_CLASSES: ReadonlySet<CandidateClass> = new Set(['lostData', 'neverStarted', 'undecided'])

/**
 * The report of a run as one HTML file. Pure; says what `report.md` says (`report-sections.ts`) and adds charts
 * from `evidence`, which is keyed by phase. A phase without evidence has no charts and says so.
 */
export function renderHtml(verdict: RunVerdict, evidence: ReadonlyMap<string, PhaseEvidence>): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${verdict.verdict} · exam-day rehearsal ${verdict.runId}</title>
<link rel="icon" href="data:,">
<style>${{ html: STYLE }}</style>
</head>
<body>
<a class="skip" href="#gates">To the gates</a>
<header class="top">
${decision(verdict)}
${contents(verdict)}
</header>
<main>
${section('Gates', table(gateTable(verdict), { caption: 'Gates', stack: true, heard: true }))}
${section('Phases', phases(verdict, evidence))}
${section('Candidates', candidates(verdict))}
${section('Violations', violations(verdict))}
${section('Risk register', risks(verdict))}
${compared(verdict)}
${section('GO / NO-GO list', decisionList(verdict))}
${section('Sign-off', signOff(verdict))}
${section('Plan and environment', environment(verdict))}
${section('Run it again', html`<pre tabindex="0"><code>${verdict.command}</code></pre>`)}
</main>
<footer>Run ${verdict.runId}. The same figures are in verdict.json, report.md and junit.xml of this run, and the evidence is beside them.</footer>
</body>
</html>
`
  return page.html
}

const SECTIONS = [
  'Gates',
  'Phases',
  'Candidates',
  'Violations',
  'Risk register',
  COMPARED_TITLE,
  'GO / NO-GO list',
  'Sign-off',
  'Plan and environment',
  'Run it again',
] as const

function section(title: (typeof SECTIONS)[number], content: Markup): Markup {
  return html`<section aria-labelledby="${anchor(title)}"><h2 id="${anchor(title)}">${title}</h2>
${content}</section>`
}

function contents({ comparison }: RunVerdict): Markup {
  return html`<nav aria-label="Sections"><ul>${SECTIONS.filter((title) => title !== COMPARED_TITLE || comparison !== undefined).map((title) => html`<li><a href="#${anchor(title)}">${title}</a></li>`)}</ul></nav>`
}

function anchor(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

/** The first screen: GO or not, why, who was hit. */
function decision(verdict: RunVerdict): Markup {
  const rest = verdict.headline.slice(verdict.verdict.length).trim()
  return html`<div class="verdict ${CLASS_OF_VERDICT[verdict.verdict]}">
<h1><span class="word">${verdict.verdict}</span> <span>Exam-day rehearsal${rest === '' ? NOTHING : html` ${rest}`}</span></h1>
<p>Profile ${verdict.profile} · ${verdict.startedAt} · ${tookWords(verdict)} · seed ${verdict.seed} · run ${verdict.runId}</p>
</div>
<div class="first">
<section aria-labelledby="why"><h2 id="why">Why</h2>${why(verdict)}</section>
<section aria-labelledby="who"><h2 id="who">Who was hit</h2>${who(verdict)}</section>
</div>
<p class="ledger"><strong>Ledger.</strong> ${ledgerWords(verdict)}</p>
<p><strong>Next.</strong> <a href="${FINDINGS_FILE}">${FINDINGS_FILE}</a> ${FINDINGS_EXPLAINED}</p>`
}

function why(verdict: RunVerdict): Markup {
  if (verdict.reasons.length === 0) return whyGo(verdict)
  const first = verdict.reasons.slice(0, REASONS_FIRST)
  const more = verdict.reasons.length - first.length
  return html`<ul class="reasons">${first.map((reason) => html`<li>${reasonMarkup(reason, verdict.gates)}</li>`)}${
    more > 0 ? html`<li>… and ${more} more; see the gates and phases below.</li>` : NOTHING
  }</ul>`
}

/** What speaks for a GO, and what it leaves open. */
function whyGo({ gates, nearMisses }: RunVerdict): Markup {
  const holding = gates.filter(({ valid }) => valid === true)
  const open = gates.filter(({ valid }) => valid !== true)
  const notJudged = open.map(
    ({ title, reason }) => html`<li>Not judged: ${title}${reason === null ? NOTHING : `, ${reason}`}.</li>`,
  )
  const close =
    nearMisses.length === 0
      ? NO_RISK
      : `Measured numbers within 20 % of a limit, or tolerated past it: ${nearMisses.length}.`
  return html`<ul class="reasons"><li>Every gate that was judged is true: ${holding.length} of ${gates.length}.</li>${notJudged}<li>${close}${
    nearMisses.length === 0 ? NOTHING : html` <a href="#risk-register">See the risk register.</a>`
  }</li></ul>`
}

/** A gate's reason begins with its title, which is what the eye looks for. */
function reasonMarkup(reason: string, gates: RunVerdict['gates']): Markup {
  const gate = gates.find(({ title }) => reason.startsWith(`${title}: `))
  if (gate === undefined) return html`${shortened(reason)}`
  const said = reason.slice(gate.title.length + 2)
  const whole = said.length > REASON_LENGTH ? html` <a href="#gates">all of it</a>` : NOTHING
  return html`<strong class="${classOf(gate.valid)}">${gate.title}: ${answer(gate.valid)}</strong>${shortened(said)}${whole}`
}

function shortened(text: string): string {
  return text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH)}…` : text
}

function who(verdict: RunVerdict): Markup {
  const { candidates: hit } = verdict
  if (hit === null) return html`<p>Candidates: ${NOT_MEASURED}, no phase delivered a result.</p>`
  return html`<dl class="hit"><dt>candidates planned</dt><dd>${formatCount(hit.planned)}</dd>${CANDIDATE_CLASSES.map(
    (name) => {
      const bad = BAD_CLASSES.has(name) && hit[name] > 0 ? html` class="bad"` : NOTHING
      return html`<dt${bad}>${CLASS_TITLES[name]}</dt><dd${bad}>${formatCount(hit[name])}</dd>`
    },
  )}</dl>${candidatesUnknown(verdict).map((words) => html`<p>${words}</p>`)}`
}

function phases(verdict: RunVerdict, evidence: ReadonlyMap<string, PhaseEvidence>): Markup {
  const missing = undelivered(verdict).map((suite) => html`<h3>${suite}</h3><p>Delivered no result.</p>`)
  return html`${verdict.phases.map((phase) => renderPhase(phase, evidence.get(phase.id), verdict))}${missing}`
}

function renderPhase(phase: PhaseVerdict, evidence: PhaseEvidence | undefined, verdict: RunVerdict): Markup {
  const { id } = phase
  return html`<h3>${phaseHeading(phase)}</h3>
<p>${phaseTimes(phase)}</p>
<h4>Expected</h4>
${phase.plan.length === 0 ? html`<p>No plan was delivered.</p>` : html`<ul>${phase.plan.map((line) => html`<li>${line}</li>`)}</ul>`}
<h4>What happened</h4>
${phase.steps.length === 0 ? html`<p>No step was run.</p>` : table(stepTable(phase), { caption: `Steps of ${id}` })}
${phase.faults.length === 0 ? NOTHING : table(faultTable(phase), { caption: `Faults of ${id}` })}
${evidence === undefined ? html`<p>Charts are drawn when the run has ended.</p>` : renderPhaseCharts(phase, evidence, verdict.startedAt)}
${latency(`${INTENDED_TITLE}, ${id}`, phase.latency)}
${latency(`${SERVICE_TITLE}, ${id}`, phase.serviceTime)}
<p>Load generator: ${generatorWords(phase.generator)}</p>
<h4>Evidence</h4>
${phase.checks.length === 0 ? html`<p>Nothing was checked.</p>` : table(checkTable(phase), { caption: `Checks of ${id}`, stack: true })}`
}

function latency(caption: string, measured: PhaseVerdict['latency']): Markup {
  const rows = latencyTable(measured)
  return rows.rows.length === 0 ? NOTHING : table(rows, { caption, figuresFrom: 1 })
}

function candidates(verdict: RunVerdict): Markup {
  const classes = candidateTable(verdict)
  if (classes.rows.length === 0) return html`<p>${NOT_MEASURED}: no phase delivered a result.</p>`
  return html`<p>${CANDIDATES_EXPLAINED}</p>${table(classes, { caption: 'Candidates by class', figuresFrom: 1, heard: true })}`
}

function violations(verdict: RunVerdict): Markup {
  const broken = brokenPromises(verdict)
  if (broken.length === 0) return html`<p>${noViolation(verdict)}</p>`
  return html`${broken.map(({ check, heading, reason, witnesses, more }) => {
    const affected = check.affected ?? []
    return html`<h3>${heading}</h3>
<p>${reason}</p>
${witnesses.map((one) => witness(one, check.valid))}
${more > 0 ? html`<p>… and ${more} more like these.</p>` : NOTHING}
${affected.length === 0 ? NOTHING : html`<p>Candidates that it hit, ${affected.length}: ${affectedWords(affected)}</p>`}`
  })}`
}

function affectedWords(affected: readonly string[]): string {
  const rest = affected.length - AFFECTED_SHOWN
  const shown = affected.slice(0, AFFECTED_SHOWN).join(' ')
  return rest > 0 ? `${shown} … and ${rest} more, all of them named in verdict.json` : shown
}

function witness(one: Witness, valid: GateVerdict['valid']): Markup {
  return html`<div class="witness ${classOf(valid)}">
<p>${one.summary}</p>
${one.about === '' ? NOTHING : html`<p class="quiet">${one.about}</p>`}
${one.lines.length === 0 ? NOTHING : html`<pre tabindex="0">${one.lines.map((line) => html`${line}\n`)}</pre>`}</div>`
}

function risks(verdict: RunVerdict): Markup {
  const rows = riskTable(verdict)
  const named = namedRisks(verdict)
  const declared =
    named.length === 0
      ? NOTHING
      : html`<p>${NAMED_RISKS_EXPLAINED}</p><ul>${named.map((risk) => html`<li>${risk}</li>`)}</ul>`
  if (rows.rows.length === 0) return html`${declared}<p>${NO_RISK}</p>`
  return html`${declared}<p>${RISK_EXPLAINED}</p>${table(rows, { caption: 'Near misses', heard: true })}`
}

function compared(verdict: RunVerdict): Markup {
  const said = comparedSection(verdict)
  if (said === undefined) return NOTHING
  const { words, differences, changes } = said
  return section(
    COMPARED_TITLE,
    html`<p>${words} It is information, and no part of the verdict.</p>
${changes.rows.length === 0 ? NOTHING : table({ ...changes, head: ['Change', ...changes.head.slice(1)] }, { caption: 'What changed', stack: true, figuresFrom: 3, heard: true })}
${differences.length === 0 ? NOTHING : html`<p>Not the same around the two runs:</p><ul>${differences.map((line) => html`<li>${line}</li>`)}</ul>`}`,
  )
}

function decisionList(verdict: RunVerdict): Markup {
  const items = verdict.gates.map((gate) => {
    const mark = gate.valid === true ? '✓' : gate.valid === false ? '✗' : gate.valid === 'unknown' ? '?' : '–'
    return html`<li><span class="mark ${classOf(gate.valid)}" aria-hidden="true">${mark}</span>${gate.title}: <strong class="${classOf(gate.valid)}">${answer(gate.valid)}</strong></li>`
  })
  return html`<ul class="decisions">${items}</ul><p><strong>Verdict: ${verdict.headline}</strong></p>`
}

function signOff(verdict: RunVerdict): Markup {
  const lines = SIGNATORIES.map(
    (role) =>
      html`<tr><th scope="row">${role}</th><td class="sign"></td><td class="sign"></td><td class="sign"></td></tr>`,
  )
  return html`<p>${signOffWords(verdict)}</p>
<div class="scroll" tabindex="0" role="group" aria-label="Sign-off"><table><caption class="heard">Sign-off</caption><thead><tr><th scope="col">Role</th><th scope="col">Name</th><th scope="col">Date</th><th scope="col">Signature</th></tr></thead><tbody>${lines}</tbody></table></div>`
}

function environment(verdict: RunVerdict): Markup {
  const rows = environmentRows(verdict).map(([name, value]) => [name, value])
  return html`${table({ head: ['What', 'Which'], rows }, { caption: 'Environment', heard: true })}
<p>Load generator, worst of all phases: ${generatorWords(verdict.generator)}</p>`
}

interface Layout {
  readonly caption: string
  /** The heading above says it already; the caption is only for who hears the page. */
  readonly heard?: boolean
  /** From this column on, counted from 0, all hold figures. */
  readonly figuresFrom?: number
  /** On a phone each row becomes a block of lines. */
  readonly stack?: boolean
}

function table(
  { head, rows }: Table,
  { caption, figuresFrom = head.length, stack = false, heard = false }: Layout,
): Markup {
  // A row that is shown as a block is still a row: the roles say so where the style sheet takes it away.
  const role = (name: string) => (stack ? html` role="${name}"` : NOTHING)
  const number = (index: number) => (index >= figuresFrom ? html` class="n"` : NOTHING)
  const body = rows.map((cells) => {
    const [first = '', ...others] = cells
    const rest = others.map((content, index) => {
      const label = stack ? html` data-label="${head[index + 1] ?? ''}"` : NOTHING
      const css = index + 1 >= figuresFrom ? number(index + 1) : lengthClass(content)
      return html`<td${role('cell')}${label}${css}>${cell(content)}</td>`
    })
    return html`<tr${role('row')}><th scope="row"${role('rowheader')}>${cell(first)}</th>${rest}</tr>`
  })
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table${stack ? html` class="stack"` : NOTHING}${role('table')}><caption${html` class="${heard ? 'heard' : 'seen'}"`}>${caption}</caption><thead${role('rowgroup')}><tr${role('row')}>${head.map(
    (title, index) => html`<th scope="col"${role('columnheader')}${number(index)}>${title}</th>`,
  )}</tr></thead><tbody${role('rowgroup')}>${body}</tbody></table></div>`
}

/** A long text may be broken anywhere; a name such as `3-faults/network` is not broken at its hyphen. */
function lengthClass(content: Cell): Markup {
  if (typeof content !== 'string') return NOTHING
  if (content.length > 40) return html` class="long"`
  return content.length <= 24 && /^\S+-\S+$/.test(content) ? html` class="name"` : NOTHING
}

const CLASS_OF_WORD: Readonly<Record<string, string>> = {
  yes: 'yes',
  NO: 'no',
  'not healed': 'no',
  unknown: 'unknown',
  worse: 'unknown',
}

function cell(content: Cell): Markup {
  if (typeof content === 'string') return html`${content}`
  return html`<strong class="${CLASS_OF_WORD[content.strong] ?? 'quiet'}">${content.strong}</strong>`
}

function classOf(valid: GateVerdict['valid']): string {
  if (valid === true) return 'yes'
  return valid === false ? 'no' : valid === 'unknown' ? 'unknown' : 'quiet'
}
