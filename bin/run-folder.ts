import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { linkAtomically } from '../helpers/atomic-file.ts'
import { RehearsalError } from '../helpers/errors.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { writeReport } from '../reports/write-report.ts'

/** `<utc time>-<profile>-<seed>`; the time with milliseconds, so that two runs of a seed do not meet. */
export function runIdOf(wall: string, profile: string, seed: number): string {
  return `${wall.replace(/[-:.]/g, '')}-${profile}-${seed}`
}

/**
 * Create the folder of a run with a placeholder that says INCONCLUSIVE, and move `latest` (beside the folder of runs)
 * to it: from the first instant on, nobody reads yesterday's GO as today's.
 *
 * @throws RUN_FOLDER_UNWRITABLE
 */
export async function createRunFolder(runDir: string, placeholder: RunVerdict): Promise<void> {
  const runsDir = dirname(runDir)
  try {
    await mkdir(runsDir, { recursive: true })
    // Not recursive: the folder of another run must never be written to.
    await mkdir(runDir)
    await mkdir(join(runDir, 'logs'))
    await writeReport(runDir, placeholder)
    await linkAtomically(join(dirname(runsDir), 'latest'), join(basename(runsDir), basename(runDir)))
  } catch (cause) {
    throw new RehearsalError('RUN_FOLDER_UNWRITABLE', {
      expected: `the new folder ${runDir} can be written, and ${join(dirname(runsDir), 'latest')} can point to it`,
      seen: cause instanceof Error ? cause.message : String(cause),
      next: 'See who owns reports/ and whether the disk is full or read-only.',
      cause,
    })
  }
}
