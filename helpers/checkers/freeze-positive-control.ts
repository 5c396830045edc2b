import type { FreezeChecker } from '../freeze/freeze-case.ts'
import { insideOf, tellStory } from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'

/**
 * C22: every operation that the freeze refuses succeeds outside it and has its effect, as seen in the tables. Never
 * false: a refusal for another reason (an administrator without rights, a broken operation) makes the refusals under
 * freeze say nothing, so this is unknown.
 */
export const freezePositiveControl: FreezeChecker = {
  id: 'freeze-positive-control',
  title: 'Without freeze every protected operation succeeds and has its effect',
  gate: 'exam-mode',
  judge({ contract, records }) {
    const story = tellStory(records.records, contract.propagationMs)
    const operations = contract.operations.filter(({ underFreeze }) => underFreeze === 'refused')
    let gap: string | undefined
    let controlled = 0
    let probes = 0
    for (const { id, success, changes } of operations) {
      const outside = story.probes.filter(
        (probe) => probe.operation === id && insideOf(story, probe)?.enabled === false,
      )
      probes += outside.length
      if (
        outside.some(({ status, changed }) => status === success && changed !== null && includesAll(changed, changes))
      ) {
        controlled += 1
        continue
      }
      const last = outside.at(-1)
      gap ??=
        last === undefined
          ? `${id} was never tried without freeze`
          : last.status !== success
            ? `without freeze ${id} was answered ${last.status ?? last.problem}${last.errorCode === null ? '' : ` ${last.errorCode}`}, so that its refusals prove nothing`
            : `without freeze ${id} was answered ${success}, but of ${changes.join(', ')} only ${last.changed?.join(', ') || 'nothing'} changed`
    }
    if (operations.length === 0) gap ??= 'no operation is protected'
    if (operations.some(({ changes }) => changes.length === 0)) gap ??= 'a protected operation has no known effect'
    return conclude(this, [], gap, { counts: { operations: operations.length, controlled, probes } })
  },
}

function includesAll(changed: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((table) => changed.includes(table))
}
