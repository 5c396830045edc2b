// All of it in one file: its hundreds of small ones took every command longer to load than all else together.
import * as echarts from 'echarts/dist/echarts.esm.min'
import { visibleText } from '../hostile-text.ts'
import type { Markup } from './markup.ts'
import { escapeHtml } from './markup.ts'
import type { Point, Spread } from './timeline.ts'

/** A chart is drawn for a desk and for a phone; a style sheet shows one of them. Pixels. */
const SIZES = [
  { name: 'wide', width: 960, height: 190 },
  { name: 'narrow', width: 350, height: 190 },
] as const
const SPREAD_SIZE = { width: 310, height: 130 }
const FONT_PX = 12
/** Pixels a character of a band's name takes; where neighbours are nearer, its number stands alone. */
const CHARACTER_PX = 7
/** Nearer than this two numbers would stand on each other. */
const NUMBERS_APART_PX = 3 * CHARACTER_PX

/** A line of a chart. Which is which is said by colour and by stroke. */
export interface Line {
  readonly name: string
  readonly points: readonly Point[]
  /** 1..5: `--line-1` and the stroke that goes with it. */
  readonly style: 1 | 2 | 3 | 4 | 5
}

/** A stretch of time to be shaded, seconds since the run's epoch. */
export interface Band {
  readonly number: number
  readonly name: string
  readonly fromS: number
  readonly toS: number
  readonly kind: 'fault' | 'recovery'
}

export interface TimeChart {
  /** What it shows, in a sentence, for who cannot see it. */
  readonly description: string
  readonly lines: readonly Line[]
  readonly bands: readonly Band[]
  /** Where the steps of the day begin. */
  readonly steps: readonly { readonly name: string; readonly fromS: number }[]
  readonly fromS: number
  readonly toS: number
  readonly axis: 'linear' | 'log'
  readonly format: (value: number) => string
  readonly limit?: number
}

export const STROKES: Readonly<Record<Line['style'], readonly number[]>> = {
  1: [],
  2: [6, 3],
  3: [2, 2],
  4: [8, 3, 2, 3],
  5: [1, 4],
}

/** A chart over time as two SVGs. Colours are variables of the page, so that light and dark are the page's to choose. */
export function drawTimeChart(chart: TimeChart): Markup {
  return { html: SIZES.map((size) => draw(size, timeOption(chart, size.width), chart.description, size.name)).join('') }
}

/**
 * What stands above each band of a fault: its number and name, its number where a neighbour is too near for the name, and
 * all numbers in one place where even those would stand on each other.
 */
export function namesOfBands(
  faults: readonly { readonly band: Band; readonly middle: number }[],
  plotPx: number,
): ReadonlyMap<Band, string> {
  const sorted = faults.toSorted((one, other) => one.middle - other.middle)
  const names = new Map<Band, string>()
  let together: typeof sorted = []
  const label = (members: typeof sorted): void => {
    const [first, ...others] = members
    if (first === undefined) return
    const { band, middle } = first
    const elsewhere = sorted.filter((fault) => !members.includes(fault)).map((fault) => Math.abs(fault.middle - middle))
    const full = `${band.number} ${visibleText(band.name)}`
    const needsPx = full.length * CHARACTER_PX
    const fits = needsPx < Math.min(...elsewhere, plotPx) && middle > needsPx / 2 && middle + needsPx / 2 < plotPx
    const numbers = members.map((member) => member.band.number).join(', ')
    names.set(band, others.length === 0 && fits ? full : numbers)
  }
  for (const fault of sorted) {
    const last = together.at(-1)
    if (last !== undefined && fault.middle - last.middle > NUMBERS_APART_PX) {
      label(together)
      together = []
    }
    together.push(fault)
  }
  label(together)
  return names
}

