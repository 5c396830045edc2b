import type { FreezeChecker } from '../freeze/freeze-case.ts'
import { isExcused, tellStory } from '../freeze/windows.ts'
import type { OperationName } from '../history/operation.ts'
import { conclude } from '../observability/observed.ts'

/** What every candidate must be able to do on an exam day, which is when the freeze is on. */
const NEEDED: readonly OperationName[] = ['login', 'create-session', 'read-questions', 'save-answer', 'submit']

/**
 * Under freeze the exam goes on: no candidate is ever told that an operation is frozen, everything that a candidate
 * needs was seen to work under freeze, and so was everything else that is allowed.
 */
export const allowedWorkGoesOn: FreezeChecker = {
  id: 'allowed-work-goes-on',
  title: 'Under freeze candidates log in, start, answer and hand in, and everything else that is allowed works',
  gate: 'exam-mode',
  judge({ contract, records, history }) {
    const { operations, refusal, propagationMs } = contract
    const story = tellStory(records.records, propagationMs)
    const found: string[] = []
    let gap: string | undefined
    const worked = new Map<string, number>()
    let probes = 0
    const knownWindow = (asked: { readonly invokeUs: number; readonly completeUs: number }) =>
      story.windows.some(
        ({ enabled, knownUs, untilUs }) => enabled && asked.invokeUs > knownUs && asked.completeUs < untilUs,
      )

    for (const { candidate, f, timeUs, completedUs, outcome, errorCode, requestId } of history.operations()) {
      if (errorCode === refusal.errorCode)
        found.push(`${candidate}: ${f} was refused because of the freeze (request ${requestId})`)
      if (outcome !== 'ok' || completedUs === null) continue
      if (knownWindow({ invokeUs: timeUs, completeUs: completedUs })) worked.set(f, (worked.get(f) ?? 0) + 1)
    }
    for (const f of NEEDED) if (!worked.has(f)) gap ??= `no candidate was seen to ${f} under freeze`

    for (const { id, success, underFreeze } of operations) {
      if (underFreeze !== 'allowed') continue
      const frozen = story.probes.filter((probe) => probe.operation === id && knownWindow(probe))
      let ok = 0
      for (const probe of frozen) {
        probes += 1
        if (probe.status === success) ok += 1
        else if (probe.errorCode !== refusal.errorCode && isExcused(story, probe)) continue
        else if (probe.status === null) gap ??= `${id} got no answer under freeze: ${probe.problem}`
        else
          found.push(`${id} is allowed and was answered ${probe.status} ${probe.errorCode ?? ''} under freeze`.trim())
      }
      if (ok === 0) gap ??= `${id} was not seen to work under freeze`
    }
    return conclude(this, found, gap, { counts: { ...Object.fromEntries(worked), probes } })
  },
}
