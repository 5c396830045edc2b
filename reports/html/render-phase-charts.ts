import type { PhaseVerdict } from '../../helpers/run-verdict.ts'
import { formatDuration } from '../figures.ts'
import { type Band, clockTime, drawSpread, drawTimeChart, type Line, milliseconds, STROKES } from './draw-chart.ts'
import { html, type Markup, NOTHING } from './markup.ts'
import type { PhaseEvidence } from './read-phase-evidence.ts'
import type { Moment, Point, Spread, Timeline } from './timeline.ts'

/** Rows of a chart's table: as many as somebody reads; the line itself has more points. */
const MAX_TABLE_ROWS = 60

/** The charts of one phase, each with its figures as a table. What could not be read says why in the chart's place. */
export function renderPhaseCharts(phase: PhaseVerdict, evidence: PhaseEvidence, runStartedAt: string): Markup {
  const span = spanOf(phase, evidence)
  if (span === undefined) return html`<p>Not drawn: ${reasonOf(evidence)}.</p>`
  const bands = bandsOf(phase, runStartedAt, span.toS)
  const frame: Frame = {
    bands,
    steps: phase.steps.map(({ name, startedMs }) => ({ name, fromS: startedMs / 1_000 })),
    ...span,
  }
  return html`<h4>On one timeline</h4>
<p class="quiet">Times are minutes and seconds from the start of the run. Dotted uprights: the steps ${frame.steps.map(({ name, fromS }) => `${name} from ${clockTime(fromS)}`).join(', ')}.</p>
${bandList(phase, bands)}
${evidence.operations.known ? operationCharts(evidence.operations, frame, phase) : missing('Throughput, latency and errors', evidence.operations.reason)}
${evidence.pool.known ? poolChart(evidence.pool.lines, frame) : missing('Database pool', evidence.pool.reason)}
${evidence.cpu.known ? cpuChart(evidence.cpu.parts, frame) : missing('Processor time', evidence.cpu.reason)}
${evidence.operations.known ? spreadCharts(evidence.operations.spreads) : NOTHING}`
}

interface Frame {
  readonly bands: readonly Band[]
  readonly steps: readonly { readonly name: string; readonly fromS: number }[]
  readonly fromS: number
  readonly toS: number
}

/** From the first thing that is known of the phase to the last. */
function spanOf(phase: PhaseVerdict, { operations, pool }: PhaseEvidence): { fromS: number; toS: number } | undefined {
  if (operations.known) {
    const { moments, stretchUs } = operations.timeline
    const [first, last] = [moments[0], moments.at(-1)]
    if (first !== undefined && last !== undefined) {
      return { fromS: first.fromUs / 1e6, toS: (last.fromUs + stretchUs) / 1e6 }
    }
  }
  const steps = phase.steps.flatMap(({ startedMs, durationMs }) => [
    startedMs / 1_000,
    (startedMs + durationMs) / 1_000,
  ])
  const looks = pool.known ? pool.lines.inUse.map(([timeS]) => timeS) : []
  const all = [...steps, ...looks]
  return all.length < 2 ? undefined : { fromS: Math.min(...all), toS: Math.max(...all) }
}

function reasonOf({ operations }: PhaseEvidence): string {
  return operations.known ? 'nothing was measured' : operations.reason
}

/** Faults from injection to heal, and from there to the measured recovery. */
function bandsOf({ faults }: PhaseVerdict, runStartedAt: string, endS: number): readonly Band[] {
  const startedMs = Date.parse(runStartedAt)
  return faults.flatMap((fault, index): Band[] => {
    const fromS = (Date.parse(fault.injectedAt) - startedMs) / 1_000
    const healedS = fault.healedAt === null ? endS : (Date.parse(fault.healedAt) - startedMs) / 1_000
    // A time that cannot be read is said in the table of faults; it cannot be drawn.
    if (!Number.isFinite(fromS) || !Number.isFinite(healedS)) return []
    const band = { number: index + 1, name: fault.name }
    const recovered =
      fault.healedAt === null || fault.recoveryMs === null
        ? []
        : [{ ...band, fromS: healedS, toS: healedS + fault.recoveryMs / 1_000, kind: 'recovery' as const }]
    return [{ ...band, fromS, toS: healedS, kind: 'fault' as const }, ...recovered]
  })
}

function bandList({ faults }: PhaseVerdict, bands: readonly Band[]): Markup {
  if (faults.length === 0) return html`<p>No fault was injected in this phase.</p>`
  return html`<ul class="bands">${faults.map((fault, index) => {
    const band = bands.find(({ number, kind }) => number === index + 1 && kind === 'fault')
    const when = band === undefined ? 'at an unknown time' : `from ${clockTime(band.fromS)} to ${clockTime(band.toS)}`
    const healed = fault.healedAt === null ? 'not healed' : `recovery ${formatDuration(fault.recoveryMs)}`
    return html`<li><span class="swatch fault"></span>${index + 1} <strong>${fault.name}</strong> ${when}<span class="swatch recovery" style="margin-left:10px"></span>${healed}</li>`
  })}</ul>`
}

