import type { FreezeChecker } from '../freeze/freeze-case.ts'
import type { ProbeRecord } from '../freeze/record.ts'
import {
  changedInside,
  type FreezeStory,
  type FreezeWindow,
  isExcused,
  settledIn,
  tellStory,
  touchesFault,
} from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'

/**
 * C21: an operation that was asked for after every worker had its time to know of the freeze, and answered before the
 * freeze was asked to end, is refused in exactly the words of the contract and changes no protected table. What overlaps
 * a toggle may go either way.
 *
 * A probe that a fault was in the way of may stay without an answer, but never has an effect.
 */
export const freezeSafety: FreezeChecker = {
  id: 'freeze-safety',
  title: 'Under freeze every protected operation is refused on every worker, and changes nothing',
  gate: 'exam-mode',
  judge({ contract, records }) {
    const { operations, propagationMs, refusal } = contract
    const story = tellStory(records.records, propagationMs)
    const found: string[] = []
    let gap: string | undefined
    const counts = { probes: 0, refused: 0, allowed: 0, unavailable: 0, looks: 0 }
    const workers = new Map<string, Set<string>>()
    const protectedIds = new Set(operations.filter((one) => one.underFreeze === 'refused').map(({ id }) => id))

    const blame = ({ doubt }: FreezeWindow, text: string): void => {
      if (doubt === null) found.push(text)
      else gap ??= `${text}; but ${doubt}`
    }

    for (const probe of story.probes) {
      const window = settledIn(story, probe, propagationMs)
      if (window?.enabled !== true) continue
      counts.probes += 1
      const { operation, status, changed } = probe
      if (changed === null) gap ??= `the protected tables could not be read after ${operation}`
      else if (changed.length > 0 && changedInside(story, probe, propagationMs))
        blame(window, `${describe(probe)} and ${changed.join(', ')} changed under freeze`)
      if (!protectedIds.has(operation)) {
        counts.allowed += 1
        continue
      }
      if (status === refusal.status && probe.errorCode === refusal.errorCode && probe.exactEnvelope) {
        counts.refused += 1
        if (probe.worker !== null && !touchesFault(story, probe)) {
          const seen = workers.get(operation) ?? new Set()
          workers.set(operation, seen.add(probe.worker))
        }
      } else if ((status === null || status >= 500) && isExcused(story, probe)) counts.unavailable += 1
      else if (status === null) gap ??= `${operation} got no answer: ${probe.problem ?? 'for no known reason'}`
      else blame(window, `${describe(probe)} under freeze, and not ${refusal.status} ${refusal.errorCode} as promised`)
    }
    for (const look of story.looks) {
      const asked = { invokeUs: look.sinceUs, completeUs: look.timeUs }
      const window = settledIn(story, asked, propagationMs)
      if (window?.enabled !== true) continue
      counts.looks += 1
      if (look.changed === null) gap ??= 'the protected tables could not be read'
      else if (look.changed.length > 0) blame(window, `${look.changed.join(', ')} changed under freeze`)
    }
    gap ??= notEverywhere(story, protectedIds, workers)
    return conclude(this, found, gap, {
      counts: { ...counts, ...(story.header === undefined ? {} : { workers: story.header.workers }) },
    })
  },
}

function notEverywhere(
  { header }: FreezeStory,
  operations: ReadonlySet<string>,
  workers: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  if (header === undefined) return 'nothing was probed'
  const missing = [...operations].find((id) => (workers.get(id)?.size ?? 0) < header.workers)
  if (missing === undefined) return undefined
  return `${missing} was refused by ${workers.get(missing)?.size ?? 0} of ${header.workers} workers only: the others were not asked`
}

function describe({ operation, status, errorCode, worker, requestId }: ProbeRecord): string {
  return `${operation} was answered ${status ?? 'nothing'}${errorCode === null ? '' : ` ${errorCode}`} by ${worker ?? 'an unknown worker'} (request ${requestId})`
}
