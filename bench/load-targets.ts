/** What was offered: as fast as answers come, or {@link PACED_PER_SECOND} over all connections. */
export type LoadMode = 'closed' | 'paced'

/** One tool at one load; medians over the rounds. */
export interface LoadFigure {
  readonly tool: string
  readonly mode: LoadMode
  readonly connections: number
  /** Processor time of the tool's process, user and system, ÷ operations that the server answered meanwhile. */
  readonly cpuUsPerOp: number
  readonly opsPerSecond: number
  /** Most memory that the tool's process ever held (VmHWM). */
  readonly rssBytes: number
}

/** A bound on our own figure ÷ that of another tool at the same load. */
export interface LoadTarget {
  readonly what: 'cpuUsPerOp' | 'rssBytes'
  readonly against: string
  readonly mode: LoadMode
  readonly connections: number
  readonly atMost: number
}

/** `not-judged`: a figure is missing, or the paced load was not offered by the other tool; `why` says which. */
export type JudgedTarget = LoadTarget &
  (
    | { readonly state: 'met' | 'missed'; readonly ratio: number; readonly why?: string }
    | { readonly state: 'not-judged'; readonly why: string }
  )

/** How the engine under test is called in the figures. */
export const OWN = 'rehearsal'

export const PACED_PER_SECOND = 3_000

/** A tool that offers less than this share of the paced load did less work than it is compared for. */
const PACED_SHARE = 0.95

export const LOAD_TARGETS: readonly LoadTarget[] = [
  { what: 'cpuUsPerOp', against: 'k6', mode: 'closed', connections: 400, atMost: 0.18 },
  { what: 'cpuUsPerOp', against: 'autocannon', mode: 'closed', connections: 400, atMost: 1.4 },
  { what: 'cpuUsPerOp', against: 'k6', mode: 'closed', connections: 2_000, atMost: 0.2 },
  { what: 'cpuUsPerOp', against: 'k6', mode: 'paced', connections: 2_000, atMost: 0.4 },
  { what: 'rssBytes', against: 'k6', mode: 'closed', connections: 2_000, atMost: 0.65 },
]

/** An upper bound on a figure of our own engine alone. */
export interface LoadBound {
  readonly what: string
  readonly below: number
}

/** A figure that is missing is a miss: our own engine must be measurable. */
export interface JudgedBound extends LoadBound {
  /** NaN: it could not be measured. */
  readonly measured: number
  readonly state: 'met' | 'missed'
}

export function judgeBound({ what, below }: LoadBound, measured: number): JudgedBound {
  return { what, below, measured, state: measured < below ? 'met' : 'missed' }
}

/**
 * Hold the figures against the targets. What was not measured is never met: without the figure of the other tool a target
 * is not judged.
 *
 * @throws TypeError when our own engine was not measured at a load that a target names
 */
export function judgeLoad(
  figures: readonly LoadFigure[],
  targets: readonly LoadTarget[] = LOAD_TARGETS,
): readonly JudgedTarget[] {
  const figureOf = (tool: string, { mode, connections }: LoadTarget): LoadFigure | undefined =>
    figures.find((figure) => figure.tool === tool && figure.mode === mode && figure.connections === connections)

  return targets.map((target): JudgedTarget => {
    const own = figureOf(OWN, target)
    const other = figureOf(target.against, target)
    if (own === undefined) throw new TypeError(`${OWN} was not measured at ${loadName(target)}`)
    if (other === undefined) return { ...target, state: 'not-judged', why: `${target.against} was not measured` }
    const ratio = own[target.what] / other[target.what]
    if (!Number.isFinite(ratio)) {
      return { ...target, state: 'not-judged', why: `${own[target.what]} ÷ ${other[target.what]} is no ratio` }
    }
    if (target.mode === 'paced' && isShort(own)) {
      return { ...target, state: 'missed', ratio, why: `${OWN} offered ${Math.round(own.opsPerSecond)}/s` }
    }
    if (target.mode === 'paced' && isShort(other)) {
      const why = `${target.against} offered ${Math.round(other.opsPerSecond)}/s`
      return { ...target, state: 'not-judged', why }
    }
    return { ...target, state: ratio <= target.atMost ? 'met' : 'missed', ratio }
  })
}

/** `closed loop, 400 connections`. */
export function loadName({ mode, connections }: Pick<LoadTarget, 'mode' | 'connections'>): string {
  return `${mode === 'closed' ? 'closed loop' : `paced at ${PACED_PER_SECOND}/s`}, ${connections} connections`
}

function isShort({ opsPerSecond }: LoadFigure): boolean {
  return opsPerSecond < PACED_PER_SECOND * PACED_SHARE
}
