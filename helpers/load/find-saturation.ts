import type { Validity } from '../verdict.ts'
import { scaledCohort } from './scaled-cohort.ts'

/** What a day with a cohort of this size showed. */
export interface CohortDay {
  readonly candidates: number
  /** Acknowledged operations a second while everybody worked; null: not measured. */
  readonly goodputPerSecond: number | null
  /** Of an answer while everybody worked, from the intended time, ms; null: too few. */
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  /** The SLO: response times, the start burst, error rates, and that everybody came to the end. */
  readonly slo: { readonly valid: Validity; readonly reason: string | null }
  /** Nothing was lost, doubled or corrupted. */
  readonly data: { readonly valid: Validity; readonly reason: string | null }
}

/** How the search went, and what it says. */
export interface Saturation {
  readonly registered: number
  /** In the order they were played. */
  readonly days: readonly (CohortDay & {
    readonly factor: number
    readonly holds: Validity
    readonly why: string | null
    /** It broke because goodput stopped rising, and nothing else did; absent: it did not. */
    readonly isFlat?: true
  })[]
  /** The largest cohort that was seen to hold; null: not even the registered one. */
  readonly held: number | null
  /** The smallest cohort that was seen to break; null: none was. */
  readonly broke: number | null
  /** held ÷ registered; where nothing broke there may be more. */
  readonly headroom: number | null
  readonly valid: Validity
  readonly reason: string
}

export interface SaturationOptions {
  readonly registered: number
  /** Headroom that a release needs (P14: 1.2). */
  readonly required: number
  /** The largest cohort that is tried, as a multiple of the registered one. */
  readonly upTo: number
  /** Play a day with so many candidates. */
  readonly play: (candidates: number) => Promise<CohortDay>
  readonly signal: AbortSignal
}

/** Multiples of the registered cohort; the bursts of a release gate (F1) come first. */
const FACTORS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10] as const
/** The knee is looked for until it is known to this share of the registered cohort. */
const PRECISE_ENOUGH = 0.1
/** Goodput that rises by less than this share of what the cohort rose has stopped to rise. */
const MIN_GAIN = 0.5
/** A smaller step than this says nothing about the gain. */
const MIN_STEP_FOR_GAIN = 1.15

/**
 * Raise the cohort until goodput stops rising or an SLO breaks, then halve the distance between what held and what broke
 * (P14). A small step says nothing of goodput, so a knee that only goodput shows is known to the smallest that does. A day
 * that says nothing (a generator in trouble, an interruption) ends the search: what held before it still held, and the
 * headroom is at least that.
 *
 * `valid`: true when the headroom is seen to be what is required; false when it is seen not to be, or data was lost with
 * any cohort; unknown otherwise.
 */
export async function findSaturation(options: SaturationOptions): Promise<Saturation> {
  const { registered, upTo, play, signal } = options
  const days: Saturation['days'][number][] = []
  let held: Saturation['days'][number] | undefined
  let broke: Saturation['days'][number] | undefined
  let open: Saturation['days'][number] | undefined

  const tryCohort = async (candidates: number): Promise<void> => {
    const day = await play(candidates)
    const judged = { ...day, factor: day.candidates / registered, ...judgeDay(day, held) }
    days.push(judged)
    if (judged.holds === true) held = judged
    else if (judged.holds === false) broke = judged
    else open = judged
  }

  for (const factor of FACTORS) {
    if (factor > upTo || broke !== undefined || open !== undefined || signal.aborted) break
    await tryCohort(scaledCohort(registered, factor))
  }
  while (held !== undefined && broke !== undefined && open === undefined && !signal.aborted) {
    if (broke.data.valid === false || broke.factor - held.factor <= PRECISE_ENOUGH) break
    // Where goodput alone broke, a day that can say nothing of it would hold, and the knee be where none was measured.
    const least = broke.isFlat ? scaledCohort(held.candidates, MIN_STEP_FOR_GAIN) : 0
    const between = Math.max(least, scaledCohort(registered, (held.factor + broke.factor) / 2))
    // Of a small cohort there is nobody left between the two.
    if (between <= held.candidates || between >= broke.candidates) break
    await tryCohort(between)
  }
  return { ...conclude(options, days), days, held: held?.candidates ?? null, broke: broke?.candidates ?? null }
}

function judgeDay(
  { candidates, goodputPerSecond, slo, data }: CohortDay,
  before: CohortDay | undefined,
): Pick<Saturation['days'][number], 'holds' | 'why' | 'isFlat'> {
  if (data.valid === false) return { holds: false, why: data.reason }
  if (slo.valid === false) return { holds: false, why: slo.reason }
  if (data.valid === 'unknown') return { holds: 'unknown', why: data.reason }
  if (slo.valid === 'unknown') return { holds: 'unknown', why: slo.reason }
  if (goodputPerSecond === null) return { holds: 'unknown', why: 'the goodput was not measured' }
  if (before === undefined || before.goodputPerSecond === null) return { holds: true, why: null }
  const grown = candidates / before.candidates
  const gained = goodputPerSecond / before.goodputPerSecond
  if (grown < MIN_STEP_FOR_GAIN || gained - 1 >= (grown - 1) * MIN_GAIN) return { holds: true, why: null }
  return {
    holds: false,
    isFlat: true,
    why: `goodput stopped rising: ${percent(gained - 1)} more with ${percent(grown - 1)} more candidates`,
  }
}

function conclude(
  { registered, required }: SaturationOptions,
  days: Saturation['days'],
): Pick<Saturation, 'registered' | 'headroom' | 'valid' | 'reason'> {
  const largest = (holds: Validity) =>
    days
      .filter((day) => day.holds === holds)
      .reduce<Saturation['days'][number] | undefined>(
        (most, day) => (most === undefined || day.candidates > most.candidates ? day : most),
        undefined,
      )
  const held = largest(true)
  const headroom = held?.factor ?? null
  // There are no parts of candidates: whoever holds the smallest cohort that is large enough has the headroom.
  const enough = scaledCohort(registered, required)
  const say = (valid: Validity, reason: string) => ({ registered, headroom, valid, reason })
  const harmed = days.find(({ data }) => data.valid === false)
  if (harmed !== undefined) return say(false, `with ${harmed.candidates} candidates the exam was harmed: ${harmed.why}`)
  const smallestBroken = days
    .filter(({ holds }) => holds === false)
    .toSorted((one, other) => one.candidates - other.candidates)[0]
  const at = headroom === null ? 'less than 1' : headroom.toFixed(2)
  if (held !== undefined && held.candidates >= enough) {
    const least = smallestBroken === undefined ? 'at least ' : ''
    return say(true, `headroom ${least}${at}; ${required} is needed`)
  }
  if (smallestBroken !== undefined) {
    return say(
      smallestBroken.candidates <= enough ? false : 'unknown',
      `headroom ${at}; ${required} is needed; with ${smallestBroken.candidates} candidates: ${smallestBroken.why}`,
    )
  }
  const last = days.at(-1)
  return say('unknown', last === undefined ? 'nothing was tried' : (last.why ?? 'the search was ended early'))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