function timeOption(chart: TimeChart, width: number): object {
  const plotPx = width - 70
  const middleOf = ({ fromS, toS }: Band) => (((fromS + toS) / 2 - chart.fromS) / (chart.toS - chart.fromS)) * plotPx
  const names = namesOfBands(
    chart.bands.filter(({ kind }) => kind === 'fault').map((band) => ({ band, middle: middleOf(band) })),
    plotPx,
  )
  const background = {
    type: 'line',
    data: [],
    silent: true,
    markArea: {
      silent: true,
      label: { position: 'top', color: 'var(--ink)', fontSize: FONT_PX, textBorderWidth: 0 },
      data: chart.bands.map((band) => [
        { name: names.get(band) ?? '', xAxis: band.fromS, itemStyle: { color: `var(--${band.kind})` } },
        { xAxis: band.toS },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: 'var(--faint)', type: [2, 3], width: 1 },
      label: { show: false },
      data: [
        ...chart.steps.map(({ fromS }) => ({ xAxis: fromS })),
        ...(chart.limit === undefined
          ? []
          : [
              {
                yAxis: chart.limit,
                lineStyle: { color: 'var(--no)', type: 'solid', width: 1 },
                label: {
                  show: true,
                  position: 'insideStartTop',
                  formatter: `limit ${chart.format(chart.limit)}`,
                  color: 'var(--no)',
                  textBorderWidth: 0,
                },
              },
            ]),
      ],
    },
  }
  return {
    animation: false,
    grid: { left: 58, right: 12, top: 22, bottom: 24 },
    xAxis: {
      type: 'value',
      min: chart.fromS,
      max: chart.toS,
      splitNumber: width > 500 ? 10 : 4,
      ...axisStyle,
      splitLine: { show: false },
      axisLabel: { ...axisStyle.axisLabel, formatter: clockTime, showMinLabel: false, showMaxLabel: false },
    },
    yAxis: {
      type: chart.axis === 'log' ? 'log' : 'value',
      splitNumber: 3,
      ...(chart.axis === 'log' ? {} : { min: 0, minInterval: 0 }),
      ...axisStyle,
      axisLabel: { ...axisStyle.axisLabel, formatter: (value: number) => chart.format(value) },
    },
    series: [background, ...chart.lines.map(lineSeries)],
  }
}

function lineSeries({ points, style }: Line): object {
  const isAlone = (index: number) =>
    (points[index - 1]?.[1] ?? null) === null && (points[index + 1]?.[1] ?? null) === null
  return {
    type: 'line',
    silent: true,
    symbol: 'none',
    connectNulls: false,
    lineStyle: { color: `var(--line-${style})`, width: 1.6, type: style === 1 ? 'solid' : STROKES[style] },
    itemStyle: { color: `var(--line-${style})` },
    // A point between two gaps has no line to be seen by.
    data: points.map((point, index) =>
      point[1] !== null && isAlone(index) ? { value: point, symbol: 'circle', symbolSize: 4 } : point,
    ),
  }
}

/** How often an operation took how long, as one small SVG. */
export function drawSpread(spread: Spread): Markup {
  const bars = (name: string, color: string, value: (bin: Spread['bins'][number]) => number) => ({
    name,
    type: 'bar',
    stack: 'all',
    silent: true,
    barCategoryGap: '8%',
    itemStyle: { color },
    data: spread.bins.map(value),
  })
  const option = {
    animation: false,
    grid: { left: 40, right: 8, top: 8, bottom: 22 },
    xAxis: {
      type: 'category',
      data: spread.bins.map(({ toMs }) => `< ${milliseconds(toMs)}`),
      ...axisStyle,
      axisLabel: { ...axisStyle.axisLabel, interval: Math.max(0, Math.ceil(spread.bins.length / 4) - 1) },
    },
    yAxis: { type: 'value', splitNumber: 2, minInterval: 1, ...axisStyle },
    series: [bars('ok', 'var(--line-1)', ({ ok }) => ok), bars('not ok', 'var(--no)', ({ not }) => not)],
  }
  const description = `Histogram of ${spread.measured} times of ${spread.operation}; its bins are in the table below it.`
  return { html: draw(SPREAD_SIZE, option, description, 'spread') }
}

const axisStyle = {
  axisLine: { show: true, lineStyle: { color: 'var(--faint)' } },
  axisTick: { show: false },
  axisLabel: { color: 'var(--quiet)', fontSize: FONT_PX },
  splitLine: { lineStyle: { color: 'var(--grid)' } },
}

function draw(
  size: { readonly width: number; readonly height: number },
  option: object,
  description: string,
  name: string,
): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: size.width, height: size.height })
  try {
    chart.setOption(option as echarts.EChartsCoreOption)
    return withLabel(slim(chart.renderToSVGString({ useViewBox: true })), description, name)
  } finally {
    chart.dispose()
  }
}

/** Without what only a page with scripts would use; half the size. */
function slim(svg: string): string {
  return svg
    .replace(/<style\b[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_[a-z_]+)="[^"]*"/g, '')
    .replace(/<rect [^>]*fill="none"><\/rect>/g, '')
    .replace(/font-family:sans-serif;/g, '')
    .replace(/ (d|points)="[^"]*"/g, (path) => path.replace(/(\.\d)\d+/g, '$1'))
    .replaceAll('\n', '')
}

function withLabel(svg: string, description: string, name: string): string {
  return svg.replace(
    /^<svg [^>]*viewBox="([^"]*)">/,
    (_, viewBox: string) =>
      `<svg class="${name}" viewBox="${viewBox}" role="img" aria-label="${escapeHtml(description)}">`,
  )
}

/** `4:05` into the run. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds)
  const hours = Math.floor(whole / 3_600)
  const minutes = Math.floor(whole / 60) % 60
  const padded = (value: number) => String(value).padStart(2, '0')
  return hours === 0 ? `${minutes}:${padded(whole % 60)}` : `${hours}:${padded(minutes)}:${padded(whole % 60)}`
}

/** An edge of a bin or a mark of an axis, `300 ms` or `2 s`. */
export function milliseconds(ms: number): string {
  return ms >= 1_000 ? `${Number((ms / 1_000).toPrecision(3))} s` : `${Number(ms.toPrecision(3))} ms`
}
