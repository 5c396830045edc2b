import type {
  FaultRecord,
  FreezeHeader,
  FreezeRecord,
  JobRecord,
  LookRecord,
  ProbeRecord,
  RecoveryRecord,
  StateRecord,
  ToggleRecord,
} from './record.ts'

/** A fault is noticed so much later than it begins and ends, µs. */
const FAULT_SLACK_US = 150_000

/** From the acknowledgement of a toggle until the next one is asked for. */
export interface FreezeWindow {
  readonly enabled: boolean
  readonly ackUs: number
  /** Infinity: until the end. */
  readonly untilUs: number
  /** When every worker had said so, or the propagation bound after `ackUs`, whichever was earlier. */
  readonly knownUs: number
  /**
   * Why its state may be the other one all the same, in words; null: nothing speaks for that. What contradicts the window
   * is undecided then.
   */
  readonly doubt: string | null
}

export interface Span {
  readonly name: string
  readonly fromUs: number
  readonly toUs: number
}

/** The record by kind, with what follows from it. */
export interface FreezeStory {
  readonly header: FreezeHeader | undefined
  readonly toggles: readonly ToggleRecord[]
  readonly states: readonly StateRecord[]
  readonly probes: readonly ProbeRecord[]
  readonly looks: readonly LookRecord[]
  readonly jobs: readonly JobRecord[]
  readonly windows: readonly FreezeWindow[]
  /** When which fault was active, with what the watching may be late by. */
  readonly faults: readonly Span[]
  /** The same, until the platform was well again: so long it may leave a probe without an answer. */
  readonly trouble: readonly Span[]
}

/** Sort the record and find the windows between toggles. A toggle without a 200 begins none: nobody knows its state. */
export function tellStory(records: readonly FreezeRecord[], propagationMs: number): FreezeStory {
  const of = <Kind extends FreezeRecord['kind']>(kind: Kind) =>
    records.filter((record): record is Extract<FreezeRecord, { kind: Kind }> => record.kind === kind)
  const header = of('header')[0]
  const faults = spansOf(of('fault'))
  const toggles = of('toggle').toSorted((one, other) => one.invokeUs - other.invokeUs)
  const states = of('state')
  const windows = toggles.flatMap((toggle, index): FreezeWindow[] => {
    if (!isAcknowledged(toggle)) return []
    const { enabled, completeUs: ackUs } = toggle
    const untilUs = toggles[index + 1]?.invokeUs ?? Number.POSITIVE_INFINITY
    const told = new Set<string>()
    let knownUs = ackUs + propagationMs * 1_000
    for (const state of states) {
      if (state.invokeUs < ackUs || state.completeUs > untilUs || state.enabled !== enabled || state.worker === null)
        continue
      told.add(state.worker)
      if (header !== undefined && told.size >= header.workers) {
        knownUs = Math.min(knownUs, state.completeUs)
        break
      }
    }
    return [{ enabled, ackUs, untilUs, knownUs, doubt: doubtOf(toggles.slice(0, index), enabled) }]
  })
  return {
    header,
    toggles,
    states,
    probes: of('probe'),
    looks: of('look'),
    jobs: of('job'),
    windows,
    faults,
    trouble: faults.map((span) => ({ ...span, toUs: wellFrom(span, of('recovery')) })),
  }
}

/**
 * Whoever asked for the other state before, and was never told whether it counts: the platform may still be at it, and do
 * it after what was asked for later. Only a 4xx says that nothing will come of it, or the same that was asked for again and is
 * acknowledged.
 */
function doubtOf(earlier: readonly ToggleRecord[], enabled: boolean): string | null {
  const others = earlier.filter((toggle) => toggle.enabled !== enabled)
  // Since it was asked for once more, and done, the earlier one has nothing left to do.
  const open = others.slice(others.findLastIndex(isAcknowledged) + 1).findLast((toggle) => !isRefused(toggle.status))
  if (open === undefined) return null
  return `the toggle to ${open.enabled} (request ${open.requestId}) was never acknowledged, and may have taken effect late`
}

function isRefused(status: number | null): boolean {
  return status !== null && status >= 400 && status < 500
}

export function isAcknowledged({ status }: Pick<ToggleRecord, 'status'>): boolean {
  return status === 200
}

interface Asked {
  readonly invokeUs: number
  readonly completeUs: number
}

/**
 * The window in which something happened entirely, after every worker had its time to know; undefined: it overlaps a
 * toggle, or came before the bound, and may go either way.
 */
export function settledIn(story: FreezeStory, asked: Asked, propagationMs: number): FreezeWindow | undefined {
  return story.windows.find(
    ({ ackUs, untilUs }) => asked.invokeUs > ackUs + propagationMs * 1_000 && asked.completeUs < untilUs,
  )
}

/** The window in which something happened entirely, bound or no bound. */
export function insideOf(story: FreezeStory, asked: Asked): FreezeWindow | undefined {
  return story.windows.find(({ ackUs, untilUs }) => asked.invokeUs > ackUs && asked.completeUs < untilUs)
}

/** Whether a fault was active at some time of it. */
export function touchesFault(story: FreezeStory, { invokeUs, completeUs }: Asked): boolean {
  return story.faults.some(({ fromUs, toUs }) => invokeUs <= toUs && completeUs >= fromUs)
}

/** Whether a fault, or the recovery from it, explains that something got no answer. It never explains an effect. */
export function isExcused(story: FreezeStory, { invokeUs, completeUs }: Asked): boolean {
  return story.trouble.some(({ fromUs, toUs }) => invokeUs <= toUs && completeUs >= fromUs)
}

/** Whether everything that a probe found changed did so when it was settled which state counts. */
export function changedInside(
  story: FreezeStory,
  { sinceUs, completeUs }: Pick<ProbeRecord, 'sinceUs' | 'completeUs'>,
  propagationMs: number,
): boolean {
  return settledIn(story, { invokeUs: sinceUs, completeUs }, propagationMs) !== undefined
}

/** A fault that no recovery was looked for after ends with its heal. */
function wellFrom({ name, toUs }: Span, recoveries: readonly RecoveryRecord[]): number {
  const recovery = recoveries.find((one) => one.name === name)
  return recovery === undefined ? toUs : Math.max(toUs, recovery.timeUs ?? Number.POSITIVE_INFINITY)
}

function spansOf(records: readonly FaultRecord[]): readonly Span[] {
  const spans: Span[] = []
  const open = new Map<string, number>()
  for (const { name, active, timeUs } of records) {
    if (active) open.set(name, timeUs)
    else {
      spans.push({ name, fromUs: (open.get(name) ?? timeUs) - FAULT_SLACK_US, toUs: timeUs + FAULT_SLACK_US })
      open.delete(name)
    }
  }
  for (const [name, fromUs] of open)
    spans.push({ name, fromUs: fromUs - FAULT_SLACK_US, toUs: Number.POSITIVE_INFINITY })
  return spans
}
