import type { FreezeChecker } from '../freeze/freeze-case.ts'
import type { JobRecord } from '../freeze/record.ts'
import { tellStory } from '../freeze/windows.ts'
import type { OperationName } from '../history/operation.ts'
import { conclude } from '../observability/observed.ts'

/** Under freeze a median may be so much higher: whichever is more (design of the rehearsal, phase 1). */
const SLOWER_BY = { share: 0.1, ms: 5 } as const
/** A median of fewer says nothing. */
const LEAST_OPERATIONS = 20
/** So many changes between frozen and not frozen must be compared. */
const LEAST_PAIRS = 3
/** Only what candidates do all day long falls into windows of both kinds. */
const STEP = 'steady'
const COMPARED: readonly OperationName[] = ['save-answer']

/**
 * What is allowed under freeze is no slower than without it. Windows of both kinds alternate under the same load, before
 * anything is broken, so that the machine's mood is the same for both.
 *
 * True: the median over all frozen windows is not above the limit. False: it is, and in every pair of neighbouring
 * windows as well: what comes and goes with each toggle is the freeze. Otherwise the machine was too restless to say.
 */
export const allowedWorkNotSlower: FreezeChecker = {
  id: 'allowed-work-not-slower',
  title: 'What is allowed under freeze is no slower than without it',
  gate: 'exam-mode',
  judge({ contract, records, history }) {
    const story = tellStory(records.records, contract.propagationMs)
    const firstFaultUs = Math.min(Number.POSITIVE_INFINITY, ...story.faults.map(({ fromUs }) => fromUs))
    const fair = story.windows.map((window, index) => ({
      window,
      index,
      // The work of a job beside it would be charged to the one side or the other.
      fromUs: Math.max(window.knownUs, ...story.jobs.filter((job) => job.invokeUs < window.untilUs).map(endOf)),
      latenciesMs: [] as number[],
    }))
    for (const { f, step, outcome, timeUs, completedUs } of history.operations()) {
      if (step !== STEP || outcome !== 'ok' || completedUs === null || !COMPARED.includes(f)) continue
      if (completedUs >= firstFaultUs) continue
      const entry = fair.find(({ window, fromUs }) => timeUs > fromUs && completedUs < window.untilUs)
      entry?.latenciesMs.push((completedUs - timeUs) / 1_000)
    }
    const measured = fair.filter(({ latenciesMs }) => latenciesMs.length >= LEAST_OPERATIONS)
    const pooled = (enabled: boolean) =>
      measured.filter(({ window }) => window.enabled === enabled).flatMap(({ latenciesMs }) => latenciesMs)
    const frozen = pooled(true)
    const free = pooled(false)
    const pairs = measured.flatMap((entry, index) => {
      const next = measured[index + 1]
      if (next === undefined || next.index !== entry.index + 1 || next.window.enabled === entry.window.enabled)
        return []
      return [entry.window.enabled ? { on: entry, off: next } : { on: next, off: entry }]
    })
    const counts = { frozen: frozen.length, free: free.length, pairs: pairs.length }
    if (pairs.length < LEAST_PAIRS) {
      const gap = `${pairs.length} changes between frozen and not frozen had ${LEAST_OPERATIONS} answers on both sides, ${LEAST_PAIRS} are needed`
      return conclude(this, [], gap, { counts })
    }
    const onMs = median(frozen)
    const offMs = median(free)
    const limitMs = offMs + allowance(offMs)
    const isSlower = onMs > limitMs
    const always = pairs.every(({ on, off }) => {
      const pairOffMs = median(off.latenciesMs)
      return median(on.latenciesMs) > pairOffMs + allowance(pairOffMs)
    })
    const words = `the median of an answer is ${onMs.toFixed(1)} ms under freeze and ${offMs.toFixed(1)} ms without`
    return conclude(
      this,
      isSlower && always ? [`${words}; ${limitMs.toFixed(1)} ms are allowed`] : [],
      isSlower ? `${words}, but not in every pair of windows: the machine was too restless to say why` : undefined,
      {
        counts,
        figures: [
          { label: 'median of an answer under freeze', measured: onMs, limit: limitMs, unit: 'ms', bad: 'above' },
        ],
      },
    )
  },
}

function endOf({ completeUs }: JobRecord): number {
  return completeUs
}

function allowance(ms: number): number {
  return Math.max(ms * SLOWER_BY.share, SLOWER_BY.ms)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
    : (sorted[Math.floor(middle)] as number)
}
