import type { Figure, Verdict } from '../verdict.ts'
import type { Observed } from './observed.ts'

/** The check, without its answer. */
export const CLOCKS = {
  id: 'clocks-compared',
  title: 'The clocks of database and backend were compared with ours from the begin to the end, and nobody set one',
  gate: 'evidence-complete',
} as const

/** A clock that moves by more than this within one day was set. Slewing changes 0.5 ms a second at most. */
const MAX_STEP_MS = 1_000

/** A clock of the platform minus ours; ms, and by how much that may be wrong. */
export interface ClockOffset {
  readonly offsetMs: number
  readonly errorMs: number
}

/** What a server said of its time somewhere between question and answer (Cristian); all ms since 1970. */
export function clockOffset(saidMs: number, askedMs: number, answeredMs: number): ClockOffset {
  return { offsetMs: saidMs - (askedMs + answeredMs) / 2, errorMs: (answeredMs - askedMs) / 2 }
}

/** Our wall clock, ms since 1970, as it goes on from the begin of this process, whoever sets it meanwhile. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * The offsets of the clocks at the begin, after each fault and at the end (P22), from the looks that are taken every
 * second anyway. Where a clock stands says nothing, because nobody relies on it; one that was set in the middle of the
 * day makes every time that was told doubtful. Never false: a clock is the machine's, and not the platform's.
 */
export function judgeClocks({ sampled, outside }: Observed): Verdict {
  const counts: Record<string, number> = {}
  const figures: Figure[] = []
  const doubts: string[] = []
  const compare = (name: string, looks: readonly Look[]): number => {
    const seen = looks.flatMap(({ timeUs, value }) => (value?.clock === undefined ? [] : [{ timeUs, ...value.clock }]))
    const [first] = seen
    const last = seen.at(-1)
    if (first === undefined || last === undefined) return 0
    counts[`${name}Looks`] = seen.length
    counts[`${name}AtBeginMs`] = round(first.offsetMs)
    for (const [index, { toUs }] of outside.entries()) {
      const after = seen.find(({ timeUs }) => timeUs >= toUs)
      if (after !== undefined) counts[`${name}AfterFault${index + 1}Ms`] = round(after.offsetMs)
    }
    counts[`${name}AtEndMs`] = round(last.offsetMs)
    const moved = seen.map(({ offsetMs, errorMs }) => Math.abs(offsetMs - first.offsetMs) - errorMs - first.errorMs)
    const mostMs = Math.max(0, ...moved)
    figures.push({ label: `${name} clock moved`, measured: mostMs, limit: MAX_STEP_MS, unit: 'ms', bad: 'above' })
    if (mostMs > MAX_STEP_MS) doubts.push(`the clock of the ${name} moved by ${mostMs.toFixed(0)} ms`)
    return seen.length
  }
  if (compare('database', sampled.samples.postgres) === 0) doubts.push('the clock of the database was never seen')
  // A backend need not say its time.
  compare('backend', sampled.samples.backend)
  return {
    ...CLOCKS,
    valid: doubts.length === 0 ? true : 'unknown',
    counts,
    figures,
    violations: 0,
    examples: [],
    ...(doubts.length === 0 ? {} : { reason: doubts.join('; ') }),
  }
}

interface Look {
  readonly timeUs: number
  readonly value: { readonly clock?: ClockOffset } | null
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
