/** One line of a scrape: a name, its labels, a number. */
export interface MetricLine {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+\d+)?$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

/**
 * Read the Prometheus text exposition format (version 0.0.4). Comments are left out; so are lines that are no metric,
 * and whoever needs one of them finds it missing.
 *
 * @param wanted beginnings of the names that are wanted. Default: all. Most lines of a scrape are buckets of histograms,
 *   and nobody pays for those that are not looked at.
 */
export function* readPrometheusText(text: string, wanted: readonly string[] = ['']): Generator<MetricLine> {
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#') || !wanted.some((name) => line.startsWith(name))) continue
    const match = LINE.exec(line)
    if (match === null) continue
    const value = Number(match[3])
    if (Number.isNaN(value)) continue
    const labels: Record<string, string> = {}
    for (const [, name, raw] of (match[2] ?? '').matchAll(LABEL)) {
      labels[name as string] = (raw as string).replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char)
    }
    yield { name: match[1] as string, labels, value }
  }
}
