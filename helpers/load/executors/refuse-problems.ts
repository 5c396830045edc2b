import { RehearsalError } from '../../errors.ts'

/**
 * Refuse the settings of an executor with everything that is wrong with them, before anything is sent.
 *
 * @param problems one sentence each; none: nothing happens
 * @throws CONFIG_INVALID
 */
export function refuseProblems(label: string, problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new RehearsalError('CONFIG_INVALID', {
    expected: `settings of "${label}" that can be offered`,
    seen: problems.join('; '),
    next: 'Correct these settings.',
  })
}

/** The problem with a figure, as a list: empty when it is a finite number of at least `least` (and whole, if asked). */
export function figureProblems(
  name: string,
  value: number,
  { least, whole = false }: { readonly least: number; readonly whole?: boolean },
): readonly string[] {
  const isRight = (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) && value >= least
  return isRight
    ? []
    : [`${name} should be a ${whole ? 'whole ' : ''}number of at least ${least}, instead got ${value}`]
}
