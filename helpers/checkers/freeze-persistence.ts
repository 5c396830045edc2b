import type { FreezeChecker } from '../freeze/freeze-case.ts'
import type { ProbeRecord } from '../freeze/record.ts'
import {
  changedInside,
  type FreezeStory,
  type FreezeWindow,
  insideOf,
  settledIn,
  tellStory,
} from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'

/**
 * C23: the freeze outlives what breaks. While a fault of the phase is active and after it, in the same window of freeze,
 * no protected operation has an effect or is accepted, and no worker says that it is not frozen. Afterwards every
 * protected operation was tried again, and refused.
 */
export const freezePersistence: FreezeChecker = {
  id: 'freeze-persistence',
  title: 'The freeze outlives every fault of the phase',
  gate: 'exam-mode',
  judge({ contract, records }) {
    const { propagationMs, refusal } = contract
    const story = tellStory(records.records, propagationMs)
    const protectedIds = contract.operations.filter(({ underFreeze }) => underFreeze === 'refused').map(({ id }) => id)
    const found: string[] = []
    let gap: string | undefined
    const counts = { faults: story.faults.length, probesDuring: 0, refusedAfter: 0 }
    const since = Math.min(...story.faults.map(({ fromUs }) => fromUs))

    const blame = ({ doubt }: FreezeWindow, text: string): void => {
      if (doubt === null) found.push(text)
      else gap ??= `${text}; but ${doubt}`
    }

    for (const probe of story.probes) {
      const window = settledIn(story, probe, propagationMs)
      if (probe.completeUs < since || window?.enabled !== true) continue
      if (story.faults.some(({ fromUs, toUs }) => probe.invokeUs <= toUs && probe.completeUs >= fromUs))
        counts.probesDuring += 1
      const accepted = protectedIds.includes(probe.operation) && probe.status !== null && probe.status < 300
      const effect = probe.changed !== null && probe.changed.length > 0 && changedInside(story, probe, propagationMs)
      if (accepted || effect)
        blame(
          window,
          `${describeFaults(story, probe)} ${probe.operation} was answered ${probe.status ?? 'nothing'} by ${probe.worker ?? 'a worker'}${effect ? `, and ${probe.changed?.join(', ')} changed` : ''} (request ${probe.requestId})`,
        )
    }
    for (const state of story.states) {
      const window = settledIn(story, state, propagationMs)
      if (state.completeUs < since || window?.enabled !== true) continue
      if (state.enabled === false)
        blame(window, `${describeFaults(story, state)} ${state.worker ?? 'a worker'} said that it is not frozen`)
    }

    for (const name of story.header?.faults ?? []) {
      const fault = story.faults.find((span) => span.name === name)
      if (fault === undefined) gap ??= `${name} was never there, so that nobody knows whether the freeze outlives it`
      else if (insideOf(story, { invokeUs: fault.fromUs, completeUs: fault.toUs })?.enabled !== true)
        gap ??= `${name} did not fall entirely into the freeze`
      else {
        const isAfter = (probe: ProbeRecord) =>
          probe.invokeUs > fault.toUs && settledIn(story, probe, propagationMs)?.enabled === true
        const refused = new Set(
          story.probes
            .filter((probe) => isAfter(probe) && probe.status === refusal.status)
            .map(({ operation }) => operation),
        )
        counts.refusedAfter += refused.size
        const missing = protectedIds.find((id) => !refused.has(id))
        if (missing !== undefined) gap ??= `after ${name} nobody saw ${missing} refused`
      }
    }
    if (story.header === undefined) gap ??= 'nothing was probed'
    else if (story.header.faults.length === 0) gap ??= 'nothing was broken while the freeze was on'
    return conclude(this, found, gap, { counts })
  },
}

function describeFaults(story: FreezeStory, { completeUs }: { readonly completeUs: number }): string {
  const names = story.faults.filter(({ fromUs }) => fromUs <= completeUs).map(({ name }) => name)
  return `after ${names.join(' and ')},`
}
