import type { RunVerdict } from '../../helpers/run-verdict.ts'

type Check = RunVerdict['phases'][number]['checks'][number]

/** The check with that id, of the one phase that a proof rehearses. @throws when there is none. */
export function checkOf(verdict: RunVerdict, id: string): Check {
  const check = allChecks(verdict).find((candidate) => candidate.id === id)
  if (check === undefined) throw new Error(`no check "${id}" in the verdict: ${verdict.reasons.join('; ')}`)
  return check
}

/** Every check that is false, one a line with its reason; empty when none is. */
export function checksThatAreFalse(verdict: RunVerdict): string {
  return allChecks(verdict)
    .filter((check) => check.valid === false)
    .map((check) => `${check.id}: ${check.reason}`)
    .join('\n')
}

function allChecks(verdict: RunVerdict): readonly Check[] {
  return verdict.phases.flatMap((phase) => phase.checks)
}
