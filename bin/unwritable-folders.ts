import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RehearsalError } from '../helpers/errors.ts'

/**
 * RUN_FOLDER_UNWRITABLE where no run could be written: told before images are built, and not after. Looks only.
 *
 * @param runsDir folder of all runs, absolute; beside it lies `latest`. Neither needs to be there yet.
 */
export async function unwritableFolders(runsDir: string): Promise<readonly RehearsalError[]> {
  const nearest = new Set([await nearestThere(runsDir), await nearestThere(dirname(runsDir))])
  const problems: RehearsalError[] = []
  for (const path of nearest) {
    const seen = await whyUnwritable(path)
    if (seen === undefined) continue
    problems.push(
      new RehearsalError('RUN_FOLDER_UNWRITABLE', {
        expected: `${path} is a folder that can be written, for the runs in ${runsDir} and for latest beside it`,
        seen,
        next: 'See who owns reports/, and whether the disk is read-only or a file is in the way.',
      }),
    )
  }
  return problems
}

/** The path itself, or the first above it that is there. */
async function nearestThere(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  return isThere || dirname(path) === path ? path : nearestThere(dirname(path))
}

async function whyUnwritable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return 'no folder'
    await access(path, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
