import { stat } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { RehearsalError } from '../helpers/errors.ts'

/**
 * The folder of the run that a person named: a path, an id below `runsDir`, or `latest`.
 * @throws RUN_UNKNOWN when there is no such folder
 */
export async function runFolderOf(name: string, runsDir: string): Promise<string> {
  const candidates = isAbsolute(name)
    ? [name]
    : name === 'latest'
      ? [join(runsDir, '..', 'latest')]
      : [join(runsDir, name), resolve(name)]
  for (const path of candidates) {
    const found = await stat(path).then(
      (entry) => entry.isDirectory(),
      () => false,
    )
    if (found) return path
  }
  throw new RehearsalError('RUN_UNKNOWN', {
    expected: `the folder of a run, its id below ${runsDir}, or latest`,
    seen: JSON.stringify(name),
    next: `See ${runsDir} for the runs that are kept.`,
  })
}

/**
 * The one run that a command takes, and nothing beside it.
 *
 * @returns its name as it was given, or CONFIG_INVALID with everything that was seen instead
 */
export function onlyRunOf(args: readonly string[]): { readonly run: string } | { readonly problem: RehearsalError } {
  const seen = args.filter((argument) => argument !== '--')
  const [run] = seen
  if (run !== undefined && seen.length === 1 && !run.startsWith('-')) return { run }
  return {
    problem: new RehearsalError('CONFIG_INVALID', {
      expected: 'one run, and no flags that this command does not know',
      seen: seen.length === 0 ? 'none' : seen.map((argument) => JSON.stringify(argument)).join(', '),
      next: 'Name one run: a folder, an id below reports/runs, or latest.',
    }),
  }
}