function missing(title: string, reason: string): Markup {
  return html`<p><strong>${title}.</strong> Not drawn: ${reason}.</p>`
}

function operationCharts(
  { timeline, incomplete }: Extract<PhaseEvidence['operations'], { known: true }>,
  frame: Frame,
  phase: PhaseVerdict,
): Markup {
  const { moments, stretchUs } = timeline
  const stretchS = stretchUs / 1e6
  const line = (name: string, style: Line['style'], value: (moment: Moment) => number | null): Line => ({
    name,
    style,
    points: moments.map((moment): Point => [moment.fromUs / 1e6 + stretchS / 2, value(moment)]),
  })
  const perSecond = (value: number) => `${Number(value.toPrecision(3))}/s`
  const limitMs = phase.checks
    .flatMap(({ gate, figures = [] }) => (gate === 'response-time' ? figures : []))
    .find(({ unit, label }) => unit === 'ms' && label.endsWith('p95'))?.limit
  const sum = (pick: (moment: Moment) => number) => moments.reduce((total, moment) => total + pick(moment), 0)
  const open = timeline.open === 0 ? '' : ` ${timeline.open} attempts have no end in the history, and so no latency.`
  return html`${incomplete === undefined ? NOTHING : html`<p><strong>${incomplete}</strong></p>`}
${chart(
  'Throughput: offered and acknowledged',
  `Each point is ${stretchS} s. Offered: attempts that were meant to be sent, in all ${sum(({ offered }) => offered)}. Goodput: things candidates wanted that were acknowledged, each once however often it was tried, in all ${sum(({ goodput }) => goodput)}.`,
  {
    ...frame,
    lines: [
      line('offered', 2, ({ offered }) => offered / stretchS),
      line('goodput', 1, ({ goodput }) => goodput / stretchS),
    ],
    axis: 'linear',
    format: perSecond,
  },
)}
${chart(
  'Latency, from the instant the plan wanted it sent',
  `Percentiles of the 10 s up to a point, drawn where there are enough operations for them; the slowest is of ${stretchS} s alone. The scale is logarithmic.${open}`,
  {
    ...frame,
    lines: [
      line('p50', 1, ({ p50Ms }) => logarithmic(p50Ms)),
      line('p95', 2, ({ p95Ms }) => logarithmic(p95Ms)),
      line('p99', 3, ({ p99Ms }) => logarithmic(p99Ms)),
      line('slowest', 5, ({ maxMs }) => logarithmic(maxMs)),
    ],
    axis: 'log',
    format: milliseconds,
    ...(limitMs === undefined ? {} : { limit: limitMs }),
  },
)}
${chart(
  'Attempts that were not acknowledged',
  `Certainly without effect: ${sum(({ fail }) => fail)}; refusals that the exam itself asks for are among them. Outcome unknown to the candidate: ${sum(({ info }) => info)}.`,
  {
    ...frame,
    lines: [
      line('without effect', 4, ({ fail }) => fail / stretchS),
      line('outcome unknown', 3, ({ info }) => info / stretchS),
    ],
    axis: 'linear',
    format: perSecond,
  },
)}
${momentTable(timeline)}`
}

/** A logarithmic scale has no place for 0 ms; what is quicker than 0.1 ms is drawn as that. */
function logarithmic(ms: number | null): number | null {
  return ms === null ? null : Math.max(0.1, ms)
}

function momentTable({ moments, stretchUs }: Timeline): Markup {
  const size = Math.ceil(moments.length / MAX_TABLE_ROWS)
  const groups = Array.from({ length: Math.ceil(moments.length / size) }, (_, index) =>
    moments.slice(index * size, (index + 1) * size),
  )
  const sum = (group: readonly Moment[], pick: (moment: Moment) => number) =>
    group.reduce((total, moment) => total + pick(moment), 0)
  const worst = (group: readonly Moment[], pick: (moment: Moment) => number | null) => {
    const values = group.map(pick).filter((value) => value !== null)
    return values.length === 0 ? 'no figure' : milliseconds(Math.max(...values))
  }
  const rows = groups.map((group) => [
    clockTime((group[0] as Moment).fromUs / 1e6),
    String(sum(group, ({ offered }) => offered)),
    String(sum(group, ({ goodput }) => goodput)),
    String(sum(group, ({ fail }) => fail)),
    String(sum(group, ({ info }) => info)),
    worst(group, ({ p50Ms }) => p50Ms),
    worst(group, ({ p95Ms }) => p95Ms),
    worst(group, ({ p99Ms }) => p99Ms),
    worst(group, ({ maxMs }) => maxMs),
  ])
  const head = ['From', 'Offered', 'Acknowledged', 'Without effect', 'Unknown', 'p50', 'p95', 'p99', 'Slowest']
  return html`<details><summary>Throughput, latency and errors as a table</summary>${figureTable(
    `Sums of ${(size * stretchUs) / 1e6} s; of percentiles the highest`,
    head,
    rows,
  )}</details>`
}

