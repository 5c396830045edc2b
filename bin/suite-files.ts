import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { RehearsalError } from '../helpers/errors.ts'

const ENDING = '.rehearsal.ts'

/** One file of a rehearsal: a phase, or a part of one. */
export interface SuiteFile {
  /** Path below the suites folder without ending: `2-load`, `3-faults/redis`. */
  readonly id: string
  /** Absolute. */
  readonly path: string
}

/** Every suite file below `suitesDir`, in the order in which phases are rehearsed. */
export async function findSuites(suitesDir: string): Promise<readonly SuiteFile[]> {
  const entries = await readdir(suitesDir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ENDING))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { id: suiteId(suitesDir, path), path }
    })
    .sort((one, other) => one.id.localeCompare(other.id, 'en', { numeric: true }))
}

/** Suite id of the file at the absolute `path`. */
export function suiteId(suitesDir: string, path: string): string {
  return relative(suitesDir, path).slice(0, -ENDING.length).split(sep).join('/')
}

/**
 * The suites that were asked for: all when `only` is empty, else those with such an id or in such a folder.
 *
 * @returns what was selected, and SUITE_UNKNOWN for every name that selects nothing
 */
export function selectSuites(
  all: readonly SuiteFile[],
  only: readonly string[],
): { readonly suites: readonly SuiteFile[]; readonly problems: readonly RehearsalError[] } {
  const matches = (suite: SuiteFile, name: string) => suite.id === name || suite.id.startsWith(`${name}/`)
  const known = all.length === 0 ? 'none is there' : all.map(({ id }) => id).join(', ')
  const unknown = (seen: string) =>
    new RehearsalError('SUITE_UNKNOWN', {
      expected: `one of ${known}`,
      seen,
      next: 'Correct --only, or phases in rehearsal.config.ts.',
    })
  const problems = only
    .filter((name) => !all.some((suite) => matches(suite, name)))
    .map((name) => unknown(JSON.stringify(name)))
  if (all.length === 0 && only.length === 0) problems.push(unknown('no suite file at all'))
  const suites = only.length === 0 ? all : all.filter((suite) => only.some((name) => matches(suite, name)))
  return { suites, problems }
}
