import type { GateVerdict } from '../helpers/run-verdict.ts'

/*
 * Every number of every rendering passes through here, so that all show the same, and a number that was not measured
 * cannot be printed: null has no other form than these words.
 */

export const NOT_MEASURED = 'not measured'
/** A percentile that its number of samples does not support. */
export const TOO_FEW = 'n too small'

export type Unit = GateVerdict['unit']

/** A whole number, as it is. */
export function formatCount(count: number | null): string {
  return count === null ? NOT_MEASURED : String(count)
}

/** What a check counted, in its own words: `acknowledged 407, lost 0`. A fraction is cut to four digits. */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : Number(value.toPrecision(4))}`)
    .join(', ')
}

/** Milliseconds with at most one decimal below 100 ms. */
export function formatMs(ms: number | null): string {
  return ms === null ? NOT_MEASURED : `${round(ms, ms < 100 ? 1 : 0)} ms`
}

/** A percentile in milliseconds; null means that there were too few samples for it. */
export function formatPercentile(ms: number | null): string {
  return ms === null ? TOO_FEW : formatMs(ms)
}

/** 0..1 as per cent, with two decimals. Little is not rounded to nothing, nor nearly all to all. */
export function formatShare(share: number | null): string {
  if (share === null) return NOT_MEASURED
  const rounded = round(share * 100, 2)
  if (share > 0 && rounded === '0') return 'less than 0.01 %'
  return share < 1 && rounded === '100' ? 'more than 99.99 %' : `${rounded} %`
}

export function formatMebibytes(bytes: number | null): string {
  return bytes === null ? NOT_MEASURED : `${round(bytes / 1_048_576, 0)} MiB`
}

/** A duration for people: `4 min 10 s`, `12.3 s`, `80 ms`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return NOT_MEASURED
  if (ms < 1_000) return formatMs(ms)
  if (ms < 60_000) return `${round(ms / 1_000, 1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/**
 * What a figure is held to, in words: `500 ms`, and `at least 54` where less is worse. Never "at most": some limits must
 * not be reached.
 */
export function boundWords(figure: { limit: number; unit: Unit; bad?: 'above' | 'below' | undefined }): string {
  return `${figure.bad === 'below' ? 'at least ' : ''}${formatMeasured(figure.limit, figure.unit)}`
}

/** A measured value or a limit in its unit. */
export function formatMeasured(value: number | null, unit: Unit): string {
  if (value === null) return NOT_MEASURED
  switch (unit) {
    case 'ms':
      return formatMs(value)
    case 's':
      return `${round(value, 1)} s`
    case 'share':
      return formatShare(value)
    case 'violations':
      return `${formatCount(value)} ${value === 1 ? 'violation' : 'violations'}`
    case 'count':
      return formatCount(value)
  }
}

/** Decimals beyond which two numbers are the same to any reader. */
const MOST_DECIMALS = 6

/**
 * A measured value beside the limit it is held to: with as many decimals as it takes to tell the two apart, or 500.2 ms
 * past a limit of 500 ms would look like the limit.
 *
 * @param limit in the same unit; null: there is none
 */
export function measuredBeside(value: number | null, limit: number | null, unit: Unit): string {
  const usual = formatMeasured(value, unit)
  if (value === null || limit === null || value === limit || usual !== formatMeasured(limit, unit)) return usual
  const [factor, suffix] = unit === 'share' ? [100, ' %'] : [1, unit === 'ms' || unit === 's' ? ` ${unit}` : '']
  for (let decimals = 1; decimals <= MOST_DECIMALS; decimals += 1) {
    const text = round(value * factor, decimals)
    if (text !== round(limit * factor, decimals)) return `${text}${suffix}`
  }
  return usual
}

/**
 * What "0 of n" proves: with 95 % confidence the true rate is below 3/n (rule of three). undefined when something was
 * found or nothing was tried.
 */
export function upperBoundOfNone(found: number | null, trials: number | null): string | undefined {
  if (found !== 0 || trials === null || trials === 0) return undefined
  return `0 of ${trials}: with 95 % confidence fewer than ${Number(((3 / trials) * 100).toPrecision(2))} %`
}

function round(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)))
}