function poolChart(
  lines: { inUse: readonly Point[]; waiting: readonly Point[]; size: readonly Point[] },
  frame: Frame,
) {
  const named: readonly Line[] = [
    { name: 'in use', style: 1, points: lines.inUse },
    { name: 'requests waiting', style: 3, points: lines.waiting },
    { name: 'size of the pool', style: 5, points: lines.size },
  ]
  return html`${chart(
    'Database pool',
    'Connections, as the backend told at each look; a gap is a look without an answer.',
    {
      ...frame,
      lines: named,
      axis: 'linear',
      format: (value) => String(value),
    },
  )}${lineTable('Database pool as a table', named, (value) => String(value))}`
}

function cpuChart(parts: Readonly<Record<string, readonly Point[]>>, frame: Frame): Markup {
  const styles = [1, 2, 3, 4, 5] as const
  const named = Object.entries(parts).map(
    ([name, points], index): Line => ({ name, points, style: styles[index % styles.length] as Line['style'] }),
  )
  const share = (value: number) => `${Math.round(value * 100)} %`
  return html`${chart(
    'Processor time',
    'Share of one core that each part used between two looks; a gap is a look without an answer, or a part that was started anew.',
    { ...frame, lines: named, axis: 'linear', format: share },
  )}${lineTable('Processor time as a table', named, share)}`
}

function chart(
  title: string,
  about: string,
  options: Omit<Parameters<typeof drawTimeChart>[0], 'description'>,
): Markup {
  const faults = [...new Set(options.bands.map(({ number, name }) => `${number} ${name}`))]
  const shaded = faults.length === 0 ? '' : ` Faults are shaded: ${faults.join(', ')}.`
  const description = `${title}. Lines: ${options.lines.map(({ name }) => name).join(', ')}. ${about}${shaded} The figures are in the table that follows.`
  return html`<figure><figcaption><strong>${title}</strong> <span class="about">${about}</span>
<ul class="keys">${options.lines.map(({ name, style }) => html`<li>${stroke(style)}${name}</li>`)}</ul></figcaption>
${drawTimeChart({ ...options, description })}</figure>`
}

function stroke(style: Line['style']): Markup {
  const dashes = STROKES[style].join(' ')
  return html`<svg viewBox="0 0 34 10" aria-hidden="true"><path d="M0 5H34" fill="none" stroke="var(--line-${style})" stroke-width="2.5" stroke-dasharray="${dashes === '' ? 'none' : dashes}"/></svg>`
}

function lineTable(title: string, lines: readonly Line[], format: (value: number) => string): Markup {
  const points = lines[0]?.points ?? []
  const size = Math.max(1, Math.ceil(points.length / MAX_TABLE_ROWS))
  const starts = Array.from({ length: Math.ceil(points.length / size) }, (_, index) => index * size)
  const rows = starts.map((start) => [
    clockTime((points[start] as Point)[0]),
    ...lines.map((line) => {
      const values = line.points.slice(start, start + size).flatMap(([, value]) => (value === null ? [] : [value]))
      return values.length === 0 ? 'not measured' : format(Math.max(...values))
    }),
  ])
  const caption = size === 1 ? 'Each look' : `The highest of each ${size} points`
  return html`<details><summary>${title}</summary>${figureTable(caption, ['At', ...lines.map(({ name }) => name)], rows)}</details>`
}

function spreadCharts(spreads: readonly Spread[]): Markup {
  return html`<h4>How long each operation took</h4>
<p class="quiet">All attempts in the history of the phase, from the instant the plan wanted them sent. The warm-up and whoever was at work beside the candidates (drills) are among them, so a count may be above that of the tables. The edges of the bins grow with the time.</p>
<ul class="keys"><li><span class="swatch" style="background:var(--line-1)"></span>ok</li><li><span class="swatch" style="background:var(--no)"></span>not ok</li></ul>
<div class="spreads">${spreads.map((spread) => {
    const open = spread.open === 0 ? '' : `, ${spread.open} never ended`
    const rows = spread.bins.map(({ fromMs, toMs, ok, not }) => [
      `${milliseconds(fromMs)} to ${milliseconds(toMs)}`,
      String(ok),
      String(not),
    ])
    return html`<figure><figcaption><strong>${spread.operation}</strong> <span class="about">${spread.measured} attempts${open}</span></figcaption>
${drawSpread(spread)}<details><summary>${spread.operation} as a table</summary>${figureTable(`Attempts of ${spread.operation} by time`, ['Time', 'ok', 'not ok'], rows)}</details></figure>`
  })}</div>`
}

function figureTable(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): Markup {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head.map((cell, index) => html`<th scope="col"${index === 0 ? NOTHING : html` class="n"`}>${cell}</th>`)}</tr></thead><tbody>${rows.map(
    ([first = '', ...cells]) =>
      html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
}
